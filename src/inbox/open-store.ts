import path from 'node:path';
import type { Logger } from 'winston';
import type { Settings } from '../core/settings';
import { openPostgresStore } from './postgres/open-postgres-store';
import { SqliteStore } from './sqlite/sqlite-store';
import type { Store } from './store';

/**
 * The store that the settings name, brought up to date: PostgreSQL, else a SQLite file in the data folder.
 * @throws host/already-running, inbox/cannot-open, inbox/bad-database-url, inbox/migration-changed, inbox/schema-too-new
 */
export async function openStore(
  { databaseUrl, data }: Pick<Settings, 'databaseUrl' | 'data'>,
  logger: Logger,
): Promise<Store> {
  if (databaseUrl === undefined)
    return SqliteStore.open({
      file: path.join(data, 'inbox.db'),
      onBackup: (file) => logger.info(`the inbox was copied to ${file} before its tables are changed`),
    });
  const { store } = await openPostgresStore(databaseUrl.reveal(), {
    beforeMigration: async (from, to) =>
      void logger.warn(
        `the inbox tables are being brought from version ${from} to ${to}; PostgreSQL is not copied here: pg_dump does that`,
      ),
  });
  return store;
}
