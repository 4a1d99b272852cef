import { existsSync } from 'node:fs';
import path from 'node:path';
import winston from 'winston';
import type { Clock } from './core/clock';
import type { BackupHead, BackupPart, Backups, RestoreOptions, RestoreTarget } from './core/ports/backup';
import type { PluginRegistry } from './core/ports/plugin-registry';
import type { Sealer } from './core/ports/sealer';
import type { Settings } from './core/settings';
import { openStoreBackup } from './inbox/backup-source';
import { openStore } from './inbox/open-store';
import { openPostgresWriter } from './inbox/postgres/store-writer';
import { wasRestored } from './inbox/restore-record';
import { openRestoreTarget } from './inbox/restore-target';
import { openSqliteWriter } from './inbox/sqlite/store-writer';
import type { Store } from './inbox/store';
import type { StoreWriter } from './inbox/store-writer';
import { createListedPlugins } from './operator/backup/listed-plugins';
import { restoreBackup } from './operator/backup/restore-backup';
import { createBackupDesk } from './operator/backup/write-backup';
import { masterKeyFile, provideMasterKey, providePreviousKeys } from './state/master-key';
import { createSealer } from './state/sealer';
import { createDatabaseBackups } from './state/sql/database-backups';
import { createDatabaseRestore } from './state/sql/database-restore';
import { settleRestore } from './state/sql/restore-journal';

/** What a backup of a running host holds besides its store. */
export function backupPartsOf(settings: Settings, registry: PluginRegistry): readonly BackupPart[] {
  return [createDatabaseBackups(settings), createListedPlugins(registry)];
}

/** The store that the settings name, after the end of a restore that was killed. @throws those of `openStore` */
export async function openSettledStore(
  settings: Settings,
  logger: winston.Logger,
  clock?: Clock,
): Promise<Store> {
  const store = await openStore(settings, logger, clock);
  try {
    await settleRestore(settings.data, (id) => wasRestored(store, id));
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Backups of hosts that do not run. */
export function createBackups(): Backups {
  return {
    async *write(settings, options) {
      const store = await openSettledStore(settings, silent());
      try {
        const parts = [createDatabaseBackups(settings)];
        yield* createBackupDesk({ openStore: (wanted) => openStoreBackup(store, wanted), parts }).write(
          options,
        );
      } finally {
        await store.close();
      }
    },
    restore: (settings, file, options) => restoreBackup(file, (head) => openTarget(settings, head, options)),
  };
}

/** The databases of plugins take their places before the store commits: what failed can be restored again. */
async function openTarget(
  settings: Settings,
  head: BackupHead,
  options: RestoreOptions,
): Promise<RestoreTarget> {
  const { data } = settings;
  const kind = settings.databaseUrl === undefined ? 'sqlite' : 'postgres';
  const sealer = sealerOf(settings);
  const writer = await openWriter(settings);
  try {
    const databases = createDatabaseRestore({ ...options, data, kind, databaseUrl: settings.databaseUrl });
    const { id } = databases;
    const { force } = options;
    const store = await openRestoreTarget({ writer, head, sealer, force, id, now: Date.now() });
    return {
      take: (section) => (section.part === 'store' ? store : databases).take(section),
      commit: async () => {
        try {
          await databases.commit();
          await store.commit();
        } catch (error) {
          await databases.undo();
          throw error;
        }
      },
      close: async () => {
        await databases.close();
        await store.close();
      },
    };
  } catch (error) {
    await writer.close();
    throw error;
  }
}

/** Makes the store where there is none. */
async function openWriter(settings: Settings): Promise<StoreWriter> {
  const store = await openSettledStore(settings, silent());
  await store.close();
  const { databaseUrl, data } = settings;
  if (databaseUrl !== undefined) return openPostgresWriter(databaseUrl.reveal());
  return openSqliteWriter(path.join(data, 'inbox.db'));
}

/** None is made: a key made now would open nothing of the backup. */
function sealerOf({ masterKey, previousMasterKeys, data }: Settings): Sealer | undefined {
  if (masterKey === undefined && !existsSync(masterKeyFile(data))) return undefined;
  return createSealer(provideMasterKey(masterKey, data), providePreviousKeys(previousMasterKeys, data));
}

function silent(): winston.Logger {
  return winston.createLogger({ silent: true });
}
