import { HostError } from '../../core/errors';
import type { PluginServices } from '../../core/plugin-services';
import type { OutgoingAnswer, OutgoingMethod, OutgoingOptions } from '../../core/ports/outgoing';

/** What of `RequestInit` is honoured. */
export interface FetchOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>> | Iterable<readonly [string, string]>;
  readonly body?: string | Uint8Array | URLSearchParams | null;
  readonly redirect?: OutgoingOptions['redirect'];
  readonly signal?: AbortSignal | null;
}

/** An answer as `fetch` gives it, its body there already. */
export interface FetchedAnswer {
  readonly status: number;
  readonly ok: boolean;
  readonly url: string;
  readonly headers: OutgoingAnswer['headers'];
  text(): Promise<string>;
  json(): Promise<unknown>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * `fetch` of a handler: a guarded request to elsewhere.
 * @throws plugin/not-available for an address without a host, and what outgoing requests throw
 */
export function handlerFetch({ key, outgoing }: Pick<PluginServices, 'key' | 'outgoing'>) {
  return async (address: string | URL, options: FetchOptions = {}): Promise<FetchedAnswer> => {
    const url = String(address);
    if (/^(?![a-z][a-z\d+.-]*:)/i.test(url))
      throw new HostError('plugin/not-available', [
        key,
        `fetch(${JSON.stringify(url.slice(0, 200))})`,
        'only absolute addresses are asked; other plugins are in `context`, and what this one keeps is in `query`',
      ]);
    const { body, redirect, signal } = options;
    const isForm = Object.prototype.toString.call(body) === '[object URLSearchParams]';
    const headers = headersIn(options.headers);
    if (isForm && headers['content-type'] === undefined)
      headers['content-type'] = 'application/x-www-form-urlencoded;charset=UTF-8';
    const answer = await outgoing.http.request(url, {
      method: (options.method ?? 'GET').toUpperCase() as OutgoingMethod,
      headers,
      ...(body !== undefined &&
        body !== null && { body: isForm ? String(body) : (body as string | Uint8Array) }),
      ...(redirect !== undefined && { redirect }),
      ...(signal !== undefined && signal !== null && { signal }),
    });
    return fetched(answer);
  };
}

/** Names in lower case; `Headers`, pairs or a record. */
function headersIn(given: FetchOptions['headers'] = {}): Record<string, string> {
  const pairs = Symbol.iterator in given ? [...given] : Object.entries(given);
  return Object.fromEntries(pairs.map(([name, value]) => [String(name).toLowerCase(), String(value)]));
}

function fetched(answer: OutgoingAnswer): FetchedAnswer {
  const { status, ok, url, headers } = answer;
  return {
    ...{ status, ok, url, headers },
    text: async () => answer.text(),
    json: async () => answer.json(),
    arrayBuffer: async () => Uint8Array.from(answer.raw).buffer,
  };
}
