import { sql, type CompiledQuery } from 'kysely';
import { HostError, toError } from '../core/errors';
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

const NAME_CHARACTERS = 200;
/** Of a signal's value as JSON: it is read whole whenever its job waits. */
const VALUE_BYTES = 1024 ** 2;

/** Ends an attempt that waits; authors must let it pass. */
class Suspension extends Error {
  constructor(name: string) {
    super(`the job waits for "${name}"; this must not be caught`);
    this.name = 'Suspension';
  }
}

/** @throws inbox/bad-signal */
function checkName(name: unknown): void {
  if (typeof name === 'string' && name !== '' && name.length <= NAME_CHARACTERS && !name.includes('\0'))
    return;
  throw new HostError('inbox/bad-signal', [`its name is a text of 1 to ${NAME_CHARACTERS} characters`]);
}

/** @throws inbox/bad-signal, inbox/wait-timeout; a Suspension when the value is not there yet; inbox/unavailable */
export async function waitFor(
  attempt: Attempt,
  name: string,
  timeoutMs: number | undefined,
  store: Store,
  committer: Committer,
): Promise<unknown> {
  checkName(name);
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

/**
 * Gives a job a value: the first under a name stays. Its last result says whether the job is unfinished.
 * @throws inbox/bad-signal, inbox/signal-too-large
 */
export function signalCommand(store: Store, jobId: number, name: string, value: unknown): Command {
  checkName(name);
  const now = store.now();
  // Touches the row in any state: a job that is just going to sleep in another transaction is waited for, and seen.
  const wake = sql`update job set
      run_at = case when state = ${sql.lit(STATE.waiting)} and awaited = ${name} then ${now} else run_at end,
      state = case when state = ${sql.lit(STATE.waiting)} and awaited = ${name} then ${sql.lit(STATE.ready)} else state end
    where id = ${jobId} and state in (${UNFINISHED_LIST}) returning task_id`;
  return {
    statements: [
      ...keep(store, jobId, name, { value: storable(name, value) }).statements,
      wake.compile(store.reader),
    ],
  };
}

/** What JSON makes of it. */
function storable(name: string, value: unknown): unknown {
  let text: string | undefined;
  try {
    text = JSON.stringify(value ?? null);
  } catch (thrown) {
    throw new HostError('inbox/bad-signal', [`its value is no JSON: ${toError(thrown).message}`], {
      cause: thrown,
    });
  }
  if (text === undefined)
    throw new HostError('inbox/bad-signal', [`its value, a ${typeof value}, is no JSON`]);
  if (Buffer.byteLength(text) > VALUE_BYTES)
    throw new HostError('inbox/signal-too-large', [name, VALUE_BYTES]);
  return JSON.parse(text);
}

/** Goes with the settlement of a job that waits: its signal may have come before it slept. */
export function rewake(store: Store, jobId: number, name: string): Command {
  const statement = sql`update job set state = ${sql.lit(STATE.ready)}, run_at = ${store.now()}
    where id = ${jobId} and state = ${sql.lit(STATE.waiting)}
      and (cancel = 1 or exists (select 1 from signal where job_id = ${jobId} and name = ${name}))`;
  return { statements: [statement.compile(store.reader)] };
}

/**
 * Of jobs that an operator runs again: waits that timed out are waited anew. Values stay, for who gave one does not give
 * it again.
 */
export function forgetTimeouts({ reader }: Store, jobIds: readonly number[]): CompiledQuery {
  const again = sql.join([STATE.dead, STATE.poisoned, STATE.cancelled].map((state) => sql.lit(state)));
  return sql`delete from signal where value like ${'{"timedOutMs":%'} and job_id in (
    select id from job where id in (${sql.join(jobIds)}) and state in (${again}))`.compile(reader);
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
