import type { IncomingMessage } from 'node:http';
import { HostError, type ErrorCode } from '../core/errors';
import { askHost, readAnswer, streamFromHost, type Answer, type HostAddress } from './host-request';
import { isProxyAlone, withoutHostBehind } from './unreachable-host';

export type { Answer, HostAddress } from './host-request';

/** The operator API of a host in another process. */
export interface OperatorConnection {
  /** Where it is, for messages. */
  readonly where: string;
  /** Any answer but 401. `body` is sent as JSON, `JsonLines` as such. @throws operator/unreachable, operator/token-refused */
  ask(method: string, verb: string, body?: unknown): Promise<Answer>;
  /** The body of a 200. @throws as `ask`; what the host raised, or operator/unexpected-answer, for the rest */
  read(method: string, verb: string, body?: unknown): Promise<Record<string, unknown>>;
  /** The bytes of a 200 as they come, until the signal aborts. @throws as `read` */
  stream(verb: string, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
}

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
  'plugin/no-readme',
  'plugin/not-ready',
  'plugin/bad-config-request',
  'plugin/no-config',
  'plugin/stale-config',
  'plugin/still-served',
  'plugin/unknown',
  'operator/scope',
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
  'schedule/unknown',
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
  const pathOf = (verb: string) => `/api/operator/${verb}`;
  const looked = (answer: Answer) => {
    if (isProxyAlone(answer)) throw withoutHostBehind(where, answer.status);
    if (answer.status === 401) throw new HostError('operator/token-refused', [where]);
    return answer;
  };
  const ask: OperatorConnection['ask'] = async (method, verb, body) =>
    looked(await askHost(address, where, method, pathOf(verb), body));
  return {
    where,
    ask,
    read: async (method, verb, body) => {
      const answer = await ask(method, verb, body);
      if (answer.status !== 200) throw refusalOf(where, answer);
      return answer.body;
    },
    stream: async (verb, signal) => {
      const response: IncomingMessage = await streamFromHost(address, where, pathOf(verb), signal);
      if (response.statusCode === 200) return response;
      throw refusalOf(where, looked(await readAnswer(response)));
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

/** Values as they stand behind a path; empty where there are none. */
export function queryOf(values: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return entries.length === 0 ? '' : `?${String(new URLSearchParams(entries))}`;
}
