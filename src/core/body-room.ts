interface Waiting {
  readonly bytes: number;
  enter(): void;
}

/**
 * How many bytes of large bodies are in memory at once. Whoever finds no room waits, in order; what is larger than the
 * whole room has it alone.
 */
export class BodyRoom {
  #taken = 0;
  readonly #waiting: Waiting[] = [];

  constructor(readonly bytes: number) {}

  /** Resolves with what gives the room back; the first call of it counts. */
  async take(bytes: number): Promise<() => void> {
    if (this.#waiting.length > 0 || !this.#fits(bytes))
      await new Promise<void>((enter) => this.#waiting.push({ bytes, enter }));
    else this.#taken += bytes;
    let isGiven = false;
    return () => {
      if (isGiven) return;
      isGiven = true;
      this.#taken -= bytes;
      this.#admit();
    };
  }

  /** Runs `work` once there is room, which it has until it settles. */
  async run<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const release = await this.take(bytes);
    try {
      return await work();
    } finally {
      release();
    }
  }

  #fits(bytes: number): boolean {
    return this.#taken === 0 || this.#taken + bytes <= this.bytes;
  }

  /** Counted here, not once they run: the next one must not take the same room. */
  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#taken += next.bytes;
      next.enter();
    }
  }
}
