import path from 'node:path';
import type { Logger } from 'winston';
import { isMoved, type Clock } from '../core/clock';
import { HostError } from '../core/errors';
import type { Settings } from '../core/settings';
import { openPostgresStore } from './postgres/open-postgres-store';
import { SqliteStore } from './sqlite/sqlite-store';
import type { Store } from './store';

/**
 * The store that the settings name, brought up to date: PostgreSQL, else a SQLite file in the data folder. A clock that is
 * moved is the SQLite file's, too; several hosts could not agree on one.
 * @throws host/already-running, inbox/cannot-open, inbox/cannot-copy, inbox/bad-database-url, inbox/migration-changed,
 * inbox/schema-too-new, testing/clock-needs-sqlite
 */
export async function openStore(
  { databaseUrl, data, upgrade }: Pick<Settings, 'databaseUrl' | 'data' | 'upgrade'>,
  logger: Logger,
  clock?: Clock,
): Promise<Store> {
  const options = {
    copyFirst: upgrade.copyFirst,
    onCopy: (where: string) =>
      void logger.warn(
        `the inbox was copied to ${where} before its tables are changed; remove it when the upgrade has proved itself`,
      ),
  };
  if (databaseUrl === undefined)
    return SqliteStore.open({ file: path.join(data, 'inbox.db'), clock, ...options });
  if (clock !== undefined && isMoved(clock)) throw new HostError('testing/clock-needs-sqlite', []);
  const { store } = await openPostgresStore(databaseUrl.reveal(), options);
  return store;
}
