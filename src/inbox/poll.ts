import { sql } from 'kysely';
import { STATE } from './states';
import type { Store } from './store';

/** What one look at the store shows. */
export interface Sighting {
  /** Tasks with something to claim. */
  readonly ready: readonly number[];
  /** Jobs whose time has come: `later` ones, and waits that timed out. */
  readonly isDue: boolean;
  /** Jobs whose lease ran out. */
  readonly isLapsed: boolean;
  /** When the next job is due, epoch ms. */
  readonly nextDue: number | undefined;
  readonly pauses: readonly string[];
}

interface Row {
  readonly what: 'ready' | 'due' | 'lapsed' | 'next' | 'pause';
  readonly number: number | string | null;
  readonly scope: string | null;
}

/**
 * One query. Each part is a probe into a partial index (hence states written out), so that it costs the same with ten
 * jobs as with a million.
 */
export async function look(store: Pick<Store, 'reader' | 'now'>): Promise<Sighting> {
  const at = sql`cast(${store.now()} as bigint)`;
  const asleep = sql`state in (${sql.lit(STATE.later)}, ${sql.lit(STATE.waiting)})`;
  const nothing = sql`cast(null as text)`;
  const { rows } = await sql<Row>`
    select 'ready' as what, task.id as number, ${nothing} as scope from task where exists (
      select 1 from job where job.task_id = task.id and state = ${sql.lit(STATE.ready)} and lane_head = 1)
    union all select 'due', cast(1 as bigint), ${nothing} where exists (
      select 1 from job where ${asleep} and run_at <= ${at})
    union all select 'lapsed', cast(1 as bigint), ${nothing} where exists (
      select 1 from job where state = ${sql.lit(STATE.running)} and lease_until < ${at})
    union all select 'next', (select min(run_at) from job where ${asleep}), ${nothing}
    union all select 'pause', cast(0 as bigint), pause.scope from pause`.execute(store.reader);
  const of = (what: Row['what']) => rows.filter((row) => row.what === what);
  const next = of('next')[0]?.number ?? null;
  return {
    ready: of('ready').map(({ number }) => Number(number)),
    isDue: of('due').length > 0,
    isLapsed: of('lapsed').length > 0,
    nextDue: next === null ? undefined : Number(next),
    pauses: of('pause').map(({ scope }) => scope ?? ''),
  };
}
