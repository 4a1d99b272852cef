import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Kysely, SqliteDialect } from 'kysely';
import { systemClock, type Clock } from '../../core/clock';
import { HostError, isHostError, toError } from '../../core/errors';
import type { Migration } from '../migrations/migration';
import { migrate } from '../migrator';
import type { Schema } from '../schema';
import type { Snapshot } from '../snapshot';
import type { Batch, BatchResult, Store, TaskName } from '../store';
import { BatchWriter } from './batch-writer';
import { DatabaseFile } from './database-file';
import { leavesConnection, unavailable } from './fault';
import { copyFile } from './file-copy';
import { Reader } from './reader';
import { openSqliteSnapshot } from './snapshot';
import { TaskIds } from './task-ids';
import { WriterLock } from './writer-lock';

export interface SqliteOptions {
  /** Made, with its folder, where it is not there. Its lock lies beside it, its copies in `backups/`. */
  readonly file: string;
  /** Whether the file is copied before its tables are changed; default true. */
  readonly copyFirst?: boolean | undefined;
  /** Told where a copy was made. */
  readonly onCopy?: (where: string) => void;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** For tests: what this host knows. */
  readonly migrations?: readonly Migration[];
}

/**
 * The inbox in one SQLite file, written by this process alone, on its main thread.
 *
 *   open ──a failure that may have harmed the connection──▶ lost ──the next batch opens it again──▶ open
 */
export class SqliteStore implements Store {
  readonly kind = 'sqlite';
  readonly parallel = 1;
  readonly #reader: Reader;
  readonly #searcher: Reader;
  #open: Open | undefined;
  #isClosed = false;

  private constructor(
    private readonly file: string,
    private readonly lock: WriterLock,
    private readonly clock: Clock,
    database: DatabaseFile,
  ) {
    this.#open = openOn(database);
    this.#reader = new Reader(file);
    this.#searcher = new Reader(file);
  }

  /**
   * Takes the lock, brings the tables up to date (after a copy), and is ready.
   * @throws host/already-running, inbox/cannot-open, inbox/cannot-copy, inbox/migration-changed, inbox/schema-too-new
   */
  static async open(options: SqliteOptions): Promise<SqliteStore> {
    const { file } = options;
    let lock: WriterLock | undefined;
    let database: DatabaseFile | undefined;
    try {
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      lock = WriterLock.take(file);
      database = DatabaseFile.open(file, { create: true });
      await bringUpToDate(database, options);
      return new SqliteStore(file, lock, options.clock ?? systemClock, database);
    } catch (thrown) {
      database?.close();
      lock?.release();
      if (isHostError(thrown)) throw thrown;
      throw new HostError('inbox/cannot-open', [file, toError(thrown).message], { cause: thrown });
    }
  }

  get reader(): Kysely<Schema> {
    return this.#reader.queries;
  }
  get searcher(): Kysely<Schema> {
    return this.#searcher.queries;
  }

  now(): number {
    return this.clock.now();
  }

  commit(batch: Batch): Promise<BatchResult> {
    return this.#attempt(({ writer }) => writer.write(batch, this.now()));
  }

  taskIds(names: readonly TaskName[]): Promise<number[]> {
    return this.#attempt(
      ({ writer, tasks }) => tasks.find(names) ?? writer.transaction(() => tasks.make(names)),
    );
  }

  /** Never: no other host stores here. */
  onWork(): void {}
  /** To nobody. */
  tellShared(): void {}
  onShared(): void {}

  forgetKeys(now: number): Promise<number> {
    return this.#attempt(({ writer }) => writer.forgetKeys(now));
  }

  snapshot(): Promise<Snapshot> {
    return openSqliteSnapshot(this.file);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#reader.close(), this.#searcher.close()]);
    this.#open?.database.close();
    this.#open = undefined;
    this.lock.release();
  }

  /** Runs at once; a promise all the same, as another store's would be. */
  #attempt<T>(work: (open: Open) => T): Promise<T> {
    try {
      if (this.#isClosed) throw new Error('the store is closed');
      const open = (this.#open ??= this.#reopen());
      open.database.requireInPlace();
      return Promise.resolve(work(open));
    } catch (thrown) {
      const isUsable = this.#open?.writer.isBroken === false && leavesConnection(thrown);
      if (!isUsable) this.#abandon();
      return Promise.reject(unavailable(thrown));
    }
  }

  #reopen(): Open {
    const database = DatabaseFile.open(this.file, { create: false });
    try {
      return openOn(database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  #abandon(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    this.#reader.reopen();
    this.#searcher.reopen();
    try {
      open.database.close();
    } catch {
      // It is given up because it failed.
    }
  }
}

interface Open {
  readonly database: DatabaseFile;
  readonly writer: BatchWriter;
  readonly tasks: TaskIds;
}
function openOn(database: DatabaseFile): Open {
  const { connection } = database;
  return { database, writer: new BatchWriter(connection), tasks: new TaskIds(connection) };
}

async function bringUpToDate(
  { path: file, connection }: DatabaseFile,
  { copyFirst = true, onCopy, migrations }: SqliteOptions,
): Promise<void> {
  // Not destroyed: that would close the connection, which is ours.
  const queries = new Kysely<Schema>({ dialect: new SqliteDialect({ database: connection }) });
  const backup = async (from: number) => {
    const copy = await copyFile(connection, file, from);
    onCopy?.(copy);
  };
  await migrate(queries, 'sqlite', {
    ...(copyFirst && { backup }),
    ...(migrations !== undefined && { migrations }),
  });
}
