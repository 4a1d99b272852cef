import { sql, type CompiledQuery, type Selectable } from 'kysely';
import type { BulkVerb, WorkState } from '../core/ports/inbox-desk';
import { commitCommand, type DeskCommit } from './desk-commit';
import { inStates } from './desk-filter';
import { giveHeads, lanesOf } from './desk-lanes';
import type { JobTable } from './schema';
import { STATE } from './states';
import type { Store } from './store';
import { forgetTimeouts } from './waits';

export type JobVerb = Extract<BulkVerb, 'retry' | 'cancel' | 'drop'>;
export type ChosenJob = Pick<Selectable<JobTable>, 'id' | 'token' | 'task_id' | 'lane'>;

/** Which states a verb changes; `usual` ones where a filter names none. */
export const CHANGES: {
  readonly [V in JobVerb]: { readonly possible: readonly WorkState[]; readonly usual: readonly WorkState[] };
} = {
  retry: { possible: ['dead', 'poisoned', 'cancelled', 'later'], usual: ['dead', 'poisoned'] },
  cancel: {
    possible: ['later', 'ready', 'running', 'waiting', 'poisoned'],
    usual: ['later', 'ready', 'running', 'waiting'],
  },
  drop: {
    possible: ['later', 'ready', 'waiting', 'succeeded', 'dead', 'poisoned', 'cancelled'],
    usual: ['dead', 'poisoned', 'cancelled'],
  },
};

/**
 * Changes the jobs, all in one command; those whose state meanwhile is another one are left alone. Answers how many
 * were changed. A running job that is cancelled is told, and ends as cancelled within a heartbeat.
 */
export async function changeJobs(
  store: Store,
  commit: DeskCommit,
  verb: JobVerb,
  jobs: readonly ChosenJob[],
): Promise<number> {
  if (jobs.length === 0) return 0;
  const lanes = lanesOf(jobs);
  const { before, changes } = STATEMENTS[verb](
    store,
    jobs.map(({ id }) => id),
  );
  const statements = [...before, ...changes, ...giveHeads(store, lanes)];
  const wakes = [...new Set(jobs.map((job) => job.task_id))];
  const changed = await commitCommand(commit, { statements, lanes }, wakes);
  return changed.slice(before.length, before.length + changes.length).reduce((sum, rows) => sum + rows, 0);
}

/** `changes` change each job once at most; `before` is what must go first. */
type Statements = (
  store: Store,
  ids: number[],
) => { readonly before: readonly CompiledQuery[]; readonly changes: readonly CompiledQuery[] };

const STATEMENTS: { readonly [V in JobVerb]: Statements } = {
  retry: (store, ids) => {
    const change = store.reader
      .updateTable('job')
      .set({
        // What never left its lane keeps its place there.
        lane_head: sql`case when lane is null then 1 when ${inStates(['poisoned', 'later'])} then lane_head else 0 end`,
        attempt: sql`case when ${inStates(['later'])} then attempt else 0 end`,
        state: STATE.ready,
        run_at: store.now(),
        crashes: 0,
        cancel: 0,
        ended_at: null,
        progress: null,
        note: null,
        awaited: sql`case when ${inStates(['later'])} then awaited else null end`,
      })
      .where('id', 'in', ids)
      .where(inStates(CHANGES.retry.possible));
    return { before: [forgetTimeouts(store, ids)], changes: [change.compile()] };
  },
  cancel: (store, ids) => {
    const atOnce = store.reader
      .updateTable('job')
      .set({
        state: STATE.cancelled,
        lane_head: sql`case when lane is null then 1 else 0 end`,
        ended_at: store.now(),
      })
      .where('id', 'in', ids)
      .where(inStates(CHANGES.cancel.possible.filter((state) => state !== 'running')));
    const running = store.reader
      .updateTable('job')
      .set({ cancel: 1 })
      .where('id', 'in', ids)
      .where(inStates(['running']));
    return { before: [], changes: [atOnce.compile(), running.compile()] };
  },
  drop: ({ reader }, ids) => {
    const dropped = reader
      .selectFrom('job')
      .select('id')
      .where('id', 'in', ids)
      .where(inStates(CHANGES.drop.possible));
    return {
      before: [
        reader.deleteFrom('attempt').where('job_id', 'in', dropped).compile(),
        reader.deleteFrom('signal').where('job_id', 'in', dropped).compile(),
        reader.deleteFrom('job_cause').where('job_id', 'in', dropped).compile(),
      ],
      changes: [
        reader.deleteFrom('job').where('id', 'in', ids).where(inStates(CHANGES.drop.possible)).compile(),
      ],
    };
  },
};
