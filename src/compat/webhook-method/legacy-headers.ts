import type { RequestHeaders } from '../../core/exchange';

interface HeaderMethods extends Iterable<[name: string, value: string]> {
  get(name: string): string | undefined;
  get<T>(name: string, fallback: T): string | T;
  /** Each line of the name as it was sent, in order. */
  getAll(name: string): string[];
  has(name: string): boolean;
  keys(): string[];
  values(): string[];
  entries(): [name: string, value: string][];
}

/**
 * Headers as the old system's handlers read them: `headers['x-event']` and `'x-event' in headers` in any case,
 * names in lower case when listed, repeated lines joined by `, ` (RFC 9110 §5.3). Of a header that is named like
 * a method here, the method is what one reads; `get` finds the header.
 */
export type LegacyHeaders = HeaderMethods & Readonly<Record<string, string | undefined>>;

/** The old system's view of `headers`: spread, `Object.keys` and `for … of` list lower-case names. */
export function legacyHeaders(headers: RequestHeaders): LegacyHeaders {
  const lines = Object.create(null) as Record<string, string>;
  for (const [name] of headers) {
    const lower = name.toLowerCase();
    lines[lower] ??= headers.get(lower) ?? '';
  }
  const methods = Object.assign(Object.create(null) as Record<string | symbol, unknown>, {
    get: (name: string, fallback?: unknown) => headers.get(name) ?? fallback,
    getAll: (name: string) => headers.getAll(name),
    has: (name: string) => headers.has(name),
    keys: () => Object.keys(lines),
    values: () => Object.values(lines),
    entries: () => Object.entries(lines),
    [Symbol.iterator]: () => Object.entries(lines)[Symbol.iterator](),
  });
  const view = new Proxy(lines, {
    get: (target, name) =>
      methods[name] ?? (typeof name === 'string' ? target[name.toLowerCase()] : undefined),
    has: (target, name) => typeof name === 'string' && name.toLowerCase() in target,
    set: () => false,
    deleteProperty: () => false,
    defineProperty: () => false,
  });
  return view as unknown as LegacyHeaders;
}
