import { HostError } from '../core/errors';
import type { LiveSecret } from '../core/ports/secrets';
import type { SignatureRow, ValuePlace } from '../core/signature-row';
import type { RefusalReason, RowVerdict, SignedRequest } from '../core/signed-request';
import { deliveryReader } from './delivery-key';
import { namedHeaders } from './named-headers';
import { proofOf, signatureDecoder } from './proof';
import { everyItem, placeReader, type PlaceReader, type Reading } from './reading';
import { rowIssues } from './row-issues';
import { isRecord } from './shape-issues';
import { parseSignature, type SignatureGroup } from './signature-text';
import { bodySigned, messageReader, type Chunk } from './signed-message';
import { timestampIssue } from './timestamp';
import { keyMaker, type VerifyingKey } from './verifying-key';

/**
 * Judges one request by one kind of sender at `at` (epoch ms). Synchronous, and never throws. An empty secret is none;
 * of all others each is tried with each signature, at most 64 × 8.
 */
export type CompiledRow = (request: SignedRequest, secrets: readonly LiveSecret[], at: number) => RowVerdict;

/** Eight names that an access may list, with eight live values each. */
export const MOST_SECRETS = 64;

interface UsableSecret {
  readonly id: string;
  readonly key: VerifyingKey;
}

/** @throws signatures/invalid-row listing every issue; rows of kind `special` are verified by code of their own */
export function compileRow(row: SignatureRow): CompiledRow {
  refuse(row);
  const judge = judgeOf(row);
  const weaker = row.weaker === undefined ? undefined : compileRow(row.weaker);
  const strip = row.key.strip ?? '';
  const keyed = keyMaker(row);
  return (request, secrets, at) => {
    const given = secrets.filter(({ value }) => value !== '');
    const strong = given.filter(({ value }) => value.startsWith(strip));
    if (weaker !== undefined && strong.length === 0) return weaker(request, given, at);
    const usable = usableOf(weaker === undefined ? given : strong, keyed);
    if (usable.length === 0) return refused('no_secret');
    try {
      return judge(request, usable, at);
    } catch {
      // Only the getters of the request can throw: a body whose content encoding cannot be undone.
      return refused('bad_encoding');
    }
  };
}

function refuse(row: SignatureRow): void {
  const issues = rowIssues(row);
  if (issues.length === 0 && row.kind === 'special')
    issues.push('kind: "special" is verified by code of its own, not by its row');
  if (issues.length === 0) return;
  const name = isRecord(row) ? `The signature row "${String(row.id)}"` : 'The signature row';
  throw new HostError('signatures/invalid-row', [name, issues.map((issue) => `  - ${issue}`).join('\n')]);
}

function usableOf(
  secrets: readonly LiveSecret[],
  keyed: (secret: string) => VerifyingKey | undefined,
): UsableSecret[] {
  const usable: UsableSecret[] = [];
  for (const { id, value } of secrets) {
    const key = keyed(value);
    if (key !== undefined && usable.length < MOST_SECRETS) usable.push({ id, key });
  }
  return usable;
}

type Judge = (request: SignedRequest, secrets: readonly UsableSecret[], at: number) => RowVerdict;

function judgeOf(row: SignatureRow): Judge {
  const headers = namedHeaders(headerNames(row), patternOf(row));
  const signatures = signatureReader(row);
  const timestamp = row.time === undefined ? undefined : placeReader(row.time.from);
  const message = messageReader(row);
  const decode = signatureDecoder(row);
  const prove = proofOf(row);
  const accept = accepter(row);
  return (request, secrets, at) => {
    const named = headers.read(request.rawHeaders);
    if (named === undefined) return refused('duplicate_header');
    const reading: Reading = { request, headers: named, pairs: undefined, timestamp: undefined };
    const groups = signatures(reading);
    if (typeof groups === 'string') return refused(groups);
    const keys = secrets.map(({ key }) => key);
    let reason: RefusalReason = 'bad_signature';
    for (const group of groups) {
      reading.pairs = group.pairs;
      reading.timestamp = timestamp?.(reading)[0];
      const stale = row.time === undefined ? undefined : timestampIssue(reading.timestamp, row.time, at);
      if (stale !== undefined) {
        reason = stale;
        continue;
      }
      const candidates = decode(group.encoded);
      if (candidates.length === 0) {
        reason = 'bad_encoding';
        continue;
      }
      const chunks = message(reading);
      if (typeof chunks === 'string') {
        reason = chunks;
        continue;
      }
      const secret = secrets[prove(chunks, candidates, keys)];
      if (secret !== undefined) return accept(reading, secret.id, chunks);
      reason = 'bad_signature';
    }
    return refused(reason);
  };
}

