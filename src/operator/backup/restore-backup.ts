import type {
  BackedUpPlugin,
  BackupHead,
  BackupSection,
  Restored,
  RestoreTarget,
} from '../../core/ports/backup';
import { readBackup } from './read-backup';

/**
 * Reads a file into what `open` makes for it; all of it counts once the file has proved whole, else nothing.
 * @throws backup/damaged, backup/other-format; those of the target
 */
export async function restoreBackup(
  file: string,
  open: (head: BackupHead) => Promise<RestoreTarget>,
): Promise<Restored> {
  const { head, sections } = await readBackup(file);
  const { proof: _, ...shown } = head;
  const rows: Record<string, number> = {};
  const plugins: BackedUpPlugin[] = [];
  const target = await open(head);
  try {
    for await (const section of sections()) {
      const counted = counting(section, (count) => (rows[section.name] = (rows[section.name] ?? 0) + count));
      if (section.part === 'plugins') plugins.push(...(await pluginsOf(counted)));
      else await target.take(counted);
    }
    await target.commit();
  } finally {
    await target.close();
  }
  return { head: shown, rows, plugins };
}

function counting(section: BackupSection, count: (rows: number) => void): BackupSection {
  const rows = async function* () {
    let read = 0;
    for await (const row of section.rows) {
      read += 1;
      yield row;
    }
    count(read);
  };
  return { ...section, rows: rows() };
}

async function pluginsOf({ rows }: BackupSection): Promise<BackedUpPlugin[]> {
  const found: BackedUpPlugin[] = [];
  for await (const [key, version, folder, state] of rows)
    found.push({ key: String(key), version: String(version), folder: String(folder), state: String(state) });
  return found;
}
