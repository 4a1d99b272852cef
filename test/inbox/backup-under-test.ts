import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import { openPostgresWriter } from '../../src/inbox/postgres/store-writer';
import { openRestoreTarget } from '../../src/inbox/restore-target';
import { openSqliteWriter } from '../../src/inbox/sqlite/store-writer';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import type { Store } from '../../src/inbox/store';
import type { StoreBackup } from '../../src/core/ports/backup';
import type { Sealer } from '../../src/core/ports/sealer';
import { restoreBackup } from '../../src/operator/backup/restore-backup';
import { createBackupDesk } from '../../src/operator/backup/write-backup';
import { createTestSchema } from '../support/postgres';
import { temporaryFolder, testSealer } from './engine-under-test';

export type Kind = 'sqlite' | 'postgres';

interface RestoreMore {
  readonly force?: boolean;
  readonly sealer?: Sealer | undefined;
  /** By this process's clock. */
  readonly now?: number;
  /** Before the commit. */
  readonly meanwhile?: () => Promise<void>;
}

/** A place for one store, empty at first. */
export interface Place {
  readonly kind: Kind;
  open(): Promise<Store>;
  restore(file: string, more?: RestoreMore): ReturnType<typeof restoreBackup>;
  remove(): Promise<void>;
}

export async function placeOf(kind: Kind): Promise<Place> {
  if (kind === 'sqlite') {
    const { folder, remove } = temporaryFolder();
    const file = path.join(folder, 'inbox.db');
    const open = () => SqliteStore.open({ file });
    const writer = async () => openSqliteWriter(file);
    return { kind, open, restore: restoring(open, writer), remove: async () => remove() };
  }
  const { url, drop } = await createTestSchema();
  const open = async () => (await openPostgresStore(url)).store;
  return { kind, open, restore: restoring(open, () => openPostgresWriter(url)), remove: drop };
}

function restoring(
  open: () => Promise<Store>,
  openWriter: () => ReturnType<typeof openPostgresWriter>,
): Place['restore'] {
  return (file, more = {}) =>
    restoreBackup(file, async (head) => {
      await (await open()).close();
      const writer = await openWriter();
      const sealer = 'sealer' in more ? more.sealer : testSealer;
      const { force = false, now = Date.now(), meanwhile } = more;
      try {
        const target = await openRestoreTarget({ writer, head, sealer, force, now });
        return {
          take: (section) => target.take(section),
          commit: async () => {
            await meanwhile?.();
            await target.commit();
          },
          close: () => target.close(),
        };
      } catch (error) {
        await writer.close();
        throw error;
      }
    });
}

/** Writes a backup of the store alone. */
export async function backUp(
  source: { backup(options: { all: boolean }): Promise<StoreBackup> },
  file: string,
  all = false,
): Promise<void> {
  const desk = createBackupDesk({ openStore: (options) => source.backup(options), parts: [] });
  await pipeline(Readable.from(desk.write({ all })), createWriteStream(file));
}
