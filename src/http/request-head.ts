import type { IncomingMessage } from 'node:http';
import type { RequestHeaders } from '../core/exchange';

const PREFIX = `${Math.floor(Math.random() * 36 ** 6)
  .toString(36)
  .padStart(6, '0')}${(Date.now() % 36 ** 6).toString(36)}-`;
let issued = 0;

/** The request's id: the caller's if it is 1–128 of `[A-Za-z0-9._-]`, else a new one, unique in this process. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  if (typeof given === 'string' && GOOD_ID.test(given)) return given;
  return newRequestId();
}
/** A new id, unique in this process. */
export function newRequestId(): string {
  return PREFIX + (issued += 1).toString(36);
}
const GOOD_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** Whether a body follows the headers (RFC 9112 §6). */
export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return length === undefined ? headers['transfer-encoding'] !== undefined : length !== '0';
}

const isNamed = (name: string, wanted: string) => name === wanted || name.toLowerCase() === wanted;

/** Header lines as they came. */
export class HeaderLines implements RequestHeaders {
  readonly #lines: readonly string[];

  constructor(rawHeaders: readonly string[]) {
    this.#lines = rawHeaders;
  }

  get(name: string): string | undefined {
    const values = this.getAll(name);
    return values.length === 0 ? undefined : values.join(', ');
  }
  getAll(name: string): string[] {
    const wanted = name.toLowerCase();
    const values: string[] = [];
    for (let index = 0; index < this.#lines.length; index += 2)
      if (isNamed(this.#lines[index] as string, wanted)) values.push(this.#lines[index + 1] as string);
    return values;
  }
  has(name: string): boolean {
    return this.getAll(name).length > 0;
  }
  *[Symbol.iterator](): Iterator<[string, string]> {
    for (let index = 0; index < this.#lines.length; index += 2)
      yield [(this.#lines[index] as string).toLowerCase(), this.#lines[index + 1] as string];
  }
}
