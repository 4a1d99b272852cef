/** Reads the headers that matter to one row in one pass. */
export interface NamedHeaders {
  /** By lower-case name; undefined where one of them came twice, which is never taken for one of the two. */
  read(rawHeaders: readonly string[]): ReadonlyMap<string, string> | undefined;
}

/** `patterns` end in `*`, which stands for a number. Names in any case. */
export function namedHeaders(names: Iterable<string>, patterns: readonly string[]): NamedHeaders {
  const wanted = new Set([...names].map((name) => name.toLowerCase()));
  const starts = patterns.map((pattern) => pattern.slice(0, -1).toLowerCase());
  const isNumbered = (name: string) =>
    starts.some((start) => name.startsWith(start) && /^\d{1,3}$/.test(name.slice(start.length)));
  return {
    read(rawHeaders) {
      const found = new Map<string, string>();
      for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
        const name = (rawHeaders[index] as string).toLowerCase();
        if (!wanted.has(name) && (starts.length === 0 || !isNumbered(name))) continue;
        if (found.has(name)) return undefined;
        found.set(name, rawHeaders[index + 1] as string);
      }
      return found;
    },
  };
}
