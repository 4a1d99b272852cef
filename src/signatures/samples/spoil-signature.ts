import type { InvalidReason } from '../../core/ports/samples';
import type { SignatureRow, ValuePlace } from '../../core/signature-row';
import { plainRequest } from '../plain-request';
import { stepsOf } from '../reading';
import type { DraftRequest } from './draft-request';

type Spoil = (draft: DraftRequest) => void;

/** Longer than any signature. */
const TOO_LONG = 'a'.repeat(5_000);
const NOT_ENCODED = '!!!!';

/**
 * What can be wrong with a signature that stands in its place already. A moment outside of its window and a signature by
 * another secret are none of these: such a request is signed so.
 */
export function spoilsOf(row: SignatureRow): ReadonlyMap<InvalidReason, Spoil> {
  const { signature, time } = row;
  const spoils = new Map<InvalidReason, Spoil>();
  const { from } = signature;
  const place: ValuePlace = 'headerPattern' in from ? { header: from.headerPattern.replace('*', '1') } : from;
  const isPrefixed = signature.prefix !== undefined || signature.parse === 'pairs';
  spoils.set('missing_signature', (draft) => {
    for (const one of [place, ...(signature.alternatives ?? [])]) write(draft, one, undefined);
  });
  spoils.set('malformed_signature', (draft) => write(draft, place, isPrefixed ? 'malformed' : TOO_LONG));
  if (signature.encoding !== 'text')
    spoils.set('bad_encoding', (draft) => write(draft, place, notEncoded(row, draft, place)));
  if ('header' in place)
    spoils.set('duplicate_header', (draft) => {
      const value = draft.get(place.header) ?? '';
      draft.set(place.header, value, value);
    });
  if (time === undefined) return spoils;
  spoils.set('missing_timestamp', (draft) => writeMoment(row, draft, time.from, undefined));
  spoils.set('malformed_timestamp', (draft) => writeMoment(row, draft, time.from, 'soon'));
  return spoils;
}

/** The signature's text, what is encoded in it replaced. */
function notEncoded({ signature }: SignatureRow, draft: DraftRequest, place: ValuePlace): string {
  const { parse, prefix = '', separator = ',', equals = '=', keys = [] } = signature;
  if (parse !== 'pairs') return prefix + NOT_ENCODED;
  return pairsOf(draft, place, separator)
    .map((pair) => {
      const [name = ''] = pair.split(equals, 1);
      return keys.includes(name) ? `${name}${equals}${prefix}${NOT_ENCODED}` : pair;
    })
    .join(separator);
}

function writeMoment(
  { signature }: SignatureRow,
  draft: DraftRequest,
  place: ValuePlace,
  text: string | undefined,
): void {
  if (!('pair' in place)) {
    write(draft, place, text);
    return;
  }
  const { from, separator = ',', equals = '=' } = signature;
  if (!('header' in from)) return;
  const start = `${place.pair}${equals}`;
  const others = pairsOf(draft, from, separator).filter((pair) => !pair.startsWith(start));
  draft.set(from.header, [...(text === undefined ? [] : [start + text]), ...others].join(separator));
}

function pairsOf(draft: DraftRequest, place: ValuePlace, separator: string): string[] {
  return 'header' in place ? (draft.get(place.header) ?? '').split(separator) : [];
}

/** Undefined takes it away. Signatures and moments stand in headers or in the JSON body. */
function write(draft: DraftRequest, place: ValuePlace, text: string | undefined): void {
  if ('header' in place) {
    if (text === undefined) draft.remove(place.header);
    else draft.set(place.header, text);
  } else if ('json' in place) {
    const root = plainRequest({ body: draft.body }).json();
    const steps = stepsOf(place.json);
    for (const owner of ownersOf(root, steps.slice(0, -1))) owner[steps.at(-1) ?? ''] = text;
    draft.body = Buffer.from(JSON.stringify(root));
  }
}

function ownersOf(root: unknown, steps: readonly string[]): Record<string, unknown>[] {
  let nodes: unknown[] = [root];
  for (const step of steps)
    nodes = nodes.flatMap((node) => {
      if (typeof node !== 'object' || node === null) return [];
      return step === '[*]' ? (Object.values(node) as unknown[]) : [(node as Record<string, unknown>)[step]];
    });
  return nodes.filter((node) => typeof node === 'object' && node !== null) as Record<string, unknown>[];
}
