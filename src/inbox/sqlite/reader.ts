import {
  CompiledQuery,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely';
import type { Schema } from '../schema';
import { unavailable } from './fault';
import { ReadingThread } from './reading-thread';

/**
 * Reads with Kysely, in a thread of its own, one query after the other: started by the first query, and again by the one
 * after it died.
 */
export class Reader {
  readonly queries: Kysely<Schema>;
  #thread: ReadingThread | undefined;
  #isClosed = false;

  constructor(private readonly file: string) {
    this.queries = new Kysely<Schema>({ dialect: dialectOver((query) => this.#rows(query)) });
  }

  /** The file under the name is another one: the next query opens it. */
  reopen(): void {
    void this.#thread?.close();
    this.#thread = undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#thread?.close();
  }

  async #rows({ sql, parameters }: CompiledQuery): Promise<Record<string, unknown>[]> {
    if (this.#isClosed) throw unavailable(new Error('the store is closed'));
    if (this.#thread?.isOver !== false) this.#thread = new ReadingThread(this.file);
    return this.#thread.query(sql, parameters);
  }
}

function dialectOver(rows: (query: CompiledQuery) => Promise<Record<string, unknown>[]>): Dialect {
  const connection: DatabaseConnection = {
    executeQuery: async <R>(query: CompiledQuery) => ({ rows: (await rows(query)) as R[] }) as QueryResult<R>,
    streamQuery: () => {
      throw new Error('pages are read by key, not streamed');
    },
  };
  const noTransaction = () => Promise.reject(new Error('a reader has no transactions'));
  const driver: Driver = {
    init: async () => {},
    acquireConnection: () => Promise.resolve(connection),
    releaseConnection: async () => {},
    beginTransaction: noTransaction,
    commitTransaction: noTransaction,
    rollbackTransaction: noTransaction,
    destroy: async () => {},
  };
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}
