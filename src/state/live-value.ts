import type { LiveSecret } from '../core/ports/secrets';

/** A live value that a log line, JSON and `inspect` show the id of alone. */
export class LiveValue implements LiveSecret {
  readonly #value: string;

  constructor(
    readonly id: string,
    value: string,
  ) {
    this.#value = value;
  }

  get value(): string {
    return this.#value;
  }
}
