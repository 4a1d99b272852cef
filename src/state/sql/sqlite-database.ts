import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { HostError } from '../../core/errors';
import type { PluginKey } from '../../core/plugin-key';
import { MIGRATIONS, SEQUENCE_TABLE, type WaitingDatabase } from './database-waiting';
import type { MigrationFile } from './migration-files';
import {
  APPLIED,
  MIGRATION_TABLE,
  RECORD,
  recordOf,
  restoredRecord,
  type AppliedMigration,
  type OwnDatabase,
} from './own-database';
import type { Filling } from './sqlite-filling.cjs';
import { judgeFile, judgeStatement } from './sqlite-rules';
import { toSqliteParameter, toSqlRows } from './sql-values';

interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}
interface Answer {
  readonly rows: Record<string, unknown>[];
  readonly count: number;
}
interface Reply {
  readonly id: number;
  readonly answer?: Answer;
  readonly error?: { readonly message: string; readonly code: string | undefined };
}
export interface SqliteParts {
  readonly key: PluginKey;
  readonly file: string;
  /** Of a statement. */
  readonly timeoutMs: number;
  /** Of a migration. */
  readonly migrationMs: number;
  /** After so long without a statement its process ends; the next one starts another. */
  readonly idleMs: number;
}

const PROGRAM = path.join(__dirname, 'sqlite-process.cjs');
const MOST_WAITING = 1_000;
/** A process that was asked to end is given that long before it is killed. */
const CLOSE_MS = 2_000;
/** The database itself is the matter, not what it was asked. */
const ABOUT_DATABASE = /^SQLITE_(BUSY|LOCKED|FULL|CANTOPEN|IOERR|CORRUPT|NOTADB|READONLY|PERM|NOMEM)(_|$)/;

/** A plugin's SQLite file, in a process of its own. Statements run in the order they were asked for. */
export class SqliteDatabase implements OwnDatabase {
  readonly dialect = 'sqlite';
  #process: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #next = 1;
  #isClosed = false;

  constructor(private readonly parts: SqliteParts) {}

  async query(text: string, values: readonly unknown[]) {
    const { key, timeoutMs } = this.parts;
    const judged = judgeStatement(text);
    if ('refused' in judged) throw new HostError('sql/refused', [key, judged.refused]);
    if (judged.parameters !== values.length) {
      const why = `it has ${judged.parameters} parameters, and ${values.length} values are given`;
      throw new HostError('sql/failed', [key, why]);
    }
    const statement = { sql: judged.sql, values: values.map(toSqliteParameter) };
    const { rows, count } = await this.#ask([statement], timeoutMs);
    return toSqlRows(rows, count);
  }

  async migrate(choose: (applied: readonly AppliedMigration[]) => readonly MigrationFile[]): Promise<void> {
    const { migrationMs } = this.parts;
    await this.#ask([{ sql: MIGRATION_TABLE, values: [] }], migrationMs);
    const { rows } = await this.#ask([{ sql: APPLIED, values: [] }], migrationMs);
    for (const migration of choose(rows as unknown as AppliedMigration[])) await this.#apply(migration);
  }

