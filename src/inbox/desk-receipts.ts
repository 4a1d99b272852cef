import { sql } from 'kysely';
import { commitCommand, type DeskCommit } from './desk-commit';
import { groupBy } from './desk-rows';
import { newToken, toPublicId } from './public-id';
import { STATE, UNFINISHED } from './states';
import type { NewJob, Store } from './store';

export interface ChosenReceipt {
  readonly id: number;
  readonly token: string;
  readonly task_id: number;
}

/**
 * A new job for each receipt, for whoever worked it before: a shared address has several. It goes into the lane of the
 * first one; nothing is deduplicated. Its payload says what it repeats.
 */
export async function replayReceipts(
  store: Store,
  commit: DeskCommit,
  receipts: readonly ChosenReceipt[],
): Promise<number> {
  if (receipts.length === 0) return 0;
  const before = await store.searcher
    .selectFrom('job')
    .select(['receipt_id', 'task_id', 'lane', 'priority'])
    .where(
      'receipt_id',
      'in',
      receipts.map(({ id }) => id),
    )
    .orderBy('id')
    .execute();
  const jobsOf = groupBy(before, (job) => job.receipt_id);
  const enqueues = receipts.flatMap((receipt): NewJob[] => {
    const earlier = groupBy(jobsOf.get(receipt.id) ?? [], (job) => job.task_id);
    const taskIds = earlier.size === 0 ? [receipt.task_id] : [...earlier.keys()];
    return taskIds.map((taskId) => ({
      token: newToken(),
      taskId,
      payload: JSON.stringify({ replayOf: toPublicId(receipt.id, receipt.token) }),
      runAt: store.now(),
      priority: earlier.get(taskId)?.[0]?.priority ?? 0,
      lane: earlier.get(taskId)?.[0]?.lane ?? undefined,
      dedupe: undefined,
      held: undefined,
      receiptId: receipt.id,
    }));
  });
  await commit({ enqueues, wakes: [...new Set(enqueues.map(({ taskId }) => taskId))] });
  return receipts.length;
}

/**
 * Deletes receipts with their bodies, jobs and attempts, except those with a job that is not done or poisoned. What
 * repeats one of them within its window is still a duplicate.
 */
export async function purgeReceipts(
  { reader }: Store,
  commit: DeskCommit,
  receipts: readonly ChosenReceipt[],
): Promise<number> {
  if (receipts.length === 0) return 0;
  const busy = sql`exists (select 1 from job where job.receipt_id = receipt.id and job.state in (${sql.join(
    [...UNFINISHED, STATE.poisoned].map((state) => sql.lit(state)),
  )}))`;
  const purged = reader
    .selectFrom('receipt')
    .select('id')
    .where(
      'id',
      'in',
      receipts.map(({ id }) => id),
    )
    .where(sql<boolean>`not ${busy}`);
  const jobs = reader.selectFrom('job').select('id').where('receipt_id', 'in', purged);
  const statements = [
    reader.deleteFrom('attempt').where('job_id', 'in', jobs).compile(),
    reader.deleteFrom('signal').where('job_id', 'in', jobs).compile(),
    reader.deleteFrom('job_cause').where('job_id', 'in', jobs).compile(),
    reader.deleteFrom('receipt_body').where('receipt_id', 'in', purged).compile(),
    reader.deleteFrom('job').where('receipt_id', 'in', purged).compile(),
    reader.deleteFrom('receipt').where('id', 'in', purged).compile(),
  ];
  return (await commitCommand(commit, { statements })).at(-1) ?? 0;
}
