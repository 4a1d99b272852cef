import path from 'node:path';
import type { Logger } from 'winston';
import { HostError, toError } from '../../core/errors';
import type { PluginKey } from '../../core/plugin-key';
import type { PluginDatabases, PluginSql, SqlFacts, SqlRows } from '../../core/ports/plugin-sql';
import type { Sealer } from '../../core/ports/sealer';
import type { SharedState } from '../../core/ports/shared-state';
import type { Secret } from '../../core/secret';
import { completeArrival } from './database-arrival';
import { pendingOf, readMigrations } from './migration-files';
import type { OwnDatabase } from './own-database';
import { PostgresDatabase } from './postgres-database';
import { PostgresRoles } from './postgres-roles';
import { SqliteDatabase } from './sqlite-database';

export interface PluginDatabasesParts {
  /** Each plugin has a schema and a role there; without it a SQLite file in its data folder. */
  readonly databaseUrl: Secret | undefined;
  /** Keeps the passwords of the roles, sealed. */
  readonly shared: SharedState;
  readonly sealer: Sealer;
  readonly logger: Logger;
  /** Of a statement; default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Of one migration; default 300,000. */
  readonly migrationMs?: number | undefined;
  /** After so long without a statement a SQLite file is closed until the next; default 60,000. */
  readonly idleMs?: number | undefined;
}

/** In a plugin's data folder. */
export const DATABASE_FILE = 'plugin.sqlite';
const STATEMENT_MS = 30_000;
const MIGRATION_MS = 300_000;
const IDLE_MS = 60_000;

/** The databases of this host's plugins; `shared` has been opened. None is made before its plugin asks for something. */
export function createPluginDatabases(parts: PluginDatabasesParts): PluginDatabases {
  const { databaseUrl, timeoutMs = STATEMENT_MS, migrationMs = MIGRATION_MS, idleMs = IDLE_MS } = parts;
  const roles = databaseUrl === undefined ? undefined : new PostgresRoles({ ...parts, databaseUrl });
  const opened = new Map<PluginKey, OwnDatabase>();
  const migrating = new Map<PluginKey, Promise<void>>();
  /** Nothing restored waits to be put in; none comes while a host runs. */
  const whole = new Set<PluginKey>();
  const databaseOf = ({ key, dataDir }: SqlFacts): OwnDatabase => {
    const known = opened.get(key);
    if (known !== undefined) return known;
    const made =
      roles === undefined
        ? new SqliteDatabase({ key, file: path.join(dataDir, DATABASE_FILE), timeoutMs, migrationMs, idleMs })
        : new PostgresDatabase({ key, roles, timeoutMs, migrationMs });
    opened.set(key, made);
    return made;
  };
  // Of one plugin one after the other: a reload may follow hard upon another.
  const inTurn = ({ key }: SqlFacts, act: () => Promise<void>): Promise<void> => {
    const turn = (migrating.get(key) ?? Promise.resolve()).then(act);
    migrating.set(
      key,
      turn.catch(() => {}), // told to whoever asked
    );
    return turn;
  };
  const complete = async (facts: SqlFacts, folder: string | undefined) => {
    if (whole.has(facts.key)) return;
    await completeArrival(facts, folder, databaseOf(facts));
    whole.add(facts.key);
  };
  const migrateInTurn = (facts: SqlFacts, folder: string): Promise<void> =>
    inTurn(facts, async () => {
      await complete(facts, folder);
      await migrate(facts, folder, databaseOf(facts));
    });
  const beWhole = async (facts: SqlFacts) => {
    if (!whole.has(facts.key)) await inTurn(facts, () => complete(facts, undefined));
  };
  return {
    of: (facts) =>
      faceOf(facts.key, databaseOf(facts), {
        beWhole: () => beWhole(facts),
        migrate: (folder) => migrateInTurn(facts, folder),
      }),
    migrate: migrateInTurn,
    erase: async (key) => {
      const database = opened.get(key);
      opened.delete(key);
      migrating.delete(key);
      whole.delete(key);
      await database?.close();
      await roles?.erase(key);
    },
    close: async () => {
      await Promise.all([...opened.values()].map((database) => database.close()));
    },
  };
}

interface FaceParts {
  readonly beWhole: () => Promise<void>;
  readonly migrate: PluginSql['migrate'];
}

function faceOf(
  key: PluginKey,
  database: OwnDatabase,
  { beWhole, migrate: migrateFrom }: FaceParts,
): PluginSql {
  return Object.freeze({
    dialect: database.dialect,
    migrate: migrateFrom,
    async query<Row>(text: string, values: readonly unknown[] = []): Promise<SqlRows<Row>> {
      if (typeof text !== 'string' || !Array.isArray(values))
        throw new HostError('sql/failed', [key, 'a statement is a text, and its values are a list']);
      await beWhole();
      try {
        return (await database.query(text, values)) as unknown as SqlRows<Row>;
      } catch (thrown) {
        const error = toError(thrown);
        // A value that no database takes; nothing has been asked then.
        if (error instanceof TypeError)
          throw new HostError('sql/failed', [key, error.message], { cause: error });
        throw thrown;
      }
    },
  });
}

async function migrate({ key, logger }: SqlFacts, folder: string, database: OwnDatabase): Promise<void> {
  const files = await readMigrations(folder, database.dialect);
  if (files.length === 0) return;
  await database.migrate((applied) => {
    const pending = pendingOf(files, applied);
    for (const { name } of pending) logger.info('a migration is run', { plugin: key, migration: name });
    return pending;
  });
}
