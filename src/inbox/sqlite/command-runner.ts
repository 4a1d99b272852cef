import type { Database, Statement } from 'better-sqlite3';
import { toError } from '../../core/errors';
import type { Command, CommandResult } from '../store';
import { isAboutStatement } from './fault';
import type { Savepoint } from './savepoint';

const KEPT_STATEMENTS = 200;

/** Runs lists of statements that were composed elsewhere, each list whole or not at all. */
export class CommandRunner {
  readonly #prepared = new Map<string, Statement<unknown[]>>();

  constructor(
    private readonly database: Database,
    private readonly savepoint: Savepoint,
  ) {}

  run({ statements }: Command): CommandResult {
    try {
      const results = this.savepoint.run(() =>
        statements.map(({ sql, parameters }) => this.#execute(sql, parameters)),
      );
      return { ok: true, results };
    } catch (thrown) {
      if (!isAboutStatement(thrown)) throw thrown;
      return { ok: false, error: toError(thrown) };
    }
  }

  #execute(sql: string, parameters: readonly unknown[]): { rows: readonly unknown[]; changed: number } {
    const statement = this.#prepare(sql);
    if (!statement.reader) return { rows: [], changed: statement.run(...parameters).changes };
    const rows = statement.all(...parameters);
    return { rows, changed: statement.readonly ? 0 : rows.length };
  }

  #prepare(sql: string): Statement<unknown[]> {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      if (this.#prepared.size >= KEPT_STATEMENTS) this.#prepared.clear();
      statement = this.database.prepare<unknown[]>(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}
