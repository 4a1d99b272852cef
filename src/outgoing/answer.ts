import { HostError } from '../core/errors';
import type { RequestHeaders } from '../core/exchange';
import type { OutgoingAnswer } from '../core/ports/outgoing';

/** By lower-case name. */
export type HeaderLines = Readonly<Record<string, string | string[] | undefined>>;

/** What came back, as plugins see it; methods need no receiver, so it can be destructured. */
export function createAnswer(
  where: string,
  parts: { readonly status: number; readonly url: URL; readonly headers: HeaderLines; readonly raw: Buffer },
): OutgoingAnswer {
  const { status, url, headers, raw } = parts;
  const text = () => raw.toString('utf8');
  return {
    status,
    ok: status >= 200 && status <= 299,
    url: url.href,
    headers: new AnswerHeaders(headers),
    raw,
    text,
    json<T>() {
      try {
        return JSON.parse(text()) as T;
      } catch (cause) {
        throw new HostError('outgoing/bad-answer', [where, 'its body is no JSON'], { cause });
      }
    },
  };
}

class AnswerHeaders implements RequestHeaders {
  readonly #lines: HeaderLines;

  constructor(lines: HeaderLines) {
    this.#lines = lines;
  }
  get(name: string): string | undefined {
    const lines = this.getAll(name);
    return lines.length === 0 ? undefined : lines.join(', ');
  }
  getAll(name: string): string[] {
    const lower = name.toLowerCase();
    return Object.hasOwn(this.#lines, lower) ? [this.#lines[lower] ?? []].flat() : [];
  }
  has(name: string): boolean {
    return this.getAll(name).length > 0;
  }
  *[Symbol.iterator](): Iterator<[name: string, value: string]> {
    for (const name of Object.keys(this.#lines)) for (const line of this.getAll(name)) yield [name, line];
  }
}
