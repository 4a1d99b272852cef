import { createReadStream, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HostError, isHostError, toError } from '../../core/errors';
import type { BackupPart, BackupRow, BackupSection } from '../../core/ports/backup';
import type { Secret } from '../../core/secret';
import { findWaiting, isFile, type DatabaseKind } from './database-waiting';
import Driver from './driver.cjs';
import { keysIn, OwnSchemas } from './own-schemas';
import { DATABASE_FILE } from './plugin-databases';
import { copyPostgres } from './postgres-copy';

const PART_BYTES = 262_144;
/** About 16 MiB: the event loop stands still for some milliseconds. */
const PAGES_AT_ONCE = 4_096;

export interface DatabaseBackupParts {
  /** The host's data folder. */
  readonly data: string;
  readonly databaseUrl: Secret | undefined;
}

/**
 * The databases of plugins, each as it is at a moment of its own, as a SQLite file: its own, or one that the rows of its
 * schema on PostgreSQL have been copied into. What a restore left waiting stands for the database it is to fill.
 */
export function createDatabaseBackups({ data, databaseUrl }: DatabaseBackupParts): BackupPart {
  return {
    async *sections(signal) {
      const waiting = new Set<string>();
      for (const key of keysIn(data)) {
        const folder = path.join(data, 'plugins', key);
        const found = findWaiting(folder);
        if (found !== undefined) {
          waiting.add(key);
          yield* sectionOf(key, found.from, (copy) => copyFile(found.file, copy, signal));
          continue;
        }
        const file = path.join(folder, DATABASE_FILE);
        if (databaseUrl === undefined && isFile(file))
          yield* sectionOf(key, 'sqlite', (copy) => copyFile(file, copy, signal));
      }
      if (databaseUrl === undefined) return;
      const schemas = await OwnSchemas.open(databaseUrl);
      // What is asked fails then.
      const stop = () => void schemas.close();
      signal?.addEventListener('abort', stop);
      try {
        signal?.throwIfAborted();
        for (const names of await schemas.list(data))
          if (!waiting.has(names.key))
            yield* sectionOf(names.key, 'postgres', (copy) => copyRows(schemas, names, copy));
      } finally {
        signal?.removeEventListener('abort', stop);
        await schemas.close();
      }
    },
  };
}

/** The file that `make` makes, for as long as it is read. */
async function* sectionOf(
  key: string,
  kind: DatabaseKind,
  make: (copy: string) => Promise<void>,
): AsyncGenerator<BackupSection> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-backup-'));
  try {
    const copy = path.join(folder, DATABASE_FILE);
    await make(copy).catch((thrown: unknown) => {
      throw isHostError(thrown)
        ? thrown
        : new HostError('sql/unavailable', [key, toError(thrown).message], { cause: thrown });
    });
    yield { part: 'databases', name: key, columns: ['bytes'], facts: { kind }, rows: bytesOf(copy) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copyFile(file: string, copy: string, signal: AbortSignal | undefined): Promise<void> {
  const database = new Driver(file, { readonly: true, fileMustExist: true, timeout: 5_000 });
  try {
    // One moment, until it is closed: else each commit of the plugin would begin the copy anew.
    database.exec('BEGIN');
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    const progress = () => {
      signal?.throwIfAborted();
      return PAGES_AT_ONCE;
    };
    await database.backup(copy, { progress });
  } finally {
    database.close();
  }
  withoutLog(copy);
}

async function copyRows(schemas: OwnSchemas, names: Parameters<typeof copyPostgres>[1], copy: string) {
  const database = new Driver(copy);
  try {
    // It is thrown away where it does not come to its end.
    database.pragma('journal_mode = OFF');
    database.pragma('synchronous = OFF');
    await copyPostgres(schemas.client, names, database);
  } finally {
    database.close();
  }
}

/** One file that is whole by itself. */
function withoutLog(copy: string): void {
  const database = new Driver(copy);
  try {
    database.pragma('journal_mode = DELETE');
  } finally {
    database.close();
  }
  for (const end of ['-wal', '-shm']) rmSync(`${copy}${end}`, { force: true });
}

async function* bytesOf(file: string): AsyncGenerator<BackupRow> {
  const stream = createReadStream(file, { highWaterMark: PART_BYTES }) as AsyncIterable<Buffer>;
  for await (const bytes of stream) yield [bytes];
}
