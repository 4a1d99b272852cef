import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { HostError, toError, type ErrorCode } from '../core/errors';
import type { Secret } from '../core/secret';
import { JSON_LINES_TYPE, JsonLines } from './job-lines';
import { isProxyAlone, tooLate, unreachable, withoutHostBehind } from './unreachable-host';

/** How to reach a host: through its own socket on this machine, or at its address with the token. */
export type HostAddress = { readonly socketPath: string } | { readonly url: string; readonly token: Secret };

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

/** The operator API of a host in another process. */
export interface OperatorConnection {
  /** Where it is, for messages. */
  readonly where: string;
  /** Any answer but 401. `body` is sent as JSON, `JsonLines` as such. @throws operator/unreachable, operator/token-refused */
  ask(method: string, verb: string, body?: unknown): Promise<Answer>;
  /** The body of a 200. @throws as `ask`; what the host raised, or operator/unexpected-answer, for the rest */
  read(method: string, verb: string, body?: unknown): Promise<Record<string, unknown>>;
}

/** A start may take its whole deadline, and a disable drains; beyond this nobody is there. */
const PATIENCE_MS = 60_000;
const LARGEST_ANSWER_BYTES = 256 * 1024 ** 2;
/** Raised over there and worth knowing by their code here. */
const PASSED_ON: readonly ErrorCode[] = [
  'channel/bad-request',
  'channel/bad-settings',
  'channel/invalid-key',
  'channel/too-long',
  'channel/no-channel',
  'events/bad-request',
  'inbox/not-found',
  'inbox/bad-request',
  'inbox/bad-signal',
  'inbox/signal-too-large',
  'inbox/unavailable',
  'host/cannot-unseal',
  'plugin/change-refused',
  'plugin/no-signed-address',
  'plugin/not-ready',
  'plugin/bad-config-request',
  'plugin/no-config',
  'plugin/stale-config',
  'plugin/unknown',
  'operator/sends-nothing',
  'samples/bad-request',
  'samples/cannot-sign',
  'samples/cannot-spoil',
  'samples/no-endpoint',
  'samples/no-secret',
  'samples/none',
  'samples/not-delivered',
  'samples/unknown-event',
  'samples/unknown-sender',
  'secrets/already-set',
  'secrets/bad-name',
  'secrets/bad-request',
  'secrets/empty-value',
  'secrets/from-environment',
  'secrets/nothing-waits',
  'secrets/other-waits',
  'secrets/plugins-own',
  'secrets/rekey-refused',
  'secrets/too-large',
  'secrets/too-many',
  'secrets/too-many-for-users',
  'secrets/too-many-urls',
  'tokens/bad-request',
  'tokens/taken',
  'tokens/too-many',
  'tools/bad-request',
  'tools/not-served',
  'tools/timeout',
  'tools/too-deep',
  'tools/too-many',
  'tools/unknown',
  'users/bad-channel',
  'users/bad-id',
];

export function openConnection(address: HostAddress): OperatorConnection {
  const where = 'url' in address ? address.url : address.socketPath;
  const ask: OperatorConnection['ask'] = async (method, verb, body) => {
    const answer = await send(address, where, method, `/api/operator/${verb}`, body);
    if (isProxyAlone(answer)) throw withoutHostBehind(where, answer.status);
    if (answer.status === 401) throw new HostError('operator/token-refused', [where]);
    return answer;
  };
  return {
    where,
    ask,
    read: async (method, verb, body) => {
      const answer = await ask(method, verb, body);
      if (answer.status !== 200) throw refusalOf(where, answer);
      return answer.body;
    },
  };
}

/** What an answer that is not the wanted one means. */
export function refusalOf(where: string, { status, body, text }: Answer): HostError {
  const detail = typeof body['detail'] === 'string' ? body['detail'] : text.slice(0, 200);
  const code = PASSED_ON.find((known) => known === body['code']);
  if (code === undefined)
    return new HostError('operator/unexpected-answer', [where, status, detail === '' ? 'nothing' : detail]);
  const error = new HostError(code as 'inbox/bad-request', ['']);
  error.message = detail;
  return error;
}

/** The list an answer holds under `name`. @throws operator/unexpected-answer */
export function listIn<T>(body: Record<string, unknown>, name: string, where: string): readonly T[] {
  const list = body[name];
  if (Array.isArray(list)) return list as T[];
  throw new HostError('operator/unexpected-answer', [
    where,
    200,
    'this is not the operator API of a Gatehouse',
  ]);
}

function send(
  address: HostAddress,
  where: string,
  method: string,
  path: string,
  body: unknown,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error & { code?: string }) =>
      reject(unreachable('url' in address ? 'url' : 'socket', where, error));
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
      const request =
        'url' in address
          ? open(address, path, options, receive)
          : httpRequest({ ...options, ...address, path }, receive);
      request.on('error', fail).on('timeout', () => {
        request.destroy(tooLate(PATIENCE_MS));
      });
      request.end(bytes);
    } catch (error) {
      fail(toError(error));
    }
  });
}

function open(
  { url, token }: { url: string; token: Secret },
  path: string,
  options: RequestOptions,
  receive: (response: IncomingMessage) => void,
) {
  // A public address may have a path of its own, before which the host's addresses do not start.
  const target = new URL(url.replace(/\/$/, '') + path);
  const headers = { ...(options.headers as object), authorization: `Bearer ${token.reveal()}` };
  return (target.protocol === 'https:' ? httpsRequest : httpRequest)(
    target,
    { ...options, headers },
    receive,
  );
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
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
