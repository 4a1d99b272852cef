import { sql } from 'kysely';
import { HostError } from '../core/errors';
import type { Attempt } from './attempt';
import type { Committer } from './committer';
import { STATE } from './states';
import type { Command, Store } from './store';

/**
 * Waiting for a signal. No frame of JavaScript survives a restart, so a wait ends the attempt: the job becomes
 * `waiting`, and its code starts again from the beginning when the signal is there or the time has passed. What a wait
 * ended with is kept in `signal` (a value, or that it timed out), so that each later attempt finds the same.
 */
type Kept = { readonly value: unknown } | { readonly timedOutMs: number };

/** Waits without a timeout: ten years. */
const FOREVER_MS = 315_576_000_000;

/** Ends an attempt that waits; authors must let it pass. */
class Suspension extends Error {
  constructor(name: string) {
    super(`the job waits for "${name}"; this must not be caught`);
    this.name = 'Suspension';
  }
}

/** @throws inbox/wait-timeout; a Suspension when the value is not there yet; inbox/unavailable */
export async function waitFor(
  attempt: Attempt,
  name: string,
  timeoutMs: number | undefined,
  store: Store,
  committer: Committer,
): Promise<unknown> {
  const { id } = attempt.job;
  const row = await store.reader
    .selectFrom('job')
    .leftJoin('signal', (join) => join.onRef('signal.job_id', '=', 'job.id').on('signal.name', '=', name))
    .where('job.id', '=', id)
    .select(['job.awaited', 'job.run_at', 'signal.value'])
    .executeTakeFirst();
  const kept = typeof row?.value === 'string' ? (JSON.parse(row.value) as Kept) : undefined;
  if (kept !== undefined && 'value' in kept) return kept.value;
  if (kept !== undefined) throw new HostError('inbox/wait-timeout', [name, kept.timedOutMs]);
  if (timeoutMs !== undefined && row?.awaited === name && Number(row.run_at) <= store.now()) {
    // The first that is kept counts: a signal may have come while this was read.
    await committer.submit({ commands: [keep(store, id, name, { timedOutMs: timeoutMs })] }, 'must');
    const first = await keptOf(store, id, name);
    if (first !== undefined && 'value' in first) return first.value;
    throw new HostError('inbox/wait-timeout', [name, timeoutMs]);
  }
  attempt.suspend(name, store.now() + Math.min(Math.max(Number(timeoutMs ?? FOREVER_MS), 0), FOREVER_MS));
  throw new Suspension(name);
}

async function keptOf(store: Store, jobId: number, name: string): Promise<Kept | undefined> {
  const row = await store.reader
    .selectFrom('signal')
    .where('job_id', '=', jobId)
    .where('name', '=', name)
    .select('value')
    .executeTakeFirst();
  return row === undefined ? undefined : (JSON.parse(row.value) as Kept);
}

/** Gives a job a value: the first under a name stays. Its last result says whether the job is unfinished. */
export function signalCommand(store: Store, jobId: number, name: string, value: unknown): Command {
  const now = store.now();
  // Touches the row in any state: a job that is just going to sleep in another transaction is waited for, and seen.
  const wake = sql`update job set
      run_at = case when state = ${sql.lit(STATE.waiting)} and awaited = ${name} then ${now} else run_at end,
      state = case when state = ${sql.lit(STATE.waiting)} and awaited = ${name} then ${sql.lit(STATE.ready)} else state end
    where id = ${jobId} and state in (${UNFINISHED_LIST}) returning task_id`;
  return { statements: [...keep(store, jobId, name, { value }).statements, wake.compile(store.reader)] };
}

/** Goes with the settlement of a job that waits: its signal may have come before it slept. */
export function rewake(store: Store, jobId: number, name: string): Command {
  const statement = sql`update job set state = ${sql.lit(STATE.ready)}, run_at = ${store.now()}
    where id = ${jobId} and state = ${sql.lit(STATE.waiting)}
      and (cancel = 1 or exists (select 1 from signal where job_id = ${jobId} and name = ${name}))`;
  return { statements: [statement.compile(store.reader)] };
}

const UNFINISHED_LIST = sql.join(
  [STATE.later, STATE.ready, STATE.running, STATE.waiting].map((state) => sql.lit(state)),
);

/** Only of a job that is there and unfinished: signals of finished ones would never be read nor removed. */
function keep(store: Store, jobId: number, name: string, kept: Kept): Command {
  const statement = sql`insert into signal (job_id, name, value, at)
    select id, ${sql`cast(${name} as text)`}, ${sql`cast(${JSON.stringify(kept)} as text)`}, ${sql`cast(${store.now()} as bigint)`}
    from job where id = ${jobId} and state in (${UNFINISHED_LIST})
    on conflict do nothing`;
  return { statements: [statement.compile(store.reader)] };
}
