import { sql, type RawBuilder } from 'kysely';
import type { InboxFilter, WorkState } from '../core/ports/inbox-desk';
import type { DeskSearch } from './desk-search';
import { JOB_INDEXES } from './job-indexes';
import { STATE } from './states';

/** Of more, the newest page is found soon without a list of them. */
const MOST = 20_000;
/** Of a time: so many are counted in a moment. */
const MOST_SPANNED = 100_000;

/** The indexes that list the jobs in a state, among others. */
const LISTED: Readonly<Record<Exclude<WorkState, 'succeeded'>, readonly RawBuilder<unknown>[]>> = {
  later: [JOB_INDEXES.timed],
  waiting: [JOB_INDEXES.timed],
  ready: [JOB_INDEXES.ready, JOB_INDEXES.laned],
  running: [JOB_INDEXES.running],
  dead: [JOB_INDEXES.dead],
  poisoned: [JOB_INDEXES.dead],
  cancelled: [JOB_INDEXES.cancelled],
};

export interface RareJobs {
  readonly jobs: readonly number[];
  readonly receipts: readonly number[];
}

/**
 * All jobs in these states, where they are few, with their receipts: to look through everything for what is rare would take
 * as long as there is much. Undefined where they may be many, or stand among many.
 */
export async function rareJobs(
  { queries }: DeskSearch,
  states: readonly WorkState[],
): Promise<RareJobs | undefined> {
  const indexes = states.map((state) => (state === 'succeeded' ? undefined : LISTED[state]));
  if (indexes.length === 0 || indexes.includes(undefined)) return undefined;
  const inStates = sql`state in (${sql.join(states.map((state) => sql.lit(STATE[state])))})`;
  const most = sql.lit(MOST + 1);
  const arms = [...new Set(indexes.flatMap((some) => some ?? []))].flatMap((index) => [
    sql`select cast(null as bigint) as id, count(*) as value from (select 1 from job where ${index} limit ${most}) counted`,
    sql`select id, receipt_id from (select id, receipt_id, state from job where ${index} limit ${most}) listed where ${inStates}`,
  ]);
  const { rows } = await sql<Listed>`${sql.join(arms, sql` union all `)}`.execute(queries);
  const found = rows.filter(({ id }) => id !== null);
  if (rows.some(({ id, value }) => id === null && Number(value) > MOST)) return undefined;
  return {
    jobs: found.map(({ id }) => Number(id)),
    receipts: found.flatMap(({ value }) => (value === null ? [] : [Number(value)])),
  };
}
/** A job and its receipt; without a job, how many an index lists. */
interface Listed {
  readonly id: number | null;
  readonly value: number | null;
}

/** Receipts of a time: where they begin and end, and which they are where they are few. */
export interface ReceiptSpan {
  readonly lowest: number;
  readonly highest: number;
  readonly ids: readonly number[] | undefined;
}

/** Undefined where they may be very many, or any time is meant. */
export async function receiptSpan(
  { queries }: DeskSearch,
  { since, until }: Pick<InboxFilter, 'since' | 'until'>,
): Promise<ReceiptSpan | undefined> {
  if (since === undefined && until === undefined) return undefined;
  let ofTime = queries.selectFrom('receipt').select('id');
  if (since !== undefined) ofTime = ofTime.where('received_at', '>=', since);
  if (until !== undefined) ofTime = ofTime.where('received_at', '<', until);
  const { lowest, highest, count } = await queries
    .selectFrom(ofTime.limit(MOST_SPANNED + 1).as('of_time'))
    .select(({ fn }) => [
      fn.min<number | null>('id').as('lowest'),
      fn.max<number | null>('id').as('highest'),
      fn.countAll<number>().as('count'),
    ])
    .executeTakeFirstOrThrow();
  if (Number(count) > MOST_SPANNED) return undefined;
  const ids = Number(count) > MOST ? undefined : (await ofTime.execute()).map(({ id }) => Number(id));
  return { lowest: Number(lowest ?? 0), highest: Number(highest ?? 0), ids };
}
