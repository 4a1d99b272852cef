import type { Restored } from '../../core/ports/backup';
import { restoreBackup } from './restore-backup';

/** Reads a backup to its end and keeps nothing of it. @throws backup/damaged, backup/other-format */
export function checkBackup(file: string): Promise<Restored> {
  return restoreBackup(file, async () => ({
    take: async ({ rows }) => {
      for await (const _row of rows);
    },
    commit: async () => {},
    close: async () => {},
  }));
}
