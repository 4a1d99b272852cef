/**
 * Something that is read from the store, kept for a while: at least `leastMs`, and so long that reading it takes a
 * hundredth of the time at most. While it cannot be read, what was read last.
 */
export class Sampled<Value> {
  #value: Value | undefined;
  #freshUntil = 0;
  #reading: Promise<void> | undefined;

  constructor(
    private readonly read: () => Promise<Value>,
    private readonly leastMs: number,
  ) {}

  /** Never rejects. */
  async value(): Promise<Value | undefined> {
    if (performance.now() >= this.#freshUntil) await (this.#reading ??= this.#take());
    return this.#value;
  }

  async #take(): Promise<void> {
    const startedAt = performance.now();
    try {
      this.#value = await this.read();
    } catch {
      // The store is away, which its own lines tell.
    }
    const now = performance.now();
    this.#freshUntil = now + Math.max(this.leastMs, (now - startedAt) * 100);
    this.#reading = undefined;
  }
}
