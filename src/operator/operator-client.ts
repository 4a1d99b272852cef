import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { HostError, toError } from '../core/errors';
import type { Secret } from '../core/secret';
import type { Explanation } from '../core/ports/explain';
import type { DeprecationUse } from '../core/ports/legacy-layer';
import type { PluginStatus, Transition } from '../core/ports/plugin-registry';
import type { Operator } from './operator';

/** How to reach a host: through its own socket on this machine, or at its address with the token. */
export type HostAddress = { readonly socketPath: string } | { readonly url: string; readonly token: Secret };

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

/** A start may take its whole deadline, and a disable drains; beyond this nobody is there. */
const PATIENCE_MS = 60_000;
const LARGEST_ANSWER_BYTES = 256 * 1024 ** 2;

/**
 * The operator of a host in another process. Rejects with operator/unreachable when nobody answers,
 * operator/token-refused on 401, plugin/unknown, and operator/unexpected-answer for the rest.
 */
export function connectOperator(address: HostAddress): Operator {
  const where = 'url' in address ? address.url : address.socketPath;
  const ask = async (method: string, verb: string): Promise<Answer> => {
    const answer = await send(address, where, method, `/api/operator/${verb}`);
    if (answer.status === 401) throw new HostError('operator/token-refused', [where]);
    return answer;
  };
  const read = async (method: string, verb: string): Promise<Record<string, unknown>> => {
    const answer = await ask(method, verb);
    if (answer.status !== 200) throw unexpected(where, answer);
    return answer.body;
  };
  const ofPlugin = async (method: string, key: string, verb = ''): Promise<Record<string, unknown>> => {
    const answer = await ask(method, `plugins/${encodeURIComponent(key)}${verb}`);
    if (answer.body['code'] === 'plugin/unknown') throw new HostError('plugin/unknown', [key]);
    if (answer.status === 409 && typeof answer.body['transition'] === 'object')
      return answer.body['transition'] as Record<string, unknown>;
    if (answer.status !== 200) throw unexpected(where, answer);
    return answer.body;
  };
  const change = async (key: string, verb: string) =>
    (await ofPlugin('POST', key, verb)) as unknown as Transition;
  return {
    plugins: async () => listIn<PluginStatus>(await read('GET', 'plugins'), 'plugins', where),
    plugin: async (key) => (await ofPlugin('GET', key)) as unknown as PluginStatus,
    enable: (key) => change(key, '/enable'),
    disable: (key) => change(key, '/disable'),
    reload: (key) => change(key, '/reload'),
    explain: async (method, path) =>
      (await read(
        'GET',
        `explain?${String(new URLSearchParams({ method, path }))}`,
      )) as unknown as Explanation,
    deprecations: async () =>
      listIn<DeprecationUse>(await read('GET', 'deprecations'), 'deprecations', where),
  };
}

function send(address: HostAddress, where: string, method: string, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error & { code?: string }) =>
      reject(new HostError('operator/unreachable', [where, error.code ?? error.message], { cause: error }));
    const options: RequestOptions = { method, timeout: PATIENCE_MS, agent: false };
    const receive = (response: IncomingMessage) => {
      readAnswer(response).then((answer) => resolve(answer), fail);
    };
    try {
      const request =
        'url' in address
          ? open(address, path, options, receive)
          : httpRequest({ ...options, ...address, path }, receive);
      request.on('error', fail).on('timeout', () => {
        request.destroy(new Error(`no answer within ${PATIENCE_MS / 1_000} s`));
      });
      request.end();
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
  const headers = { authorization: `Bearer ${token.reveal()}` };
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

function listIn<T>(body: Record<string, unknown>, name: string, where: string): readonly T[] {
  const list = body[name];
  if (Array.isArray(list)) return list as T[];
  throw new HostError('operator/unexpected-answer', [
    where,
    200,
    'this is not the operator API of a Gatehouse',
  ]);
}

function unexpected(where: string, { status, body, text }: Answer): HostError {
  const detail = typeof body['detail'] === 'string' ? body['detail'] : text.slice(0, 200);
  return new HostError('operator/unexpected-answer', [where, status, detail === '' ? 'nothing' : detail]);
}
