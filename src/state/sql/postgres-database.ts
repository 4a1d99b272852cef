import {
  Client,
  escapeIdentifier,
  Pool,
  Query,
  type ClientBase,
  type PoolClient,
  type QueryResult,
} from 'pg';
import { HostError, isHostError, toError } from '../../core/errors';
import type { PluginKey } from '../../core/plugin-key';
import type { WaitingDatabase } from './database-waiting';
import type { MigrationFile } from './migration-files';
import {
  APPLIED,
  MIGRATION_TABLE,
  RECORD,
  recordOf,
  type AppliedMigration,
  type OwnDatabase,
} from './own-database';
import { fillPostgres } from './postgres-filling';
import { postgresReason } from './postgres-rules';
import { cannot, wordsOf, type OwnSignIn, type PostgresRoles } from './postgres-roles';
import { postgresTypes, toParameter, toSqlRows } from './sql-values';

export interface PostgresParts {
  readonly key: PluginKey;
  readonly roles: PostgresRoles;
  /** Of a statement. */
  readonly timeoutMs: number;
  /** Of a migration. */
  readonly migrationMs: number;
}

type Row = Record<string, unknown>;
const MOST_CONNECTIONS = 4;
const MOST_ROWS = 100_000;
const IDLE_MS = 30_000;
/** What the server should have stopped by itself is given that long more. */
const GRACE_MS = 2_000;
/** No such role, another password: it has to be made ready. */
const SIGN_IN_REFUSED = new Set(['28000', '28P01']);
const CANCELLED = '57014';
/** The server refuses a statement, nothing worse; 08P01 is another number of values than of parameters. */
const ABOUT_STATEMENT = /^(08P01|(0A|2[1-7BDEF]|3[489BF]|4[0124]|54|55|P0)[0-9A-Z]{3})$/;
/** First of the two numbers of the lock; the second is made of the schema's name. */
const MIGRATION_LOCK = 674_820_131;

/**
 * What `DISCARD ALL` does, which may not stand among several statements. The name is whole: a plugin's own function of that name
 * may be found first. @see PostgreSQL documentation, DISCARD (read 2026-11-21)
 */
const RESET =
  'CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; DEALLOCATE ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD PLANS; DISCARD TEMP; DISCARD SEQUENCES';

/** A plugin's schema, used by its own role. */
export class PostgresDatabase implements OwnDatabase {
  readonly dialect = 'postgres';
  #opening: Promise<Pool> | undefined;
  /** What every statement finds, as SQL. */
  #session = '';
  #isClosed = false;

  constructor(private readonly parts: PostgresParts) {}

  async query(text: string, values: readonly unknown[]) {
    const { key } = this.parts;
    const reason = postgresReason(text);
    if (reason !== undefined) throw new HostError('sql/refused', [key, reason]);
    const parameters = values.map(toParameter);
    const client = await this.#connect();
    let isAnswered = false;
    let isReset = false;
    try {
      const { rows, rowCount } = await this.#run(client, text, parameters, () => (isAnswered = true));
      return toSqlRows(rows, rowCount ?? rows.length);
    } catch (thrown) {
      throw this.#failure(thrown);
    } finally {
      // Whose answer is not waited for any more, or may not be whole, is not used again; nor what keeps anything of the statement.
      if (isAnswered && client.getTransactionStatus() === 'I') isReset = await this.#reset(client);
      client.release(!isReset);
    }
  }

