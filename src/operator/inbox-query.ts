import { HostError } from '../core/errors';
import {
  workStates,
  type BulkVerb,
  type InboxFilter,
  type PageRequest,
  type PauseTarget,
  type Selection,
  type WorkState,
} from '../core/ports/inbox-desk';

const TEXTS = ['plugin', 'name', 'lane', 'ip', 'deliveryId', 'event', 'text'] as const;
const TIMES = ['since', 'until'] as const;
const FILTER_NAMES: readonly string[] = [...TEXTS, ...TIMES, 'states', 'orphaned'];
const PAGE_NAMES: readonly string[] = ['after', 'limit'];
export const JOB_VERBS = ['retry', 'cancel', 'drop'] as const satisfies readonly BulkVerb[];
export const RECEIPT_VERBS = ['replay', 'purge'] as const satisfies readonly BulkVerb[];

type Given = Readonly<Record<string, unknown>>;

/** A filter as it stands in a query: `states` separated by commas, times as epoch ms. */
export function toQuery(filter: InboxFilter, page: PageRequest = {}): string {
  const entries = Object.entries({ ...filter, ...page }).flatMap(([name, value]: [string, unknown]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return entries.length === 0 ? '' : `?${String(new URLSearchParams(entries))}`;
}

/** @throws inbox/bad-request naming what is not understood: a filter misspelt must not select everything */
export function readFilter(given: Given, besides: readonly string[] = PAGE_NAMES): InboxFilter {
  const unknown = Object.keys(given).find((name) => !FILTER_NAMES.includes(name) && !besides.includes(name));
  if (unknown !== undefined) refuse(`"${unknown}" is no filter; there are ${FILTER_NAMES.join(', ')}`);
  const filter: Record<string, unknown> = {};
  for (const name of TEXTS) if (given[name] !== undefined) filter[name] = textIn(given, name);
  for (const name of TIMES) if (given[name] !== undefined) filter[name] = wholeIn(given, name);
  if (given['states'] !== undefined) filter['states'] = statesIn(given['states']);
  if (given['orphaned'] !== undefined) filter['orphaned'] = trueIn(given, 'orphaned');
  return filter;
}

/** @throws inbox/bad-request */
export function readPage(given: Given): PageRequest {
  return {
    ...(given['after'] === undefined ? {} : { after: textIn(given, 'after') }),
    ...(given['limit'] === undefined ? {} : { limit: wholeIn(given, 'limit') }),
  };
}

/** What a change is about, from a JSON body `{ ids }` or `{ filter }`. @throws inbox/bad-request */
export function readSelection(body: Given): Selection {
  const { ids, filter } = body;
  if (Array.isArray(ids) && filter === undefined) {
    if (ids.every((id) => typeof id === 'string') && ids.length > 0) return { ids };
    return refuse('ids is a list of one or more texts');
  }
  if (ids === undefined && isObject(filter)) return { filter: readFilter(filter, []) };
  return refuse('give either ids or filter; an empty filter selects everything');
}

/** @throws inbox/bad-request */
export function readTarget(body: Given): PauseTarget & { readonly reason?: string } {
  const optional = (name: string) => (body[name] === undefined ? {} : { [name]: textIn(body, name) });
  return { plugin: textIn(body, 'plugin'), ...optional('name'), ...optional('lane'), ...optional('reason') };
}

/** @throws inbox/bad-request */
export function readSignalName(body: Given): string {
  return textIn(body, 'name');
}

/** A JSON body that is an object. @throws inbox/bad-request */
export function objectBody(body: unknown): Given {
  return isObject(body) ? body : refuse('the body is a JSON object, sent as application/json');
}

function statesIn(given: unknown): WorkState[] {
  const names: unknown[] = typeof given === 'string' ? given.split(',') : Array.isArray(given) ? given : [];
  const states = names.map((name) => workStates.find((state) => state === name));
  if (states.length > 0 && states.every((state) => state !== undefined)) return states;
  return refuse(`states are some of ${workStates.join(', ')}`);
}

function trueIn(given: Given, name: string): true {
  const value = given[name];
  return value === true || value === 'true' ? true : refuse(`${name} is true, or not given`);
}

export function textIn(given: Given, name: string): string {
  const value = given[name];
  return typeof value === 'string' && value !== '' ? value : refuse(`${name} is one text that is not empty`);
}

export function wholeIn(given: Given, name: string): number {
  const value = given[name];
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) && Number(number) >= 0
    ? Number(number)
    : refuse(`${name} is a whole number`);
}

function isObject(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function refuse(why: string): never {
  throw new HostError('inbox/bad-request', [why]);
}
