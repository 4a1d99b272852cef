import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Kysely, SqliteDialect } from 'kysely';
import { HostError, isHostError, toError } from '../../core/errors';
import type { Migration } from '../migrations/migration';
import { migrate } from '../migrator';
import type { Schema } from '../schema';
import type { Batch, BatchResult, Store, TaskName } from '../store';
import { BatchWriter } from './batch-writer';
import { DatabaseFile } from './database-file';
import { leavesConnection, unavailable } from './fault';
import { Reader } from './reader';
import { TaskIds } from './task-ids';
import { WriterLock } from './writer-lock';

export interface SqliteOptions {
  /** Made, with its folder, where it is not there. Its lock lies beside it, its backups in `backups/`. */
  readonly file: string;
  /** Told of a backup that was made. */
  readonly onBackup?: (file: string) => void;
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
  #open: Open | undefined;
  #isClosed = false;

  private constructor(
    private readonly file: string,
    private readonly lock: WriterLock,
    database: DatabaseFile,
  ) {
    this.#open = openOn(database);
    this.#reader = new Reader(file);
  }

  /**
   * Takes the lock, brings the tables up to date (after a backup), and is ready.
   * @throws host/already-running, inbox/cannot-open, inbox/migration-changed, inbox/schema-too-new
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
      return new SqliteStore(file, lock, database);
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

  now(): number {
    return Date.now();
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

  forgetKeys(before: number): Promise<number> {
    return this.#attempt(({ writer }) => writer.forgetKeys(before));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#reader.close();
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
  { onBackup, migrations }: SqliteOptions,
): Promise<void> {
  // Not destroyed: that would close the connection, which is ours.
  const queries = new Kysely<Schema>({ dialect: new SqliteDialect({ database: connection }) });
  const backup = async (from: number) => {
    const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
    const name = `${path.basename(file, '.db')}-schema${from}-${stamp}.db`;
    const copy = path.join(path.dirname(file), 'backups', name);
    mkdirSync(path.dirname(copy), { recursive: true, mode: 0o700 });
    await connection.backup(copy);
    onBackup?.(copy);
  };
  await migrate(queries, 'sqlite', { backup, ...(migrations === undefined ? {} : { migrations }) });
}
