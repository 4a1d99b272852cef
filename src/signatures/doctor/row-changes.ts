import type { SignatureEncoding, SignatureRow } from '../../core/signature-row';
import type { SpecialScheme } from '../special/special-scheme';
import { saidAs } from './own-row';
import { headerIn, withRow, type Change, type Trial, type TrialRequest } from './trial';

const ENCODINGS: readonly SignatureEncoding[] = ['hex', 'base64', 'base64url'];
const PREFIXES = ['', 'sha256=', 'sha1=', 'v0=', 'v1=', 'v1,', 'Bearer ', 'Token ', 'Basic '] as const;
const MOST_HEADERS = 8;
/** Whose verification fetches nothing: what is tried for a guess must not reach out. */
const OFFLINE = ['twilio', 'netlify', 'lark-encrypted', 'wecom', 'dingtalk'];

/** Other ways to write what the endpoint's own row says. Where a secret is shown it may be is tried elsewhere. */
export function rowChanges(row: SignatureRow, request: TrialRequest): Change[] {
  if (row.kind === 'token') return repeatedChanges(row, request);
  return [
    ...headerChanges(row, request),
    ...repeatedChanges(row, request),
    ...prefixChanges(row, request),
    ...ENCODINGS.filter((encoding) => encoding !== row.signature.encoding).map((encoding): Change => ({
      kind: 'encoding',
      what: `the signature is written in ${encoding}, not in ${row.signature.encoding}`,
      next: `Have the sender write it in ${row.signature.encoding}, or ${saidAs(withSignature(row, { encoding }), `encoding: '${encoding}'`)}.`,
      of: (trial) => withRow(trial, (own) => withSignature(own, { encoding })),
    })),
    ...(row.kind === 'hmac' || row.kind === 'digest' ? hashChanges(row) : []),
    ...unitChanges(row),
  ];
}

function prefixChanges(row: SignatureRow, { headers }: TrialRequest): Change[] {
  const { from, prefix: own = '' } = row.signature;
  if (!('header' in from)) return [];
  const value = headerIn(headers, from.header);
  const found = /^[A-Za-z0-9_-]{1,20}[=,: ]/.exec(value ?? '')?.[0];
  const prefixes = new Set([...PREFIXES, ...(found === undefined ? [] : [found])]);
  prefixes.delete(own);
  return [...prefixes].flatMap((prefix): Change[] =>
    // Where the header is another one, its prefix may be any.
    value === undefined || value.startsWith(prefix)
      ? [
          {
            kind: 'prefix',
            what:
              prefix === ''
                ? `the signature stands alone, without "${own}" before it`
                : `the signature has "${prefix}" before it${own === '' ? '' : `, not "${own}"`}`,
            next: `Have the sender write ${own === '' ? 'it alone' : `"${own}" before it`} in ${from.header}, or ${saidAs(withSignature(row, { prefix }), `prefix: '${prefix}'`)}.`,
            of: (trial) => withRow(trial, (given) => withSignature(given, { prefix })),
          },
        ]
      : [],
  );
}

/** Headers that might hold it, by their names. */
function headerChanges(row: SignatureRow, { headers }: TrialRequest): Change[] {
  const { from } = row.signature;
  if (!('header' in from) || headerIn(headers, from.header) !== undefined) return [];
  return likelyHeaders(headers).map((header) => ({
    kind: 'header',
    what: `the signature stands in the header ${header}, not in ${from.header}`,
    next: `See whether a proxy renames headers; else ${saidAs(withSignature(row, { from: { header } }), `header: '${header}'`)}.`,
    of: (trial) => withRow(trial, (own) => withSignature(own, { from: { header } })),
  }));
}

/** Names of headers that look as if they held a signature or a token. */
export function likelyHeaders(headers: readonly string[]): string[] {
  const names = headers.filter((_, index) => index % 2 === 0);
  const likely = names.filter((name) => /sign|hmac|token|secret|auth|digest|hash|-sig\b|webhook/i.test(name));
  return [...new Set(likely.map((name) => name.toLowerCase()))].slice(0, MOST_HEADERS);
}

