import {
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { toError, type HostError } from '../core/errors';
import type { Secret } from '../core/secret';
import { JSON_LINES_TYPE, JsonLines } from './job-lines';
import { tooLate, unreachable } from './unreachable-host';

/** How to reach a host: through its own socket on this machine, or at its address with the token. */
export type HostAddress = { readonly socketPath: string } | { readonly url: string; readonly token: Secret };

export interface Answer {
  readonly status: number;
  /** Empty where it is no JSON object. */
  readonly body: Record<string, unknown>;
  readonly text: string;
}

/** A start may take its whole deadline, and a disable drains; beyond this nobody is there. */
const PATIENCE_MS = 60_000;
const LARGEST_ANSWER_BYTES = 256 * 1024 ** 2;

/**
 * Asks the host at `where` and reads its whole answer. `body` is sent as JSON, `JsonLines` as such.
 * @throws operator/unreachable
 */
export function askHost(
  address: HostAddress,
  where: string,
  method: string,
  path: string,
  body: unknown,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error & { code?: string }) => reject(notThere(address, where, error));
    const isLines = body instanceof JsonLines;
    const bytes = body === undefined ? undefined : Buffer.from(isLines ? body.text : JSON.stringify(body));
    const headers =
      bytes === undefined
        ? undefined
        : {
            'content-type': isLines ? JSON_LINES_TYPE : 'application/json',
            'content-length': String(bytes.length),
          };
    const options: RequestOptions = { method, timeout: PATIENCE_MS, agent: false, headers };
    const receive = (response: IncomingMessage) => {
      readAnswer(response).then((answer) => resolve(answer), fail);
    };
    try {
      const request = open(address, path, options, receive);
      request.on('error', fail).on('timeout', () => {
        request.destroy(tooLate(PATIENCE_MS));
      });
      request.end(bytes);
    } catch (error) {
      fail(toError(error));
    }
  });
}

/** The host's answer before its body, which goes on until the signal aborts. @throws operator/unreachable */
export function streamFromHost(
  address: HostAddress,
  where: string,
  path: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error & { code?: string }) => reject(notThere(address, where, error));
    try {
      const options: RequestOptions = { method: 'GET', timeout: PATIENCE_MS, agent: false, signal };
      const request = open(address, path, options, resolve);
      request.on('error', fail).on('timeout', () => {
        request.destroy(tooLate(PATIENCE_MS));
      });
      request.end();
    } catch (error) {
      fail(toError(error));
    }
  });
}

function notThere(address: HostAddress, where: string, error: Error & { code?: string }): HostError {
  return unreachable('url' in address ? 'url' : 'socket', where, error);
}

function open(
  address: HostAddress,
  path: string,
  options: RequestOptions,
  receive: (response: IncomingMessage) => void,
): ClientRequest {
  if (!('url' in address)) return httpRequest({ ...options, ...address, path }, receive);
  const { url, token } = address;
  // A public address may have a path of its own, before which the host's addresses do not start.
  const target = new URL(url.replace(/\/$/, '') + path);
  const headers = { ...(options.headers as object), authorization: `Bearer ${token.reveal()}` };
  return (target.protocol === 'https:' ? httpsRequest : httpRequest)(
    target,
    { ...options, headers },
    receive,
  );
}

/** The whole of it, at most 256 MiB. */
export async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_ANSWER_BYTES) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return { status: response.statusCode ?? 0, body: parseObject(text), text };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
