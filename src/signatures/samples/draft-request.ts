/** A request that is being made: headers by lower-case name, each perhaps several times. */
export class DraftRequest {
  readonly method: string;
  target: string;
  body: Buffer;
  readonly credentials = new Set<string>();
  readonly #headers = new Map<string, { readonly name: string; values: readonly string[] }>();

  constructor(method: string, target: string, body: Buffer) {
    this.method = method;
    this.target = target;
    this.body = body;
  }

  /** Writes over what is there. */
  set(name: string, ...values: readonly string[]): void {
    this.#headers.set(name.toLowerCase(), { name, values });
  }

  get(name: string): string | undefined {
    return this.#headers.get(name.toLowerCase())?.values[0];
  }

  remove(name: string): void {
    this.#headers.delete(name.toLowerCase());
  }

  addQuery(name: string, value: string): void {
    const mark = this.target.includes('?') ? '&' : '?';
    this.target += `${mark}${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
  }

  /** The value, and how it looks in an address. */
  hide(...texts: readonly string[]): void {
    for (const text of texts.filter((some) => some !== '')) {
      this.credentials.add(text);
      this.credentials.add(encodeURIComponent(text));
      this.credentials.add(JSON.stringify(text).slice(1, -1));
    }
  }

  /** By name as it is written; of several values the first. */
  named(): Record<string, string> {
    return Object.fromEntries([...this.#headers.values()].map(({ name, values }) => [name, values[0] ?? '']));
  }

  /** Names and values in turn. */
  flat(): string[] {
    return [...this.#headers.values()].flatMap(({ name, values }) =>
      values.flatMap((value) => [name, value]),
    );
  }
}
