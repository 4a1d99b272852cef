import { sql } from 'kysely';
import type { WorkCount, WorkState } from '../core/ports/inbox-desk';
import { nameOf } from './desk-lists';
import { groupBy, stateNamed, tasksById } from './desk-rows';
import type { DeskSearch } from './desk-search';
import { JOB_INDEXES } from './job-indexes';
import { JobTally, type JobCount } from './job-tally';
import { STATE } from './states';

/** Entries of an index that are counted each time; of more, what the tally says. */
const MOST_COUNTED = 20_000;
/** How long the first tally is waited for: then it is told as far as it is. */
const WAIT_MS = 20;

/** The states that indexes tell of; together all but what succeeded. */
const COUNTED: readonly (readonly [keyof typeof JOB_INDEXES, readonly WorkState[]])[] = [
  ['ready', ['ready']],
  ['laned', ['ready']],
  ['timed', ['later', 'waiting']],
  ['running', ['running']],
  ['dead', ['dead', 'poisoned']],
  ['cancelled', ['cancelled']],
];

/**
 * How many jobs stand where, per task and endpoint. A small store is counted at once; in a large one what indexes find few
 * of, and the rest as it was counted last, a stretch at a time, between what others read. `now`: the store's clock.
 */
export function createJobCounts(search: DeskSearch, now: () => number): () => Promise<WorkCount[]> {
  const tally = new JobTally(search, now);
  return async () => {
    const whole = await tally.ofSmallStore();
    if (whole !== undefined) return toWorkCounts(search, whole);
    const listed = await listedCounts(search);
    await tally.refresh(WAIT_MS);
    const { counts, countedAt } = tally.latest;
    const age = countedAt === undefined ? ({ isPartial: true } as const) : { countedAt };
    return toWorkCounts(search, merged(counts, listed), age);
  };
}

interface ListedCounts {
  readonly counts: readonly JobCount[];
  /** Of which all are counted. */
  readonly whole: ReadonlySet<number>;
}

/** All in one query: a job that goes from one state to another meanwhile is counted once. */
async function listedCounts({ queries, look }: DeskSearch): Promise<ListedCounts> {
  const most = look?.most ?? MOST_COUNTED;
  const arms = COUNTED.map(([index], place) => {
    // In its lane: a lane's head is among what is ready.
    const others = index === 'laned' ? sql`where state = ${sql.lit(STATE.ready)} and lane_head = 0` : sql``;
    const listed = sql`(select task_id, state, lane_head from job where ${JOB_INDEXES[index]} and +id > 0 limit ${sql.lit(most + 1)}) listed`;
    return sql`select ${sql.lit(place)} as place, task_id, state, count(*) as count from ${listed} ${others} group by task_id, state
      union all select ${sql.lit(place)}, null, null, count(*) from ${listed}`;
  });
  const { rows } = await sql<{
    place: number;
    task_id: number | null;
    state: number;
    count: number;
  }>`${sql.join(arms, sql` union all `)}`.execute(queries);
  const partly = new Set(
    rows
      .filter(({ task_id: task, count }) => task === null && Number(count) > most)
      .flatMap(({ place }) => COUNTED[Number(place)]?.[1] ?? []),
  );
  const states = COUNTED.flatMap(([, names]) => names).filter((name) => !partly.has(name));
  const counts = rows.flatMap(({ task_id: task, state, count }) =>
    task === null ? [] : [{ taskId: Number(task), state: Number(state), count: Number(count) }],
  );
  return { counts, whole: new Set(states.map((name) => STATE[name])) };
}

/** What is listed wholly as it is listed; of the rest the larger figure. */
function merged(tallied: readonly JobCount[], { counts, whole }: ListedCounts): JobCount[] {
  const all = new Map<string, JobCount>();
  const nameOfCount = ({ taskId, state }: JobCount) => `${taskId} ${state}`;
  for (const one of counts) {
    const before = all.get(nameOfCount(one))?.count ?? 0;
    all.set(nameOfCount(one), { ...one, count: one.count + before });
  }
  for (const one of tallied) {
    if (whole.has(one.state)) continue;
    const atLeast = all.get(nameOfCount(one))?.count ?? 0;
    all.set(nameOfCount(one), { ...one, count: Math.max(one.count, atLeast) });
  }
  return [...all.values()];
}

async function toWorkCounts(
  { queries, orphanOf }: DeskSearch,
  counted: readonly JobCount[],
  age: Pick<WorkCount, 'countedAt' | 'isPartial'> = {},
): Promise<WorkCount[]> {
  const ofTasks = groupBy(counted, ({ taskId }) => taskId);
  const taskOf = await tasksById(queries, ofTasks.keys());
  const counts = [...ofTasks].map(([taskId, ofTask]) => {
    const states: Partial<Record<WorkState, number>> = {};
    for (const { state, count } of ofTask) states[stateNamed(state)] = count;
    return { ...nameOf(taskOf(taskId)), states, orphan: orphanOf(taskOf(taskId)), ...age };
  });
  return counts.sort((a, b) => (`${a.plugin} ${a.name}` < `${b.plugin} ${b.name}` ? -1 : 1));
}