  async migrate(choose: (applied: readonly AppliedMigration[]) => readonly MigrationFile[]): Promise<void> {
    await this.#locked(async (client) => {
      const { rows } = await client.query<{ number: number; name: string; checksum: string }>(APPLIED);
      for (const migration of choose(rows)) await apply(client, migration);
    });
  }

  async fill(waiting: WaitingDatabase, steps: readonly MigrationFile[]): Promise<void> {
    await this.#locked((client, schema) => fillPostgres(client, { schema, waiting, steps }));
  }

  /** On a connection of its own, which takes the lock with it when it ends; the table of migrations is there. */
  async #locked(act: (client: Client, schema: string) => Promise<void>): Promise<void> {
    const { key, migrationMs } = this.parts;
    (await this.#connect()).release(); // the role is there after that
    const signIn = await this.parts.roles.signInOf(key);
    const client = new Client({ ...signIn.config, types: postgresTypes });
    client.on('error', () => {}); // whoever waits for an answer is told
    try {
      await client.connect();
      await client.query(sessionOf(signIn, migrationMs));
      await client.query('SELECT pg_advisory_lock($1, hashtext($2))', [MIGRATION_LOCK, signIn.schema]);
      await client.query(MIGRATION_TABLE);
      await act(client, signIn.schema);
    } catch (thrown) {
      throw isHostError(thrown) ? thrown : this.#failure(thrown);
    } finally {
      await client.end().catch(() => {});
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#opening?.then(
      (pool) => pool.end(),
      () => {},
    );
  }

  /** A role that was lost, or has another password, is made ready again, once: whoever waited for it does not notice. */
  async #connect(isAgain = false): Promise<PoolClient> {
    const { key } = this.parts;
    if (this.#isClosed) throw cannot(key, 'the host is stopping');
    const opening = (this.#opening ??= this.#open());
    const failure = (thrown: unknown) =>
      isHostError(thrown) ? thrown : cannot(key, toError(thrown).message, thrown);
    const pool = await opening.catch((thrown: unknown) => {
      this.#forget(opening);
      throw failure(thrown);
    });
    try {
      return await pool.connect();
    } catch (thrown) {
      const isLost = needsRole(thrown) || pool.ending;
      if (isLost) this.#forget(opening);
      if (!isLost || isAgain) throw failure(thrown);
    } finally {
      // Not before the last one in its queue was told: those who stand there when it ends never are.
      if (this.#opening !== opening && pool.waitingCount === 0) void pool.end().catch(() => {});
    }
    return this.#connect(true);
  }

  /** Only its own: another call may have opened the next one already. */
  #forget(opening: Promise<Pool>): void {
    if (this.#opening === opening) this.#opening = undefined;
  }

  /** Signs in to see whether its role is there, which it is but once. */
  async #open(): Promise<Pool> {
    const { key, roles, timeoutMs } = this.parts;
    const signIn = await roles.signInOf(key);
    this.#session = sessionOf(signIn, timeoutMs);
    const pool = new Pool({
      ...signIn.config,
      types: postgresTypes,
      max: MOST_CONNECTIONS,
      idleTimeoutMillis: IDLE_MS,
      allowExitOnIdle: true,
      // Awaited, though its type does not say so.
      onConnect: ((client: ClientBase) => client.query(this.#session)) as (client: ClientBase) => void,
      // Of waiting for one that is free, too.
      connectionTimeoutMillis: timeoutMs,
    });
    const ignore = () => {};
    pool.on('error', ignore).on('connect', (client) => client.on('error', ignore));
    try {
      const client = await pool.connect();
      const found = await client
        .query('SELECT 1 WHERE current_schema() IS NOT NULL')
        .finally(() => client.release());
      if (found.rowCount === 0) await roles.provide(key, signIn);
    } catch (thrown) {
      if (!needsRole(thrown)) {
        await pool.end();
        throw thrown;
      }
      await roles.provide(key, signIn);
    }
    return pool;
  }

  /** Gathered row by row, so that an answer that is too large ends before it fills the memory. */
  #run(client: PoolClient, text: string, values: unknown[], answered: () => void): Promise<QueryResult<Row>> {
    const { key, timeoutMs } = this.parts;
    return new Promise((resolve, reject) => {
      // The protocol of one statement with parameters: the server refuses several.
      const config = { text, values, queryMode: 'extended', types: postgresTypes };
      const query = new Query<Row>(config);
      const timer = setTimeout(
        () => reject(new HostError('sql/timeout', [key, timeoutMs])),
        timeoutMs + GRACE_MS,
      );
      const rows: Row[] = [];
      query.on('row', (row: Row) => {
        rows.push(row);
        if (rows.length <= MOST_ROWS) return;
        rows.length = 0;
        reject(new RangeError(`the answer has more than ${MOST_ROWS} rows`));
      });
      query.on('error', (error: Error) => {
        clearTimeout(timer);
        if (codeOf(error) !== '') answered();
        reject(error);
      });
      query.on('end', (result) => {
        clearTimeout(timer);
        answered();
        resolve({ ...(result as unknown as QueryResult<Row>), rows });
      });
      client.query(query);
    });
  }

  /** Whether what a statement left behind, its locks before all, is gone: before it is answered, so that the next one may need them. */
  async #reset(client: PoolClient): Promise<boolean> {
    const config = { text: `${RESET}; ${this.#session}`, query_timeout: GRACE_MS };
    try {
      await client.query(config);
      return true;
    } catch {
      return false;
    }
  }

  #failure(thrown: unknown): Error {
    const { key, timeoutMs } = this.parts;
    if (isHostError(thrown)) return thrown;
    const { message, code, routine } = toError(thrown) as Error & { code?: string; routine?: string };
    const cause = wordsOf(thrown);
    if (code === CANCELLED) return new HostError('sql/timeout', [key, timeoutMs], { cause });
    if (routine === 'exec_parse_message')
      return new HostError('sql/refused', [key, 'it is several statements'], { cause });
    if (ABOUT_STATEMENT.test(code ?? '') || code === undefined)
      return new HostError('sql/failed', [key, message], { cause });
    return cannot(key, message, thrown);
  }
}

function needsRole(thrown: unknown): boolean {
  return SIGN_IN_REFUSED.has(codeOf(thrown));
}

function codeOf(thrown: unknown): string {
  const { code } = toError(thrown) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

function sessionOf({ schema }: OwnSignIn, timeoutMs: number): string {
  return `SET search_path TO ${escapeIdentifier(schema)}; SET statement_timeout TO ${timeoutMs}; SET idle_in_transaction_session_timeout TO ${timeoutMs}; SET TIME ZONE 'UTC'`;
}

/** The server runs the file whole: nothing here has to tell its statements apart. */
async function apply(client: Client, migration: MigrationFile): Promise<void> {
  const { file, text } = migration;
  await client.query('BEGIN');
  try {
    await client.query(text);
    if (client.getTransactionStatus() !== 'T') throw new Error('it ends the transaction it runs in');
    await client.query(RECORD, [...recordOf(migration)]);
    await client.query('COMMIT');
  } catch (thrown) {
    await client.query('ROLLBACK').catch(() => {});
    throw new HostError('sql/bad-migration', [file, toError(thrown).message], { cause: wordsOf(thrown) });
  }
}
