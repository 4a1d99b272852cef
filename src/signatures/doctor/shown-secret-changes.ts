import { queryOf } from '../../core/body-values';
import type { SignatureRow } from '../../core/signature-row';
import type { Change, TrialRequest } from './trial';

/** Stands for the parameter of a token in the query: rows read headers. */
export const QUERY_HEADER = 'gatehouse-query-token';

const MOST_PLACES = 40;
/** What never holds a secret: what is tried takes its time. */
const NEVER =
  /^(host|connection|content-(length|type|encoding)|accept(-.*)?|date|transfer-encoding|via|te)$/i;

interface Place {
  readonly kind: 'header' | 'prefix';
  readonly what: string;
  readonly next: string;
  readonly value: string;
}

/**
 * Other places of the request that a secret may have been put: each header, with what stands before it or without, and each
 * parameter of the query. `own`: the place where it is looked for, in words.
 */
export function shownSecretChanges(row: SignatureRow, own: string, request: TrialRequest): Change[] {
  const { from } = row.signature;
  const header = 'header' in from ? from.header : undefined;
  if (header === undefined) return [];
  return placesOf(request, header, own).map(({ value, ...said }) => ({
    ...said,
    of: (trial) => ({
      ...trial,
      request: { ...trial.request, headers: [...without(trial.request.headers, header), header, value] },
    }),
  }));
}

function placesOf({ headers, target }: TrialRequest, header: string, own: string): readonly Place[] {
  const places: Place[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [name = '', value = ''] = headers.slice(index, index + 2);
    const isOwn = name.toLowerCase() === header.toLowerCase();
    if (NEVER.test(name) || name === QUERY_HEADER) continue;
    const where = `the header ${name.toLowerCase()}`;
    if (!isOwn) places.push(elsewhere(where, own, value));
    const before = /^[A-Za-z0-9_-]{1,20}[=,: ] ?/.exec(value)?.[0];
    if (before !== undefined)
      places.push({
        ...(isOwn ? behind(before, own) : elsewhere(`${where} behind "${before}"`, own, '')),
        value: value.slice(before.length),
      });
  }
  for (const [name, values] of Object.entries(queryOf(target)))
    for (const value of [values].flat())
      // What stands in a header is bytes; the query is text by now.
      if (`?${name}=` !== own)
        places.push(elsewhere(`?${name}=`, own, Buffer.from(value).toString('latin1')));
  return places.filter(({ value }) => value !== '').slice(0, MOST_PLACES);
}

const elsewhere = (where: string, own: string, value: string): Place => ({
  kind: 'header',
  what: `the secret stands in ${where}, not in ${own}`,
  next: `Have the sender put it in ${own}, or ask for it where it stands.`,
  value,
});

const behind = (before: string, own: string): Omit<Place, 'value'> => ({
  kind: 'prefix',
  what: `the secret has "${before}" before it in ${own}`,
  next: `Have the sender put the secret alone in ${own}.`,
});

const without = (headers: readonly string[], name: string) =>
  headers.filter((_, index) => headers[index - (index % 2)]?.toLowerCase() !== name.toLowerCase());
