import { randomUUID } from 'node:crypto';
import { readSync } from 'node:fs';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { HostError } from '../core/errors';

/** Read at once where a body is streamed. */
const PIECE_BYTES = 262_144;

/**
 * A body on disk, in a file whose name is gone before the first byte is written: nobody else can open it, and it ends
 * with its descriptor, or with the process, however that ends.
 */
export class BodyFile {
  #size = 0;
  #isRemoved = false;

  private constructor(private readonly handle: FileHandle) {}

  /** @throws the file system's error */
  static async create(): Promise<BodyFile> {
    const name = path.join(tmpdir(), `gatehouse-body-${randomUUID()}`);
    const handle = await open(name, 'wx+', 0o600);
    try {
      await unlink(name);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new BodyFile(handle);
  }

  get size(): number {
    return this.#size;
  }

  /** @throws the file system's error */
  async append(bytes: Buffer): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      const { bytesWritten } = await this.handle.write(bytes, written, undefined, this.#size);
      written += bytesWritten;
      this.#size += bytesWritten;
    }
  }

  /**
   * All of it, read anew each time; at once, for what was just written is still in the system's cache. Undefined once it is
   * removed. @throws the file system's error
   */
  read(): Buffer | undefined {
    if (this.#isRemoved) return undefined;
    const bytes = Buffer.allocUnsafeSlow(this.#size);
    for (let at = 0; at < bytes.length;) {
      const read = readSync(this.handle.fd, bytes, at, bytes.length - at, at);
      if (read === 0) throw new HostError('body/removed', []);
      at += read;
    }
    return bytes;
  }

  /** All of it, a piece at a time. */
  stream(): Readable {
    return Readable.from(this.#pieces(), { objectMode: false });
  }

  /** Never rejects; again it does nothing. */
  async remove(): Promise<void> {
    if (this.#isRemoved) return;
    this.#isRemoved = true;
    await this.handle.close().catch(() => undefined);
  }

  async *#pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < this.#size;) {
      if (this.#isRemoved) throw new HostError('body/removed', []);
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, this.#size - at));
      const { bytesRead } = await this.handle.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new HostError('body/removed', []);
      yield piece.subarray(0, bytesRead);
      at += bytesRead;
    }
  }
}
