import { Readable } from 'node:stream';
import { HostError } from '../../src/core/errors';
import type { Exchange, Method, RequestHeaders, UploadedFiles, Values } from '../../src/core/exchange';
import type { PluginKey } from '../../src/core/plugin-key';

export interface PlainRequest {
  method?: Method;
  url?: string;
  baseUrl?: string;
  params?: Record<string, string>;
  query?: Values;
  /** As sent: names in any case, repeated lines allowed. */
  headers?: [string, string][];
  body?: string | Buffer;
  fields?: Values;
  files?: UploadedFiles;
}

/** An Exchange from plain data, as a stored request would be. */
export function plainExchange(request: PlainRequest = {}): Exchange {
  const lines = request.headers ?? [];
  const all = (name: string) =>
    lines.filter(([line]) => line.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  const headers: RequestHeaders = {
    get: (name) => (all(name).length > 0 ? all(name).join(', ') : undefined),
    getAll: all,
    has: (name) => all(name).length > 0,
    [Symbol.iterator]: () => lines[Symbol.iterator](),
  };
  const raw = Buffer.from(request.body ?? '');
  const multipart = (headers.get('content-type') ?? '').startsWith('multipart/');
  const buffered = () => {
    if (multipart) throw new HostError('body/not-buffered', ['multipart']);
    return raw;
  };
  const json = () => {
    if (buffered().length === 0) return undefined;
    try {
      return JSON.parse(raw.toString('utf8'));
    } catch (cause) {
      throw new HostError('body/invalid-json', [], { cause });
    }
  };
  return {
    key: 'dev.demo' as PluginKey,
    method: request.method ?? 'POST',
    url: request.url ?? '/api/plugin/dev.demo/webhook/gh',
    path: '/gh',
    baseUrl: request.baseUrl ?? '/api/plugin/dev.demo/webhook',
    params: request.params ?? {},
    query: request.query ?? {},
    headers,
    get raw() {
      return buffered();
    },
    text: () => buffered().toString('utf8'),
    json,
    form: () => Object.fromEntries(new URLSearchParams(buffered().toString('utf8'))),
    body: undefined,
    parts: () => {
      throw new HostError('body/not-parts', []);
    },
    files: request.files ?? {},
    fields: request.fields ?? {},
    stream: Readable.from([]),
    ip: '192.0.2.7',
    requestId: 'r1',
    receiptId: undefined,
    replayOf: undefined,
    verified: undefined,
    job: undefined,
    signal: new AbortController().signal,
    background: () => 'dev.demo-1-1',
    respond: () => undefined,
  };
}
