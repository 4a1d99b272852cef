import { HostError } from '../core/errors';
import { BodyFile } from './body-file';

/** A body as it was read: in memory, or in a file where it is large. */
export interface ReceivedBody {
  /** Its content encoding undone; empty where that failed. */
  readonly body: Buffer | BodyFile;
  /** As it came, where that is something else. */
  readonly wire: Buffer | BodyFile | undefined;
  /** Why the content encoding cannot be undone. */
  readonly failure: unknown;
}

/** How much of it is on disk, and in memory for the time it is judged. */
export function largeBytes(part: Buffer | BodyFile | undefined): number {
  return part instanceof BodyFile ? part.size : 0;
}

/** Never rejects. */
export async function removeFiles(...parts: readonly (Buffer | BodyFile | undefined)[]): Promise<void> {
  for (const part of parts) if (part instanceof BodyFile) await part.remove();
}

/** All of it. @throws body/removed */
export function bytesOf(part: Buffer | BodyFile): Buffer {
  if (!(part instanceof BodyFile)) return part;
  const bytes = part.read();
  if (bytes === undefined) throw new HostError('body/removed', []);
  return bytes;
}
