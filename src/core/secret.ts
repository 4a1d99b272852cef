import { createHash, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

/** A value that never prints itself: not in logs, JSON, string templates or `console.log`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }
  /** The only way to the value. */
  reveal(): string {
    return this.#value;
  }
  /** Constant-time in the length of neither side. */
  equals(candidate: string): boolean {
    return timingSafeEqual(digest(this.#value), digest(candidate));
  }
  toString(): string {
    return '[secret]';
  }
  toJSON(): string {
    return '[secret]';
  }
  [inspect.custom](): string {
    return '[secret]';
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest();
