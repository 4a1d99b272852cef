import { createHash } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import { HostError } from '../core/errors';
import { inbox } from './migrations/001-inbox';
import { WORDS, type Dialect, type Migration } from './migrations/migration';
import type { Schema } from './schema';

/** In order, numbered from 1 without a gap. A released one is never changed; a mistake is mended by the next. */
const MIGRATIONS: readonly Migration[] = [inbox];

export interface MigrateOptions {
  /** Copies the database, which is of the schema `from`, before the first statement. Not called for an empty one. */
  readonly backup?: (from: number, to: number) => Promise<void>;
  /** For tests: what this host knows. */
  readonly migrations?: readonly Migration[];
}

/** Says what has been done: `from` is 0 for an empty database; equal to `to` when there was nothing to do. */
export interface Migrated {
  readonly from: number;
  readonly to: number;
}

/** Held in a transaction by whoever migrates; the number is ours alone. */
const ADVISORY_LOCK = 6_748_201_311;

/**
 * Brings the tables to what this host knows, in one transaction under a lock: of several hosts that start, one does it.
 * A schema that is newer is left as it is, and served, where its `oldest-reader` allows.
 * @throws inbox/migration-changed when what was applied is not what this host knows by that number;
 * inbox/schema-too-new; the database's own errors, and then nothing was changed
 */
export async function migrate(
  db: Kysely<Schema>,
  dialect: Dialect,
  { backup, migrations = MIGRATIONS }: MigrateOptions = {},
): Promise<Migrated> {
  const before = await judge(db, dialect, migrations);
  if (before.pending.length === 0) return { from: before.schema, to: before.schema };
  if (before.schema > 0) await backup?.(before.schema, migrations.length);
  return db.connection().execute(async (connection) => {
    await sql.raw(dialect === 'sqlite' ? 'BEGIN IMMEDIATE' : 'BEGIN').execute(connection);
    try {
      if (dialect === 'postgres')
        await sql`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`.execute(connection);
      await makeOwnTables(connection, dialect);
      const { schema, pending } = await judge(connection, dialect, migrations); // another host may have been first
      for (const migration of pending) await apply(connection, dialect, migration);
      await sql.raw('COMMIT').execute(connection);
      return { from: schema, to: Math.max(schema, migrations.length) };
    } catch (error) {
      await sql
        .raw('ROLLBACK')
        .execute(connection)
        .catch(() => {}); // the first error is the one to tell
      throw error;
    }
  });
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

async function makeOwnTables(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  const { whole, table } = WORDS[dialect];
  for (const text of [
    `CREATE TABLE IF NOT EXISTS meta (name text PRIMARY KEY, value text NOT NULL)${table}`,
    `CREATE TABLE IF NOT EXISTS migration (
      number ${whole} PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, at ${whole} NOT NULL)${table}`,
  ])
    await sql.raw(text).execute(db);
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
