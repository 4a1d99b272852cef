import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import { HostError, isHostError, toError } from '../../core/errors';
import type { Migration } from '../migrations/migration';
import { migrate, type Migrated } from '../migrator';
import type { Schema } from '../schema';
import { calm, clientConfig, parseAddress, telling, type Address } from './address';
import { PostgresStore } from './postgres-store';
import { copySchema } from './schema-copy';

const LEAST_VERSION = 14;
const ADVISORY_LOCK = 6_748_201_313;

export interface PostgresOptions {
  /** Whether tables that are there are copied before they are changed; default true. */
  readonly copyFirst?: boolean | undefined;
  /** Told where a copy was made, in words. */
  readonly onCopy?: (where: string) => void;
  /** For tests: what this host knows. */
  readonly migrations?: readonly Migration[];
}

export interface OpenedPostgresStore {
  readonly store: PostgresStore;
  readonly migrated: Migrated;
}

/**
 * Opens the store at a `postgres://` address and brings its tables up to date. They lie in the schema `gatehouse`, or in
 * that of `?schema=`, which is made where it is missing. Tables that are there are copied before they are changed.
 * @throws inbox/bad-database-url, inbox/cannot-open, inbox/cannot-copy; those of `migrate`
 */
export async function openPostgresStore(
  url: string,
  options: PostgresOptions = {},
): Promise<OpenedPostgresStore> {
  const address = parseAddress(url);
  const store = new PostgresStore(address);
  try {
    const migrated = await prepare(address, options);
    await store.start();
    return { store, migrated };
  } catch (thrown) {
    await store.close();
    if (isHostError(thrown)) throw thrown;
    throw new HostError('inbox/cannot-open', [whereOf(address), reasonOf(thrown)]);
  }
}

/** Takes as long as it takes: a migration may rewrite a large table. */
async function prepare(
  address: Address,
  { copyFirst = true, onCopy, migrations }: PostgresOptions,
): Promise<Migrated> {
  const pool = calm(
    new Pool({
      ...clientConfig(address),
      max: 2,
      onConnect: telling(`SET search_path TO "${address.schema}"`),
    }),
  );
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  try {
    await requireVersion(pool);
    await makeSchema(pool, address.schema);
    const backup = async (from: number, statements: readonly string[]) => {
      const copy = await copySchema(pool, address.schema, from, statements);
      onCopy?.(`the schema ${copy}`);
    };
    return await migrate(db, 'postgres', {
      ...(copyFirst && { backup }),
      ...(migrations !== undefined && { migrations }),
    });
  } finally {
    await db.destroy();
  }
}

async function requireVersion(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ version: string }>(
    `SELECT current_setting('server_version') AS version`,
  );
  const version = rows[0]?.version ?? '';
  if (!(Number.parseInt(version, 10) >= LEAST_VERSION))
    throw new Error(`it is PostgreSQL ${version}; ${LEAST_VERSION} or newer is needed`);
}

/** Looked for first: making it needs a right that using it does not. */
async function makeSchema(pool: Pool, schema: string): Promise<void> {
  const { rowCount } = await pool.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (rowCount !== 0) return;
  await pool.query(`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK}); CREATE SCHEMA IF NOT EXISTS "${schema}"`);
}

/** Without who signs in. */
function whereOf({ connectionString, schema }: Address): string {
  try {
    const { hostname, port, pathname } = new URL(connectionString);
    return `${hostname}:${port === '' ? '5432' : port}${pathname} (schema ${schema})`;
  } catch {
    return `of GATEHOUSE_DATABASE_URL (schema ${schema})`;
  }
}

/** The driver's words; of several addresses tried in vain the first one's. */
function reasonOf(thrown: unknown): string {
  const { message, errors } = toError(thrown) as Error & { errors?: readonly unknown[] };
  const said = message === '' && errors !== undefined ? toError(errors[0]).message : message;
  return said === '' ? 'it does not answer' : said;
}
