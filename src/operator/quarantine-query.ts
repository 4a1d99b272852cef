import { REFUSAL_REASONS } from '../core/refusal-reasons';
import type { RefusalFilter, RefusalSelection } from '../core/ports/quarantine-desk';
import { objectBody, refuse, textIn, wholeIn } from './inbox-query';

type Given = Readonly<Record<string, unknown>>;

const TEXTS = ['plugin', 'name', 'reason', 'ip'] as const;
const TIMES = ['since', 'until'] as const;
const NAMES: readonly string[] = [...TEXTS, ...TIMES];
const MOST_IDS = 200;

/** @throws inbox/bad-request naming what is not understood: a filter misspelt must not select everything */
export function readRefusalFilter(
  given: Given,
  besides: readonly string[] = ['after', 'limit'],
): RefusalFilter {
  const unknown = Object.keys(given).find((name) => !NAMES.includes(name) && !besides.includes(name));
  if (unknown !== undefined) refuse(`"${unknown}" is no filter; there are ${NAMES.join(', ')}`);
  const filter: Record<string, unknown> = {};
  for (const name of TEXTS) if (given[name] !== undefined) filter[name] = textIn(given, name);
  for (const name of TIMES) if (given[name] !== undefined) filter[name] = wholeIn(given, name);
  if (filter['reason'] !== undefined && !REFUSAL_REASONS.some((known) => known === filter['reason']))
    refuse(`there is no such reason; there are ${REFUSAL_REASONS.join(', ')}`);
  return filter;
}

/** What a purge is about, from its JSON body. @throws inbox/bad-request */
export function readRefusalSelection(body: unknown): {
  readonly selection: RefusalSelection;
  readonly after: string | undefined;
} {
  const { ids, filter, after, ...others } = objectBody(body);
  const [other] = Object.keys(others);
  if (other !== undefined) refuse(`"${other}" is none of ids, filter and after`);
  if (after !== undefined && typeof after !== 'string') refuse('after is a text');
  if (Array.isArray(ids) && filter === undefined) {
    const isList = ids.length > 0 && ids.length <= MOST_IDS && ids.every((id) => typeof id === 'string');
    if (!isList) refuse(`ids is a list of 1 to ${MOST_IDS} texts`);
    return { selection: { ids: [...new Set(ids as string[])] }, after };
  }
  if (ids !== undefined || filter === undefined)
    refuse('give either ids or filter; an empty filter selects everything');
  return { selection: { filter: readRefusalFilter(objectBody(filter), []) }, after };
}
