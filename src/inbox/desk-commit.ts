import { HostError } from '../core/errors';
import type { Unit, UnitResult } from './batch-assembly';
import type { Command } from './store';

/** Commits what belongs together, among whatever else. @throws inbox/unavailable */
export type DeskCommit = (unit: Unit) => Promise<UnitResult>;

/**
 * Commits one command and answers how many rows each of its statements changed. `wakes` names the tasks that may have
 * work then.
 * @throws inbox/unavailable; the database's error when it refused a statement
 */
export async function commitCommand(
  commit: DeskCommit,
  command: Command,
  wakes: readonly number[] = [],
): Promise<number[]> {
  const [result] = (await commit({ commands: [command], wakes })).commands;
  if (result === undefined) throw new HostError('inbox/unavailable', []);
  if (!result.ok) throw result.error;
  return result.results.map(({ changed }) => changed);
}
