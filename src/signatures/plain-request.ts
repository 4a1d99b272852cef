import { formOf, jsonOf, mediaTypeAmong, queryOf } from '../core/body-values';
import type { SignedRequest } from '../core/signed-request';

export interface PlainRequestParts {
  /** Default POST. */
  readonly method?: string;
  /** Path and query. Default `/`. */
  readonly target?: string;
  /** Scheme and authority the sender was given, e.g. `https://hooks.example.com`. */
  readonly publicBase?: string;
  /** Names and values in turn, or by name. */
  readonly headers?: readonly string[] | Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** The body with its content encoding undone, where that is something else; may throw where it cannot be undone. */
  readonly decoded?: () => Buffer;
  /** The largest body that is read as JSON. Default: any. */
  readonly jsonBytes?: number;
}

/** A request made of its parts: one that is about to be sent, or one that is looked at again. Nothing is decoded here. */
export function plainRequest(parts: PlainRequestParts): SignedRequest {
  const { method = 'POST', target = '/', publicBase, headers = {}, body = '', jsonBytes = Infinity } = parts;
  const wire = typeof body === 'string' ? Buffer.from(body) : body;
  const rawHeaders = isList(headers) ? headers : Object.entries(headers).flat();
  const decoded = parts.decoded ?? (() => wire);
  return {
    method,
    rawTarget: target,
    publicUrl: () => (publicBase === undefined ? undefined : publicBase + target),
    rawHeaders,
    wire,
    decoded,
    json: once(() => jsonOf(decoded, jsonBytes)),
    form: once(() => formOf(decoded, mediaTypeAmong(rawHeaders))),
    query: queryOf(target),
  };
}

/** Parsed for the first who asks. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

const isList = (headers: readonly string[] | object): headers is readonly string[] => Array.isArray(headers);
