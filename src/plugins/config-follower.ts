import { isDeepStrictEqual } from 'node:util';

export type ConfigFields = Readonly<Record<string, unknown>>;

export interface FollowerParts {
  /** What is valid now. */
  read(): Promise<ConfigFields>;
  /** The values as they were taken last. */
  current(): ConfigFields;
  /** Takes other ones. */
  take(values: ConfigFields): void;
  /** Told why they could not be read; those before stay. */
  failed(thrown: unknown): void;
}

/**
 * Keeps one generation at what is stored. However many changes come while values are checked, they are read once more: what
 * is taken last is what was stored last.
 */
export class ConfigFollower {
  #reading: Promise<void> = Promise.resolve();
  #isWaiting = false;
  #isEnded = false;
  #failed = false;

  constructor(private readonly parts: FollowerParts) {}

  /** Something was stored. */
  changed(): void {
    if (this.#isWaiting || this.#isEnded) return;
    this.#isWaiting = true;
    this.#reading = this.#reading.then(() => this.#read());
  }

  /** Resolves once everything stored until now was read; false when it could not be taken. */
  async settled(): Promise<boolean> {
    await this.#reading;
    return !this.#failed;
  }

  end(): void {
    this.#isEnded = true;
  }

  /** Never rejects. */
  async #read(): Promise<void> {
    // What is stored from here on is read again.
    this.#isWaiting = false;
    try {
      const values = await this.parts.read();
      this.#failed = false;
      if (!this.#isEnded && !isDeepStrictEqual(values, this.parts.current())) this.parts.take(values);
    } catch (thrown) {
      this.#failed = true;
      if (!this.#isEnded) this.parts.failed(thrown);
    }
  }
}
