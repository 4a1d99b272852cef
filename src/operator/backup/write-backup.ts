import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { constants, createGzip, type Gzip } from 'node:zlib';
import type {
  BackupDesk,
  BackupOptions,
  BackupPart,
  BackupSection,
  StoreBackup,
} from '../../core/ports/backup';
import { readVersion } from '../version';
import { FORMAT, lineOf } from './backup-lines';

export interface BackupSources {
  /** Opened when the first bytes are asked for. */
  readonly openStore: (options: BackupOptions) => Promise<StoreBackup>;
  readonly parts: readonly BackupPart[];
  /** How often something is said while nothing is there to be read; default 10,000. */
  readonly signOfLifeMs?: number | undefined;
}

/** Of lines handed on at once. */
const CHUNK_CHARACTERS = 65_536;
/** Far below what clients and proxies wait for. */
const SIGN_OF_LIFE_MS = 10_000;

/** Writes while everything goes on: as fast as whoever reads it, in bounded memory. */
export function createBackupDesk(sources: BackupSources): BackupDesk {
  return {
    async *write(options) {
      const gzip = createGzip();
      const gone = new AbortController();
      const timer = setInterval(() => sayAlive(gzip), sources.signOfLifeMs ?? SIGN_OF_LIFE_MS).unref();
      gzip.once('close', () => {
        clearInterval(timer);
        gone.abort();
      });
      // Whoever reads it hears of a failure; one that stops reading ends it all.
      pipeline(Readable.from(chunksOf(linesOf(sources, options, gone.signal))), gzip, () => {});
      yield* gzip as AsyncIterable<Buffer>;
    },
  };
}

/** An empty line between two others, which means nothing: it may take long until a database has been copied. */
function sayAlive(gzip: Gzip): void {
  const isBusy = gzip.writableLength > 0 || gzip.readableLength > 0;
  if (isBusy || gzip.writableEnded || gzip.destroyed) return;
  gzip.write('\n');
  gzip.flush(constants.Z_SYNC_FLUSH);
}

async function* linesOf(
  { openStore, parts }: BackupSources,
  options: BackupOptions,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const store = await openStore(options);
  try {
    yield JSON.stringify({ 'gatehouse-backup': FORMAT, version: readVersion(), ...store.head });
    yield* sectionLines(store.sections());
  } finally {
    // Not after the slowest plugin: what the store writes meanwhile cannot be tidied up.
    await store.close();
  }
  for (const part of parts) yield* sectionLines(part.sections(signal));
}

async function* sectionLines(sections: AsyncIterable<BackupSection>): AsyncGenerator<string> {
  for await (const { rows, ...section } of sections) {
    yield JSON.stringify(section);
    for await (const row of rows) yield lineOf(row);
  }
}

/** With the end, which what was cut short has not. */
async function* chunksOf(source: AsyncIterable<string>): AsyncGenerator<string> {
  const hash = createHash('sha256');
  let lines = 0;
  let chunk = '';
  for await (const line of source) {
    lines += 1;
    hash.update(line).update('\n');
    chunk += `${line}\n`;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}${JSON.stringify({ end: { lines, sha256: hash.digest('hex') } })}\n`;
}
