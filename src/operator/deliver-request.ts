import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { HostError, toError } from '../core/errors';
import type { MadeSample } from '../core/ports/samples';

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  /** As received, in their order. */
  readonly headers: readonly (readonly [string, string])[];
  /** As UTF-8, its first 64 KiB. */
  readonly body: string;
  /** There was more. */
  readonly isCut: boolean;
}

/** Below what the operator's own question waits. */
const PATIENCE_MS = 45_000;
const MOST_BYTES = 65_536;

/**
 * Sends a request to `base` (scheme and authority) exactly as it is: headers twice where they are given twice, the target
 * not rewritten, redirects not followed; `Host` is theirs where it is given. @throws samples/not-delivered
 */
export function deliverRequest(base: string, made: MadeSample): Promise<HttpAnswer> {
  const { protocol, hostname, port, host } = new URL(base);
  const { method, target, headers, body } = made;
  // Given as a list, headers go out as they are, so these are ours to write.
  const isNamed = headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  const length = ['Content-Length', String(body.length), 'Connection', 'close'];
  const own = isNamed ? length : ['Host', host, ...length];
  const options: RequestOptions = {
    ...{ protocol, method, path: target, agent: false, timeout: PATIENCE_MS },
    hostname: hostname.replace(/^\[|\]$/g, ''),
    ...(port === '' ? {} : { port }),
    headers: [...own, ...headers],
  };
  return new Promise((resolve, reject) => {
    const fail = (thrown: unknown) => reject(notDelivered(base + target, thrown));
    const receive = (response: IncomingMessage) => {
      readAnswer(response).then(resolve, fail);
    };
    try {
      const request = (protocol === 'https:' ? httpsRequest : httpRequest)(options, receive);
      request.on('error', fail).on('timeout', () => {
        request.destroy(new Error(`nothing within ${PATIENCE_MS / 1_000} s`));
      });
      request.end(body);
    } catch (error) {
      // Characters that no target and no header may hold.
      fail(error);
    }
  });
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_BYTES) break;
  }
  const headers: [string, string][] = [];
  const { rawHeaders } = response;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    headers.push([rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '']);
  const body = Buffer.concat(chunks).subarray(0, MOST_BYTES).toString('utf8');
  return { status: response.statusCode ?? 0, headers, body, isCut: size > MOST_BYTES };
}

function notDelivered(url: string, thrown: unknown): HostError {
  const { code, message } = toError(thrown) as Error & { code?: string };
  // A query may hold a credential.
  const where = url.split('?', 1)[0] ?? '';
  return new HostError('samples/not-delivered', [where, message || (code ?? 'it hung up')], {
    cause: thrown,
  });
}
