import { createHash } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import { HostError } from '../core/errors';
import { inbox } from './migrations/001-inbox';
import { shared } from './migrations/002-shared';
import { quarantine } from './migrations/003-quarantine';
import { state } from './migrations/004-state';
import { audit } from './migrations/005-audit';
import { causes } from './migrations/006-causes';
import { WORDS, type Dialect, type Migration } from './migrations/migration';
import type { Schema } from './schema';

/** In order, numbered from 1 without a gap. A released one is never changed; a mistake is mended by the next. */
const MIGRATIONS: readonly Migration[] = [inbox, shared, quarantine, state, audit, causes];

export interface MigrateOptions {
  /**
   * Copies the database, which is of the schema `from`, before the first statement; `statements` are those that made it.
   * Not called for an empty one. Of several hosts that start, one calls it.
   */
  readonly backup?: (from: number, statements: readonly string[]) => Promise<void>;
  /** For tests: what this host knows. */
  readonly migrations?: readonly Migration[];
}

/** Says what has been done: `from` is 0 for an empty database; equal to `to` when there was nothing to do. */
export interface Migrated {
  readonly from: number;
  readonly to: number;
}

/** Held by whoever copies and migrates; the number is ours alone. */
const ADVISORY_LOCK = 6_748_201_311;

/**
 * Brings the tables to what this host knows, in one transaction under a lock: of several hosts that start, one does it.
 * A schema that is newer is left as it is, and served, where its `oldest-reader` allows.
 * @throws inbox/migration-changed when what was applied is not what this host knows by that number;
 * inbox/schema-too-new; what the backup raises, or the database's own errors, and then nothing was changed
 */
export async function migrate(
  db: Kysely<Schema>,
  dialect: Dialect,
  { backup, migrations = MIGRATIONS }: MigrateOptions = {},
): Promise<Migrated> {
  const found = await judge(db, dialect, migrations);
  if (found.pending.length === 0) return { from: found.schema, to: found.schema };
  return db.connection().execute((connection) =>
    underLock(connection, dialect, async () => {
      const { schema, pending } = await judge(connection, dialect, migrations); // another host may have been first
      if (pending.length === 0) return { from: schema, to: schema };
      if (schema > 0) await backup?.(schema, statementsUpTo(schema, dialect, migrations));
      await applyAll(connection, dialect, pending);
      return { from: schema, to: migrations.length };
    }),
  );
}

/** How many steps the tables have had, how many are still to be done, and how many this host knows. */
export interface SchemaInspection {
  readonly schema: number;
  readonly pending: number;
  readonly known: number;
}

/** Looks, and changes nothing. @throws inbox/migration-changed, inbox/schema-too-new */
export async function inspectSchema(db: Kysely<Schema>, dialect: Dialect): Promise<SchemaInspection> {
  const { schema, pending } = await judge(db, dialect, MIGRATIONS);
  return { schema, pending: pending.length, known: MIGRATIONS.length };
}

/**
 * The lock outlives transactions, since a copy is one of its own; the server frees it should the connection end. SQLite
 * needs none: its file has one writer.
 */
async function underLock<T>(
  connection: Kysely<Schema>,
  dialect: Dialect,
  work: () => Promise<T>,
): Promise<T> {
  if (dialect === 'sqlite') return work();
  await sql`SELECT pg_advisory_lock(${ADVISORY_LOCK})`.execute(connection);
  try {
    return await work();
  } finally {
    await sql`SELECT pg_advisory_unlock(${ADVISORY_LOCK})`.execute(connection).catch(() => {}); // it is gone, and the lock with it
  }
}

async function applyAll(
  connection: Kysely<Schema>,
  dialect: Dialect,
  pending: readonly Migration[],
): Promise<void> {
  await sql.raw(dialect === 'sqlite' ? 'BEGIN IMMEDIATE' : 'BEGIN').execute(connection);
  try {
    for (const text of ownTables(dialect)) await sql.raw(text).execute(connection);
    for (const migration of pending) await apply(connection, dialect, migration);
    await sql.raw('COMMIT').execute(connection);
  } catch (error) {
    await sql
      .raw('ROLLBACK')
      .execute(connection)
      .catch(() => {}); // the first error is the one to tell
    throw error;
  }
}

/** What is there, and what is still to do. */
async function judge(
  db: Kysely<Schema>,
  dialect: Dialect,
  migrations: readonly Migration[],
): Promise<{ schema: number; pending: readonly Migration[] }> {
  const tables = await tableNames(db, dialect);
  if (!tables.has('migration')) return { schema: 0, pending: migrations };
  const applied = await db.selectFrom('migration').selectAll().orderBy('number').execute();
  for (const { number, name, checksum } of applied) {
    const known = migrations[number - 1];
    if (known !== undefined && checksumOf(known, dialect) !== checksum)
      throw new HostError('inbox/migration-changed', [number, name]);
  }
  const schema = applied.length;
  const oldest = await db
    .selectFrom('meta')
    .select('value')
    .where('name', '=', 'oldest-reader')
    .executeTakeFirst();
  if (Number(oldest?.value ?? 0) > migrations.length)
    throw new HostError('inbox/schema-too-new', [schema, migrations.length]);
  return { schema, pending: migrations.slice(schema) };
}

function statementsUpTo(schema: number, dialect: Dialect, migrations: readonly Migration[]): string[] {
  const applied = migrations.slice(0, schema);
  return [...ownTables(dialect), ...applied.flatMap(({ statements }) => statements(WORDS[dialect]))];
}

function ownTables(dialect: Dialect): readonly string[] {
  const { whole, table } = WORDS[dialect];
  return [
    `CREATE TABLE IF NOT EXISTS meta (name text PRIMARY KEY, value text NOT NULL)${table}`,
    `CREATE TABLE IF NOT EXISTS migration (
      number ${whole} PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, at ${whole} NOT NULL)${table}`,
  ];
}

async function apply(db: Kysely<Schema>, dialect: Dialect, migration: Migration): Promise<void> {
  for (const text of migration.statements(WORDS[dialect])) await sql.raw(text).execute(db);
  const { number, name, oldestReader } = migration;
  await db
    .insertInto('migration')
    .values({ number, name, checksum: checksumOf(migration, dialect), at: Date.now() })
    .execute();
  for (const row of [
    { name: 'schema', value: String(number) },
    { name: 'oldest-reader', value: String(oldestReader) },
  ])
    await db
      .insertInto('meta')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: row.value }))
      .execute();
}

/** Of the statements as they are run: whatever changes them changes it. */
function checksumOf(migration: Migration, dialect: Dialect): string {
  const text = migration.statements(WORDS[dialect]).join(';\n');
  return createHash('sha256').update(text).digest('hex');
}

async function tableNames(db: Kysely<Schema>, dialect: Dialect): Promise<Set<string>> {
  const { rows } = await (
    dialect === 'sqlite'
      ? sql<{ name: string }>`SELECT name FROM sqlite_schema WHERE type = 'table'`
      : sql<{ name: string }>`SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()`
  ).execute(db);
  return new Set(rows.map(({ name }) => name));
}
