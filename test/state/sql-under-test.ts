import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import type { PluginKey } from '../../src/core/plugin-key';
import type { PluginDatabases, PluginSql, SqlFacts } from '../../src/core/ports/plugin-sql';
import { Secret } from '../../src/core/secret';
import { createPluginDatabases, type PluginDatabasesParts } from '../../src/state/sql/plugin-databases';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { openSharedDatabase, type SharedDatabase } from '../support/shared-database';
import { keptLogger, sealerOf } from './secrets-under-test';

export type Kind = 'sqlite' | 'postgres';

export interface SqlUnderTest {
  readonly databases: PluginDatabases;
  readonly shared: SharedDatabase['shared'];
  readonly folder: string;
  readonly lines: readonly string[];
  readonly url: string | undefined;
  of(key: PluginKey): PluginSql;
  factsOf(key: PluginKey): SqlFacts;
  /** A folder of migrations, its files by name. */
  migrations(files: Readonly<Record<string, string>>): string;
  /** Another host of the same database. */
  another(parts?: Partial<PluginDatabasesParts>): PluginDatabases;
  close(): Promise<void>;
}

export async function openSql(kind: Kind, parts: Partial<PluginDatabasesParts> = {}): Promise<SqlUnderTest> {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-sql-'));
  const { logger, lines } = keptLogger();
  const store = await openSharedDatabase(path.join(folder, 'inbox.db'), logger);
  const database: TestDatabase | undefined = kind === 'postgres' ? await createTestDatabase() : undefined;
  const opened: PluginDatabases[] = [];
  let [count, isClosed] = [0, false];
  const another = (more: Partial<PluginDatabasesParts> = {}) => {
    const databases = createPluginDatabases({
      databaseUrl: database && new Secret(database.url),
      ...{ shared: store.shared, sealer: sealerOf(1), logger, ...parts, ...more },
    });
    opened.push(databases);
    return databases;
  };
  const databases = another();
  const factsOf = (key: PluginKey): SqlFacts => {
    const dataDir = path.join(folder, 'plugins', key);
    mkdirSync(dataDir, { recursive: true });
    return { key, dataDir, logger };
  };
  return {
    ...{ databases, shared: store.shared, folder, lines, url: database?.url, factsOf, another },
    of: (key) => databases.of(factsOf(key)),
    migrations: (files) => {
      const made = path.join(folder, `migrations-${(count += 1)}`);
      mkdirSync(made);
      for (const [name, text] of Object.entries(files)) writeFileSync(path.join(made, name), text);
      return made;
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await Promise.all(opened.map((each) => each.close()));
      await store.close();
      if (database !== undefined) await dropWithRoles(database);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As the server's own user. */
export async function asOwner(url: string, text: string, values: unknown[] = []): Promise<any[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** Roles are the server's, not the database's: they go once nothing is theirs. */
async function dropWithRoles(database: TestDatabase): Promise<void> {
  const roles = await asOwner(
    database.url,
    `SELECT DISTINCT quote_ident(rolname) AS name FROM pg_roles, pg_namespace
     WHERE has_schema_privilege(pg_roles.oid, pg_namespace.oid, 'CREATE') AND nspname LIKE '%:%' AND NOT rolsuper`,
  );
  for (const { name } of roles)
    await asOwner(database.url, `DROP OWNED BY ${name} CASCADE; DROP ROLE ${name}`);
  await database.drop();
}
