import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { headerIn } from './trial';

/** What a small body may grow to, whatever its endpoint takes. */
const LARGEST_BYTES = 16 * 1024 ** 2;
const WAYS: Readonly<
  Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>
> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/**
 * A body with its content encoding undone; itself where it has none, undefined where that cannot be or gives more than
 * `limitBytes`. Never rejects.
 */
export async function undoEncoding(
  wire: Buffer,
  headers: readonly string[],
  limitBytes: number,
): Promise<Buffer | undefined> {
  const encoding = headerIn(headers, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity') return wire;
  const undo = Object.hasOwn(WAYS, encoding) ? WAYS[encoding] : undefined;
  const maxOutputLength = Math.min(LARGEST_BYTES, limitBytes);
  return undo?.(wire, { maxOutputLength }).catch(() => undefined);
}
