import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** One file of the console, whole. */
export interface ConsoleFile {
  readonly body: Buffer;
  readonly contentType: string;
  /** A weak entity tag (RFC 9110 §8.8.3), of the content: it is sent in two codings. */
  readonly etag: string;
  /** Smaller; undefined where it is not. Made when it is first asked for. */
  gzipped(): Promise<Buffer | undefined>;
}

/** What was built of the console: its page, and the files it loads by their path below the folder. */
export interface ConsoleFiles {
  readonly page: string;
  readonly files: ReadonlyMap<string, ConsoleFile>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};
const PAGE = 'index.html';
const compressed = promisify(gzip);

/**
 * Everything of a folder that a browser may ask for, read once: what is not listed here is not there, whatever an address
 * says. Undefined when nothing was built.
 */
export function readConsoleFiles(folder: string): ConsoleFiles | undefined {
  let names: string[];
  let page: string;
  try {
    page = readFileSync(path.join(folder, PAGE), 'utf8');
    names = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'),
      );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const served = names.filter((name) => TYPES[path.extname(name)] !== undefined);
  return { page, files: new Map(served.map((name) => [name, fileOf(folder, name)])) };
}

function fileOf(folder: string, name: string): ConsoleFile {
  const body = readFileSync(path.join(folder, name));
  let smaller: Promise<Buffer | undefined> | undefined;
  return {
    body,
    contentType: TYPES[path.extname(name)] as string,
    etag: `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`,
    gzipped: () =>
      (smaller ??= compressed(body, { level: 9 }).then((bytes) =>
        bytes.length < body.length ? bytes : undefined,
      )),
  };
}
