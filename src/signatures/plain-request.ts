import type { Values } from '../core/exchange';
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
}

/** A request made of its parts: one that is about to be sent, or one that is looked at again. Nothing is decoded. */
export function plainRequest(parts: PlainRequestParts): SignedRequest {
  const { method = 'POST', target = '/', publicBase, headers = {}, body = '' } = parts;
  const wire = typeof body === 'string' ? Buffer.from(body) : body;
  const at = target.indexOf('?');
  return {
    method,
    rawTarget: target,
    publicUrl: () => (publicBase === undefined ? undefined : publicBase + target),
    rawHeaders: isList(headers) ? headers : Object.entries(headers).flat(),
    wire,
    decoded: () => wire,
    json: once(() => parsed(wire)),
    form: once(() => valuesOf(wire.toString())),
    query: at < 0 ? {} : valuesOf(target.slice(at + 1)),
  };
}

/** Parsed for the first who asks. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** Repeated names become a list. */
function valuesOf(text: string): Values {
  const values = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of new URLSearchParams(text)) {
    const there = values[name];
    if (there === undefined) values[name] = value;
    else values[name] = [...(typeof there === 'string' ? [there] : there), value];
  }
  return values;
}

const isList = (headers: readonly string[] | object): headers is readonly string[] => Array.isArray(headers);
