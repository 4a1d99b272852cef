import { rm } from 'node:fs/promises';
import { HostError, isHostError, toError } from '../../core/errors';
import type { SqlFacts } from '../../core/ports/plugin-sql';
import { findWaiting, readWaiting, stepsBefore, waitingTables, withFile } from './database-waiting';
import { readMigrations } from './migration-files';
import type { OwnDatabase } from './own-database';

/**
 * Puts what was restored of a plugin's database into it, where something waits: the migrations that had run and all rows in
 * one transaction, then the file goes. `folder` has the migrations; without one only an empty database can be put in.
 * @throws sql/not-restored, and nothing has changed; sql/unavailable, sql/timeout
 */
export async function completeArrival(
  { key, dataDir, logger }: SqlFacts,
  folder: string | undefined,
  database: OwnDatabase,
): Promise<void> {
  const found = findWaiting(dataDir);
  if (found === undefined) return;
  const { file, from } = found;
  const refused = (why: string, cause?: unknown) =>
    new HostError('sql/not-restored', [key, file, why], cause === undefined ? {} : { cause });
  try {
    const [table] = folder === undefined ? withFile(file, (source) => waitingTables(source)) : [];
    if (table !== undefined) throw refused(`no migration has made the table ${table}`);
    const waiting = await readWaiting(found);
    const files = async (kind: typeof from) => (folder === undefined ? [] : readMigrations(folder, kind));
    const steps = stepsBefore(waiting.applied, await files(from), await files(database.dialect));
    if (typeof steps === 'string') throw refused(steps);
    await database.fill(waiting, steps);
  } catch (thrown) {
    const isTold = isHostError(thrown) && thrown.code !== 'sql/failed';
    throw isTold ? thrown : refused(wordsOf(thrown), thrown);
  }
  await rm(file, { force: true });
  logger.info('what was restored of the database has been put in', { plugin: key, from });
}

/** The database's own, where an error of ours has them. */
function wordsOf(thrown: unknown): string {
  const { cause, message } = toError(thrown);
  return isHostError(thrown) && cause !== undefined ? toError(cause).message : message;
}
