import type { Database, Statement } from 'better-sqlite3';

/** Part of a transaction that can be undone alone. */
export class Savepoint {
  readonly #begin: Statement<[]>;
  readonly #undo: Statement<[]>;
  readonly #end: Statement<[]>;

  constructor(private readonly database: Database) {
    this.#begin = database.prepare('SAVEPOINT part');
    this.#undo = database.prepare('ROLLBACK TO part');
    this.#end = database.prepare('RELEASE part');
  }

  /** What `work` wrote is undone when it throws; the transaction goes on, unless the error ended that as well. */
  run<T>(work: () => T): T {
    this.#begin.run();
    try {
      const result = work();
      this.#end.run();
      return result;
    } catch (error) {
      if (this.database.inTransaction) {
        this.#undo.run();
        this.#end.run();
      }
      throw error;
    }
  }
}
