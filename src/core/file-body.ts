import { isAbsolute } from 'node:path';
import { hasBrand, HostError } from './errors';
import { reply, type Reply, type ReplyHeaders } from './reply';

const BRAND = Symbol.for('gatehouse.file-body');

/** A file as the body of an answer: ranges, entity tags and HEAD are met when it is sent. */
export interface FileBody {
  /** Absolute, or below `root`. */
  readonly path: string;
  /**
   * The real path of the file must lie below the real path of this folder, or it is not there (404). Nothing is there, either,
   * whose name or whose folder's name begins with a dot. Absolute.
   */
  readonly root?: string;
  /** Of `Cache-Control: max-age`. Default: none is sent. */
  readonly maxAgeMs?: number;
  /** The name a browser saves it under; without it a browser shows it. */
  readonly downloadAs?: string;
  /**
   * Served where `path` names a folder, once the address asked for ends with a slash: who asks without is sent there, or
   * links on the page would lead elsewhere. Default: a folder is not there.
   */
  readonly index?: string;
}

/** How `file()` sends a file; the rest is told where it says so. */
export interface FileOptions extends Omit<FileBody, 'path'> {
  /** Default 200; ranges and conditions are met only then. */
  readonly status?: number;
  readonly headers?: ReplyHeaders;
}

/**
 * Answers with a file. Paths made of what a caller sent need `root`. A file that is not there is 404.
 * @throws endpoint/relative-file for a path that is relative to nothing
 */
export function file(path: string, { status = 200, headers = {}, ...rest }: FileOptions = {}): Reply {
  return reply(status, fileBody({ path, ...rest }), headers);
}

/** @throws endpoint/relative-file, RangeError for an age that is none */
export function fileBody(parts: FileBody): FileBody {
  const { path, root, maxAgeMs } = parts;
  const fixed = root ?? path;
  if (!isAbsolute(fixed)) throw new HostError('endpoint/relative-file', [fixed]);
  if (maxAgeMs !== undefined && !(maxAgeMs >= 0))
    throw new RangeError(`file(): maxAgeMs is a number of milliseconds, not ${String(maxAgeMs)}`);
  return Object.freeze(Object.assign(Object.create(null) as object, parts, { [BRAND]: true }));
}

export function isFileBody(value: unknown): value is FileBody {
  return hasBrand(value, BRAND);
}