  async fill(waiting: WaitingDatabase, steps: readonly MigrationFile[]): Promise<void> {
    const record = (values: readonly unknown[]) => ({ sql: RECORD, values: values.map(toSqliteParameter) });
    const filling = {
      ...{ file: waiting.file, digest: waiting.digest, record: record(restoredRecord(waiting)) },
      ...{ ours: [MIGRATIONS, SEQUENCE_TABLE], sequences: SEQUENCE_TABLE },
      steps: steps.flatMap((step) => [...statementsOf(step), record(recordOf(step))]),
    };
    await this.#ask([{ sql: MIGRATION_TABLE, values: [] }], this.parts.migrationMs, filling);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const process = this.#process;
    if (process === undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => process.kill('SIGKILL'), CLOSE_MS);
      process.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#letGo();
    });
  }

  async #apply(migration: MigrationFile): Promise<void> {
    const { file } = migration;
    const statements = statementsOf(migration);
    statements.push({ sql: RECORD, values: recordOf(migration).map(toSqliteParameter) });
    try {
      await this.#ask(statements, this.parts.migrationMs);
    } catch (thrown) {
      if (!(thrown instanceof HostError) || thrown.code !== 'sql/failed') throw thrown;
      const { cause } = thrown;
      throw new HostError('sql/bad-migration', [file, (cause as Error).message], { cause });
    }
  }

  /** In its turn. @throws sql/unavailable, sql/timeout, sql/failed */
  async #ask(statements: readonly Statement[], timeoutMs: number, filling?: Filling): Promise<Answer> {
    if (this.#waiting >= MOST_WAITING) throw this.#unavailable(`${MOST_WAITING} statements wait already`);
    this.#waiting += 1;
    const turn = this.#turn.then(() => this.#run(statements, timeoutMs, filling));
    this.#turn = turn.catch(() => {}); // told to whoever asked
    try {
      return await turn;
    } finally {
      this.#waiting -= 1;
    }
  }

  #run(statements: readonly Statement[], timeoutMs: number, filling?: Filling): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(this.#unavailable('the host is stopping'));
    clearTimeout(this.#idle);
    const process = (this.#process ??= this.#start());
    const id = this.#next++;
    return new Promise<Answer>((resolve, reject) => {
      const end = (act: () => void) => {
        clearTimeout(timer);
        process.off('message', hear).off('exit', ended).off('error', failed);
        if (this.#process === process)
          this.#idle = setTimeout(() => this.#letGo(), this.parts.idleMs).unref();
        act();
      };
      const ended = () => end(() => reject(this.#unavailable('its process ended')));
      const failed = (error: Error) => end(() => reject(this.#unavailable('its process failed', error)));
      const hear = (reply: Reply) => {
        if (reply.id !== id) return;
        end(() => (reply.answer === undefined ? reject(this.#failure(reply)) : resolve(reply.answer)));
      };
      const timer = setTimeout(() => {
        this.#process = undefined;
        process.kill('SIGKILL');
        end(() => reject(new HostError('sql/timeout', [this.parts.key, timeoutMs])));
      }, timeoutMs);
      process.on('message', hear).once('exit', ended).once('error', failed);
      process.send({ id, statements, ...(filling && { filling }) });
    });
  }

  /** It gets nothing of the host's environment, and keeps no process alive. */
  #start(): ChildProcess {
    const started = fork(PROGRAM, [this.parts.file], {
      ...{ env: {}, execArgv: [], serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
    });
    const forget = () => {
      if (this.#process === started) this.#process = undefined;
    };
    // Unheard, an error would end the host.
    started.on('error', forget).once('exit', forget);
    started.unref();
    started.channel?.unref();
    return started;
  }

  /** It closes the file and ends. */
  #letGo(): void {
    clearTimeout(this.#idle);
    const process = this.#process;
    this.#process = undefined;
    if (process?.connected === true) process.disconnect();
  }

  #failure({ error }: Reply): HostError {
    const { message = 'nothing was answered', code } = error ?? {};
    const cause = Object.assign(new Error(message), code === undefined ? {} : { code });
    if (ABOUT_DATABASE.test(code ?? '')) return this.#unavailable(message, cause);
    if (message.includes('contains more than one statement'))
      return new HostError('sql/refused', [this.parts.key, 'it is several statements'], { cause });
    return new HostError('sql/failed', [this.parts.key, message], { cause });
  }

  #unavailable(why: string, cause?: Error): HostError {
    const { key } = this.parts;
    return new HostError('sql/unavailable', [key, why], {
      headers: { 'retry-after': '5' },
      ...(cause && { cause }),
    });
  }
}

/** @throws sql/bad-migration */
function statementsOf({ file, text }: MigrationFile): Statement[] {
  const judged = judgeFile(text);
  if ('refused' in judged) throw new HostError('sql/bad-migration', [file, judged.refused]);
  return judged.map((sql) => ({ sql, values: [] }));
}
