import { HostError } from '../core/errors';
import type { BulkStep, BulkVerb, InboxFilter, Selection } from '../core/ports/inbox-desk';
import type { DeskCommit } from './desk-commit';
import { numberOf, requireRow } from './desk-details';
import { inStates, jobConditions, readyFilter, receiptConditions } from './desk-filter';
import { CHANGES, changeJobs, type ChosenJob, type JobVerb } from './desk-jobs';
import { cursorOf } from './desk-lists';
import { purgeReceipts, replayReceipts, type ChosenReceipt } from './desk-receipts';
import type { DeskSearch } from './desk-search';
import type { Store } from './store';

/** Rows of one step: short enough that what is being stored meanwhile hardly waits. */
const STEP = 200;
const ofJobs = (verb: BulkVerb): verb is JobVerb => verb in CHANGES;

export interface ChangeParts {
  readonly store: Store;
  readonly commit: DeskCommit;
  readonly search: DeskSearch;
}

/** How many rows `change` would look at. */
export async function countSelection(
  search: DeskSearch,
  verb: BulkVerb,
  selection: Selection,
): Promise<number> {
  if ('ids' in selection) return selection.ids.length;
  const { queries, kind } = search;
  const filter = await readyFilter(search, narrowed(verb, selection.filter));
  const rows = ofJobs(verb)
    ? queries
        .selectFrom('job')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where(jobConditions(filter, kind))
        .where(inStates(CHANGES[verb].possible))
    : queries
        .selectFrom('receipt')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where(receiptConditions(filter, kind));
  return Number((await rows.executeTakeFirstOrThrow()).count);
}

/**
 * One step. A selection by filter goes up through the ids that were there at its first step (`<last>.<highest>`), so
 * that it ends while more arrives, and no row is changed twice.
 * @throws inbox/not-found for an id that is none
 */
export async function changeStep(
  { store, commit, search }: ChangeParts,
  verb: BulkVerb,
  selection: Selection,
  after: string | undefined,
): Promise<BulkStep> {
  const step = 'ids' in selection ? stepOfIds(selection.ids, after) : await stepOfFilter(search, verb, after);
  const filter = 'ids' in selection ? undefined : narrowed(verb, selection.filter);
  if (ofJobs(verb)) {
    const jobs = await chooseJobs(search, verb, filter, step);
    return {
      looked: jobs.length,
      changed: await changeJobs(store, commit, verb, jobs),
      next: step.next(jobs),
    };
  }
  const receipts = await chooseReceipts(search, filter, step);
  const change = verb === 'replay' ? replayReceipts : purgeReceipts;
  return {
    looked: receipts.length,
    changed: await change(store, commit, receipts),
    next: step.next(receipts),
  };
}

/** Which rows a step is about: these ids, or those between two numbers. */
interface Step {
  readonly ids: readonly string[] | undefined;
  readonly above: number;
  readonly upTo: number;
  next(rows: readonly { readonly id: number }[]): string | undefined;
}

function stepOfIds(all: readonly string[], after = '0'): Step {
  const unique = [...new Set(all)];
  const [start] = cursorOf(after);
  const end = start + STEP;
  return {
    ids: unique.slice(start, end),
    above: 0,
    upTo: 0,
    next: () => (end < unique.length ? String(end) : undefined),
  };
}

async function stepOfFilter(
  { queries }: DeskSearch,
  verb: BulkVerb,
  after: string | undefined,
): Promise<Step> {
  let [above, upTo = 0] = after === undefined ? [0] : cursorOf(after);
  if (after === undefined) {
    const { highest } = await queries
      .selectFrom(ofJobs(verb) ? 'job' : 'receipt')
      .select((eb) => eb.fn.max<number | null>('id').as('highest'))
      .executeTakeFirstOrThrow();
    upTo = Number(highest ?? 0);
    above = 0;
  }
  const next = (rows: readonly { id: number }[]) =>
    rows.length < STEP ? undefined : `${rows.at(-1)?.id}.${upTo}`;
  return { ids: undefined, above, upTo, next };
}

async function chooseJobs(
  search: DeskSearch,
  verb: JobVerb,
  filter: InboxFilter | undefined,
  { ids, above, upTo }: Step,
): Promise<readonly ChosenJob[]> {
  let query = search.queries.selectFrom('job').select(['id', 'token', 'task_id', 'lane']);
  if (ids !== undefined) {
    const rows = await query.where('id', 'in', ids.map(numberOf)).execute();
    return inOrder('job', ids, rows);
  }
  query = query
    .where(jobConditions(await readyFilter(search, filter ?? {}), search.kind))
    .where(inStates(CHANGES[verb].possible))
    .where('id', '>', above)
    .where('id', '<=', upTo);
  return query.orderBy('id').limit(STEP).execute();
}

async function chooseReceipts(
  search: DeskSearch,
  filter: InboxFilter | undefined,
  { ids, above, upTo }: Step,
): Promise<readonly ChosenReceipt[]> {
  let query = search.queries.selectFrom('receipt').select(['id', 'token', 'task_id']);
  if (ids !== undefined) {
    const rows = await query.where('id', 'in', ids.map(numberOf)).execute();
    return inOrder('receipt', ids, rows);
  }
  query = query
    .where(receiptConditions(await readyFilter(search, filter ?? {}), search.kind))
    .where('id', '>', above)
    .where('id', '<=', upTo);
  return query.orderBy('id').limit(STEP).execute();
}

/** Every id has a row of its token. @throws inbox/not-found */
function inOrder<T extends { readonly id: number; readonly token: string }>(
  what: 'job' | 'receipt',
  ids: readonly string[],
  rows: readonly T[],
): T[] {
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => requireRow(what, id, found.get(numberOf(id))));
}

/** @throws inbox/bad-request when the verb changes nothing in a state that is asked for */
function narrowed(verb: BulkVerb, filter: InboxFilter): InboxFilter {
  if (!ofJobs(verb)) return filter;
  const { possible, usual } = CHANGES[verb];
  const impossible = filter.states?.find((state) => !possible.includes(state));
  if (impossible !== undefined)
    throw new HostError('inbox/bad-request', [
      `${verb} changes jobs that are ${possible.join(', ')}, not ${impossible}`,
    ]);
  return { ...filter, states: filter.states ?? usual };
}
