import path from 'node:path';
import type { Logger } from 'winston';
import { HostError, toError } from '../../core/errors';
import type { PluginKey } from '../../core/plugin-key';
import type { PluginDatabases, PluginSql, SqlFacts, SqlRows } from '../../core/ports/plugin-sql';
import type { Sealer } from '../../core/ports/sealer';
import type { SharedState } from '../../core/ports/shared-state';
import type { Secret } from '../../core/secret';
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

const FILE = 'plugin.sqlite';
const STATEMENT_MS = 30_000;
const MIGRATION_MS = 300_000;
const IDLE_MS = 60_000;

/** The databases of this host's plugins; `shared` has been opened. None is made before its plugin asks for something. */
export function createPluginDatabases(parts: PluginDatabasesParts): PluginDatabases {
  const { databaseUrl, timeoutMs = STATEMENT_MS, migrationMs = MIGRATION_MS, idleMs = IDLE_MS } = parts;
  const roles = databaseUrl === undefined ? undefined : new PostgresRoles({ ...parts, databaseUrl });
  const opened = new Map<PluginKey, OwnDatabase>();
  const migrating = new Map<PluginKey, Promise<void>>();
  const databaseOf = ({ key, dataDir }: SqlFacts): OwnDatabase => {
    const known = opened.get(key);
    if (known !== undefined) return known;
    const made =
      roles === undefined
        ? new SqliteDatabase({ key, file: path.join(dataDir, FILE), timeoutMs, migrationMs, idleMs })
        : new PostgresDatabase({ key, roles, timeoutMs, migrationMs });
    opened.set(key, made);
    return made;
  };
  const migrateInTurn = (facts: SqlFacts, folder: string): Promise<void> => {
    const database = databaseOf(facts);
    // Of one plugin one after the other: a reload may follow hard upon another.
    const turn = (migrating.get(facts.key) ?? Promise.resolve()).then(() => migrate(facts, folder, database));
    migrating.set(
      facts.key,
      turn.catch(() => {}), // told to whoever asked
    );
    return turn;
  };
  return {
    of: (facts) => faceOf(facts.key, databaseOf(facts), (folder) => migrateInTurn(facts, folder)),
    migrate: migrateInTurn,
    close: async () => {
      await Promise.all([...opened.values()].map((database) => database.close()));
    },
  };
}

function faceOf(key: PluginKey, database: OwnDatabase, migrateFrom: PluginSql['migrate']): PluginSql {
  return Object.freeze({
    dialect: database.dialect,
    migrate: migrateFrom,
    async query<Row>(text: string, values: readonly unknown[] = []): Promise<SqlRows<Row>> {
      if (typeof text !== 'string' || !Array.isArray(values))
        throw new HostError('sql/failed', [key, 'a statement is a text, and its values are a list']);
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
