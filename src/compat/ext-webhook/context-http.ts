import type { OutgoingAnswer, OutgoingHttp, OutgoingMethod } from '../../core/ports/outgoing';

/** What `ctx.http` takes besides the address. */
export interface ContextHttpOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Fields of a form, sent as `application/x-www-form-urlencoded`; text and bytes are sent as they are. */
  readonly data?: Readonly<Record<string, unknown>> | string | Uint8Array | undefined;
  readonly json?: unknown;
  /** Added to the query of the address. */
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  /** For everything. Default 30,000. */
  readonly timeoutMs?: number | undefined;
}

/** An answer, whatever its status. */
export interface ContextHttpAnswer {
  readonly status_code: number;
  readonly statusCode: number;
  /** 200–299. */
  readonly ok: boolean;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly content: Buffer;
  /** As UTF-8. */
  readonly text: string;
  /** @throws outgoing/bad-answer when it is no JSON */
  json<T = unknown>(): T;
}

type Ask = (url: string, options?: ContextHttpOptions) => Promise<ContextHttpAnswer>;

/** `ctx.http`: requests to elsewhere, under the host's guard. Rejects as `OutgoingHttp` does. */
export interface ContextHttp extends Readonly<Record<'get' | 'post' | 'put' | 'patch' | 'delete', Ask>> {
  request(method: string, url: string, options?: ContextHttpOptions): Promise<ContextHttpAnswer>;
}

export function contextHttp(http: OutgoingHttp): ContextHttp {
  const request: ContextHttp['request'] = async (method, url, options = {}) => {
    const { data, headers = {}, json, params, timeoutMs } = options;
    const isForm = typeof data === 'object' && !ArrayBuffer.isView(data);
    const answer = await http.request(withParameters(url, params), {
      method: method.toUpperCase() as OutgoingMethod,
      headers: isForm ? { 'content-type': 'application/x-www-form-urlencoded', ...headers } : headers,
      ...(data !== undefined && { body: isForm ? formOf(data).toString() : data }),
      ...(json !== undefined && { json }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    return toAnswer(answer);
  };
  const ask =
    (method: OutgoingMethod): Ask =>
    (url, options) =>
      request(method, url, options);
  return {
    request,
    get: ask('GET'),
    post: ask('POST'),
    put: ask('PUT'),
    patch: ask('PATCH'),
    delete: ask('DELETE'),
  };
}

function withParameters(url: string, parameters: ContextHttpOptions['params']): string {
  if (parameters === undefined) return url;
  const [rest = '', ...fragment] = url.split('#');
  const added = formOf(parameters).toString();
  const joined = added === '' ? rest : `${rest}${rest.includes('?') ? '&' : '?'}${added}`;
  return [joined, ...fragment].join('#');
}

/** A list is its name once for each; what is not there is left out. */
function formOf(values: Readonly<Record<string, unknown>>): URLSearchParams {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    for (const one of [value].flat()) if (one !== undefined && one !== null) form.append(name, String(one));
  return form;
}

function toAnswer(answer: OutgoingAnswer): ContextHttpAnswer {
  const headers = Object.create(null) as Record<string, string>;
  for (const [name] of answer.headers) headers[name.toLowerCase()] ??= answer.headers.get(name) ?? '';
  return {
    status_code: answer.status,
    statusCode: answer.status,
    ok: answer.ok,
    headers,
    content: answer.raw,
    get text() {
      return answer.text();
    },
    json: () => answer.json(),
  };
}
