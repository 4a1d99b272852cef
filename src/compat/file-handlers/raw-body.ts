import { isUtf8 } from 'node:buffer';

/**
 * The body of one request as text that stands for its bytes: `request.rawBody`. Bytes that are no UTF-8 cannot all be in a
 * text, so where such a text comes back to be signed or compared, it counts as the bytes it stands for.
 */
export class RawBody {
  #bytes: Buffer | undefined;
  #text = '';

  constructor(private readonly read: () => Buffer) {}

  /** @throws what reading the body does */
  get text(): string {
    if (this.#bytes === undefined) {
      this.#bytes = this.read();
      this.#text = this.#bytes.toString('utf8');
    }
    return this.#text;
  }

  /** What `data` stands for: its own UTF-8, but where the body is in it, the body as it came. */
  bytesOf(data: string | Uint8Array): Uint8Array {
    if (typeof data !== 'string') return data;
    const bytes = this.#bytes;
    const at = bytes === undefined || isUtf8(bytes) ? -1 : data.indexOf(this.#text);
    if (bytes === undefined || at === -1) return Buffer.from(data, 'utf8');
    const rest = data.slice(at + this.#text.length);
    return Buffer.concat([Buffer.from(data.slice(0, at), 'utf8'), bytes, Buffer.from(rest, 'utf8')]);
  }
}
