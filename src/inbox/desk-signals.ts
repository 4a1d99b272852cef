import { HostError } from '../core/errors';
import type { DeskCommit } from './desk-commit';
import { numberOf, requireRow } from './desk-details';
import type { Store } from './store';
import { signalCommand } from './waits';

/**
 * Gives a job the value it waits for, or will; false when the job is finished.
 * @throws inbox/not-found, inbox/bad-signal, inbox/signal-too-large
 */
export async function signalJob(
  store: Store,
  commit: DeskCommit,
  publicId: string,
  name: string,
  value: unknown,
): Promise<boolean> {
  const id = numberOf(publicId);
  const command = signalCommand(store, id, name, value);
  const found = await store.reader
    .selectFrom('job')
    .where('id', '=', id)
    .select(['token', 'task_id'])
    .executeTakeFirst();
  const { task_id: taskId } = requireRow('job', publicId, found);
  const [result] = (await commit({ commands: [command], wakes: [Number(taskId)] })).commands;
  if (result === undefined) throw new HostError('inbox/unavailable', []);
  if (!result.ok) throw result.error;
  return (result.results.at(-1)?.changed ?? 0) > 0;
}
