import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { WorkCounter, WorkCounts } from '../core/ports/work-counts';
import type { Backlog } from '../core/ports/work-observer';
import { reading } from './desk';
import { JOB_INDEXES } from './job-indexes';
import type { Schema } from './schema';
import { STATE } from './states';
import type { Store } from './store';

const MOST_COUNTED = 100_000;
/** Tasks with work of one priority: of more, the oldest of those is told. */
const MOST_SLOTS = 200;

type Queries = Kysely<Schema>;
interface Slot {
  readonly task_id: number;
  readonly priority: number;
  readonly run_at: number;
}

const COUNTED = {
  ready: JOB_INDEXES.ready,
  behind: sql`${JOB_INDEXES.laned} and state = ${sql.lit(STATE.ready)} and lane_head = 0`,
  running: JOB_INDEXES.running,
  dead: JOB_INDEXES.dead,
  waiting: sql`${JOB_INDEXES.timed} and state = ${sql.lit(STATE.waiting)}`,
};

/** Over the searcher of a store. */
export function createWorkCounter({ searcher }: Pick<Store, 'searcher'>): WorkCounter {
  return {
    counts: () => reading(countsOf(searcher)),
    refusedSince: (since) => reading(refusedSince(searcher, since)),
  };
}

/** What of the counts waits now; `now` is epoch ms. */
export function backlogOf({ ready, dead, oldestDueAt }: WorkCounts, now: number): Backlog {
  return {
    due: ready,
    oldestDueMs: oldestDueAt === undefined ? undefined : Math.max(0, now - oldestDueAt),
    dead,
  };
}

async function countsOf(queries: Queries): Promise<WorkCounts> {
  // Rows below zero are the desk's own: lanes that are paused.
  const count = (condition: RawBuilder<unknown>) =>
    sql`(select count(*) from (select 1 from job where ${condition} and +id > 0 limit ${sql.lit(MOST_COUNTED)}) counted)`;
  const { rows } = await sql<Record<keyof typeof COUNTED, unknown>>`select ${count(COUNTED.ready)} as ready,
    ${count(COUNTED.behind)} as behind, ${count(COUNTED.running)} as running, ${count(COUNTED.dead)} as dead,
    ${count(COUNTED.waiting)} as waiting`.execute(queries);
  const [counts] = rows;
  return {
    ready: Math.min(MOST_COUNTED, Number(counts?.ready ?? 0) + Number(counts?.behind ?? 0)),
    running: Number(counts?.running ?? 0),
    dead: Number(counts?.dead ?? 0),
    waiting: Number(counts?.waiting ?? 0),
    oldestDueAt: await oldestDue(queries),
  };
}

/**
 * The index over what is ready is ordered by task and priority, then by when it is due: the first entry of each task and
 * priority is looked at, from one to the next.
 */
async function oldestDue(queries: Queries): Promise<number | undefined> {
  let oldest: number | undefined;
  let slot = await slotAt(queries, sql`1 = 1`);
  for (let seen = 0; slot !== undefined && seen < MOST_SLOTS; seen += 1) {
    oldest = Math.min(oldest ?? Infinity, Number(slot.run_at));
    const { task_id, priority } = slot;
    slot =
      (await slotAt(queries, sql`task_id = ${task_id} and priority < ${priority}`)) ??
      (await slotAt(queries, sql`task_id > ${task_id}`));
  }
  return oldest;
}

async function slotAt(queries: Queries, where: RawBuilder<unknown>): Promise<Slot | undefined> {
  const { rows } = await sql<Slot>`select task_id, priority, run_at from job
    where state = 1 and lane_head = 1 and ${where} order by task_id, priority desc, run_at limit 1`.execute(
    queries,
  );
  return rows[0];
}

async function refusedSince(queries: Queries, since: number): Promise<number> {
  const { n } = await queries
    .selectFrom('refusal')
    .where('received_at', '>=', since)
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow();
  return Number(n);
}