/** One header of two. */
function repeatedChanges(row: SignatureRow, { headers }: TrialRequest): Change[] {
  const { from } = row.signature;
  if (!('header' in from)) return [];
  const name = from.header.toLowerCase();
  const places = headers.flatMap((text, index) =>
    index % 2 === 0 && text.toLowerCase() === name ? [index] : [],
  );
  if (places.length < 2) return [];
  return places.slice(0, 4).map((kept, number) => ({
    kind: 'header',
    what: `${from.header} came ${places.length} times, and only number ${number + 1} counts`,
    next: `See what between the sender and this host adds a second ${from.header}; a header that comes twice is refused.`,
    of: (trial) => ({
      ...trial,
      request: {
        ...trial.request,
        headers: headers.filter((_, index) => {
          const at = index - (index % 2);
          return at === kept || !places.includes(at);
        }),
      },
    }),
  }));
}

function hashChanges(row: SignatureRow): Change[] {
  const own = row.hash ?? 'sha256';
  return (['sha256', 'sha1', 'sha512'] as const)
    .filter((hash) => hash !== own)
    .map((hash) => ({
      kind: 'hash',
      what: `the signature is made with ${hash}, not with ${own}`,
      next: `Have the sender use ${own}, or ${saidAs({ ...row, hash }, `hash: '${hash}'`)}.`,
      of: (trial) => withRow(trial, (given) => ({ ...given, hash })),
    }));
}

const withSignature = (row: SignatureRow, part: Partial<SignatureRow['signature']>): SignatureRow => ({
  ...row,
  signature: { ...row.signature, ...part },
});

const UNITS = { s: 'seconds', ms: 'milliseconds', iso: 'a date and time' } as const;

function unitChanges(own: SignatureRow): Change[] {
  const { time } = own;
  if (time === undefined) return [];
  return (['s', 'ms', 'iso'] as const)
    .filter((unit) => unit !== time.unit)
    .map((unit) => ({
      kind: 'time-unit',
      what: `the moment is written as ${UNITS[unit]}, not as ${UNITS[time.unit]}`,
      next: `Have the sender write ${UNITS[time.unit]}, or ${saidAs({ ...own, time: { ...time, unit } }, `unit: '${unit}'`)}.`,
      of: (trial) =>
        withRow(trial, (row) =>
          row.time === undefined ? undefined : { ...row, time: { ...row.time, unit } },
        ),
    }));
}

/** The ways of all other senders that are known. */
export function schemeChanges(
  own: string,
  rows: readonly SignatureRow[],
  specials: ReadonlyMap<string, SpecialScheme>,
): Change[] {
  const named = (title: string, id: string, isShown = false): Pick<Change, 'kind' | 'what' | 'next'> => ({
    kind: 'scheme',
    what: isShown ? `it shows its secret as ${title} (${id}) does` : `it is signed as ${title} (${id}) signs`,
    next: `If ${title} is what sends it, say so at the endpoint: access: { signature: '${id}', secret: … }.`,
  });
  const tables = rows
    .filter(({ id, kind }) => id !== own && kind !== 'special')
    .map((row): Change => ({
      ...named(row.title, row.id, row.kind === 'token'),
      of: (trial: Trial) => ({ ...trial, scheme: { kind: 'row', row } }),
    }));
  const others = rows
    .filter(({ id, kind }) => id !== own && kind === 'special' && OFFLINE.includes(id))
    .flatMap((row): Change[] => {
      const special = specials.get(row.id);
      return special === undefined
        ? []
        : [
            {
              ...named(row.title, row.id),
              of: (trial) => ({ ...trial, scheme: { kind: 'special', special, expect: {} } }),
            },
          ];
    });
  return [...tables, ...others];
}