/** The signatures of a request in groups, or why there are none to try. */
function signatureReader(row: SignatureRow): (reading: Reading) => readonly SignatureGroup[] | RefusalReason {
  const { from, alternatives = [] } = row.signature;
  const isToken = row.kind === 'token';
  const single = new Set(pairNames(row));
  const readers = 'headerPattern' in from ? [] : [from, ...alternatives].map(placeReader);
  const everyPath = isToken && 'json' in from ? from.json : undefined;
  return (reading) => {
    const found =
      'headerPattern' in from ? numbered(reading.headers, from.headerPattern) : firstOf(readers, reading);
    const [text, ...others] = found.filter((value) => value !== '');
    if (text === undefined) return 'missing_signature';
    if (everyPath !== undefined) {
      // One token per item of a batch: an item without it, or with another one, was slipped in.
      if (!everyItem(everyPath, reading)) return 'missing_signature';
      if (others.some((value) => value !== text) || found.includes('')) return 'bad_signature';
      return parseSignature(text, row.signature, single, true);
    }
    const groups: SignatureGroup[] = [];
    for (const value of [text, ...others]) {
      const parsed = parseSignature(value, row.signature, single, isToken);
      if (typeof parsed === 'string') return parsed;
      groups.push(...parsed);
    }
    return groups;
  };
}

/** What stands at the first place where there is anything. */
function firstOf(readers: readonly PlaceReader[], reading: Reading): readonly string[] {
  for (const read of readers) {
    const values = read(reading);
    if (values.length > 0) return values;
  }
  return [];
}

function numbered(headers: ReadonlyMap<string, string>, pattern: string): string[] {
  const start = pattern.slice(0, -1).toLowerCase();
  return [...headers].flatMap(([name, value]) => (name.startsWith(start) ? [value] : [])).slice(0, 8);
}

function accepter(
  row: SignatureRow,
): (reading: Reading, secretId: string, chunks: readonly Chunk[]) => RowVerdict {
  const events = row.event.map(placeReader);
  const delivery = deliveryReader(row);
  return (reading, secretId, chunks) => ({
    ok: true,
    scheme: row.id,
    secretId,
    bodySigned: bodySigned(row, reading.request),
    event: firstOf(events, reading)[0],
    ...delivery(reading, chunks),
  });
}

function placesOf(row: SignatureRow): ValuePlace[] {
  const { from, alternatives = [] } = row.signature;
  return [
    ...('headerPattern' in from ? [] : [from]),
    ...alternatives,
    ...(row.time === undefined ? [] : [row.time.from]),
    ...row.signed.flatMap((part) => (typeof part === 'string' || 'literal' in part ? [] : [part])),
    ...row.delivery,
    ...row.event,
  ];
}

const headerNames = (row: SignatureRow) =>
  placesOf(row).flatMap((place) => ('header' in place ? [place.header] : []));
const pairNames = (row: SignatureRow) =>
  placesOf(row).flatMap((place) => ('pair' in place ? [place.pair] : []));
const patternOf = ({ signature: { from } }: SignatureRow) =>
  'headerPattern' in from ? [from.headerPattern] : [];

function refused(reason: RefusalReason): RowVerdict {
  return { ok: false, reason };
}
