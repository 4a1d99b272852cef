import type { SignatureRow, SignedPart, ValuePlace } from '../core/signature-row';
import { among, aText, count, flag, type Rule } from '../core/option-issues';
import { isRecord, shapeIssues, type Rules } from './shape-issues';

const PLACES = ['header', 'pair', 'json', 'form', 'query'];
const NAMED_PARTS = ['body', 'timestamp', 'method', 'url', 'target', 'key', 'bodySha256Hex', 'payload'];
const PUBLIC_KEYS = ['spki-base64', 'pem'];
const SHARED_KEYS = ['utf8', 'base64', 'hex'];
const KEY_ENCODINGS: Readonly<Record<SignatureRow['kind'], readonly string[]>> = {
  hmac: SHARED_KEYS,
  digest: SHARED_KEYS,
  token: ['utf8'],
  ed25519: ['ed25519-hex', 'ed25519-base64', ...PUBLIC_KEYS],
  ecdsa: PUBLIC_KEYS,
  rsa: PUBLIC_KEYS,
  special: [...SHARED_KEYS, ...PUBLIC_KEYS],
};
const DAY_S = 86_400;

const name: Rule = (value) =>
  typeof value === 'string' && /^[\w.:-]{1,64}$/.test(value)
    ? undefined
    : 'must be a name of letters, digits, ".", ":", "_" and "-"';
const filled: Rule = (value) => (typeof value === 'string' && value !== '' ? undefined : 'must be a text');
const seconds: Rule = (value) =>
  typeof value === 'number' && value >= 0 && value <= 7 * DAY_S
    ? undefined
    : 'must be seconds, from 0 to a week';
const listOf =
  (rule: Rule): Rule =>
  (value) =>
    Array.isArray(value) ? value.map(rule).find((issue) => issue !== undefined) : 'must be a list';
const place: Rule = (value) => {
  const [key, ...others] = isRecord(value) ? Object.keys(value).filter((each) => each !== 'signed') : [];
  return key !== undefined &&
    PLACES.includes(key) &&
    others.length === 0 &&
    filled((value as never)[key]) === undefined
    ? undefined
    : `must be a place: one of ${PLACES.map((each) => `{ ${each} }`).join(', ')}`;
};
const placeIn =
  (places: readonly string[]): Rule =>
  (value) =>
    place(value) ??
    (places.includes(placeKind(value as ValuePlace)) ? undefined : `must be in ${places.join(' or ')}`);
const source: Rule = (value) =>
  isRecord(value) && typeof value['headerPattern'] === 'string'
    ? /^[\w-]+\*$/.test(value['headerPattern'])
      ? undefined
      : 'must be a header name that ends in "*"'
    : placeIn(['header', 'json', 'query'])(value);
const part: Rule = (value) => {
  if (typeof value === 'string')
    return NAMED_PARTS.includes(value) ? undefined : `must name one of ${NAMED_PARTS.join(', ')}`;
  return isRecord(value) && 'literal' in value ? filled(value['literal']) : place(value);
};
const delivery: Rule = (value) =>
  place(value) ??
  (typeof (value as { signed?: unknown }).signed === 'boolean'
    ? undefined
    : 'must say signed: true or false');

const SIGNATURE: Rules = {
  from: [source, 'required'],
  alternatives: [listOf(placeIn(['header', 'json']))],
  parse: [among(['whole', 'pairs', 'list']), 'required'],
  groups: [among([' '])],
  separator: [among([',', ';', ' '])],
  equals: [among(['=', ':'])],
  keys: [listOf(filled)],
  prefix: [aText],
  encoding: [among(['hex', 'base64', 'base64url', 'text']), 'required'],
};
const KEY: Rules = { encoding: [filled, 'required'], strip: [filled] };
const TIME: Rules = {
  from: [place, 'required'],
  unit: [among(['s', 'ms', 'iso']), 'required'],
  past: [seconds, 'required'],
  future: [seconds, 'required'],
};
const ACK: Rules = {
  status: [among([200, 202, 204])],
  type: [aText],
  body: [aText],
  deadlineMs: [count, 'required'],
};
const anything: Rule = () => undefined;
const ROW: Rules = {
  id: [name, 'required'],
  title: [filled, 'required'],
  kind: [among(Object.keys(KEY_ENCODINGS)), 'required'],
  hash: [among(['sha1', 'sha256', 'sha384', 'sha512'])],
  dsa: [among(['der', 'ieee-p1363'])],
  signature: [anything, 'required'],
  key: [anything, 'required'],
  weaker: [anything],
  signed: [listOf(part), 'required'],
  over: [among(['wire', 'decoded'])],
  url: [among(['registered', 'registered+hubspot-decode'])],
  time: [anything],
  delivery: [listOf(delivery), 'required'],
  event: [listOf(place), 'required'],
  dedupeWindowMs: [count],
  handshake: [name],
  ack: [anything],
  bodyUnsigned: [flag],
  notes: [listOf(aText)],
  source: [aText],
};

/** Everything that is wrong with a row, an author's own above all, each in words; empty when it can be compiled. */
export function rowIssues(row: unknown): string[] {
  if (!isRecord(row)) return ['must be an object'];
  const { signature, key, time, ack, weaker } = row;
  const issues = [
    ...shapeIssues(row, ROW, ''),
    ...(signature === undefined ? [] : shapeIssues(signature, SIGNATURE, 'signature')),
    ...(key === undefined ? [] : shapeIssues(key, KEY, 'key')),
    ...(time === undefined ? [] : shapeIssues(time, TIME, 'time')),
    ...(ack === undefined ? [] : shapeIssues(ack, ACK, 'ack')),
    ...(weaker === undefined ? [] : weakerIssues(weaker)),
  ];
  // What fits together is judged once each member is what it should be.
  return issues.length > 0 ? issues : contradictions(row as unknown as SignatureRow);
}

/** One step down only: a row may hold itself. */
function weakerIssues(weaker: unknown): string[] {
  if (isRecord(weaker) && weaker['weaker'] !== undefined) return ['weaker cannot have a weaker row itself'];
  return rowIssues(weaker).map((issue) => `weaker: ${issue}`);
}

function contradictions(row: SignatureRow): string[] {
  const { kind, signature, key, signed, time, weaker } = row;
  const isToken = kind === 'token';
  const pairs = [...signed, ...(time === undefined ? [] : [time.from]), ...row.delivery, ...row.event].some(
    (each) => typeof each === 'object' && 'pair' in each,
  );
  const said: readonly (readonly [boolean, string])[] = [
    [
      !KEY_ENCODINGS[kind].includes(key.encoding),
      `key.encoding must be one of ${KEY_ENCODINGS[kind].join(', ')} for ${kind}`,
    ],
    [
      kind !== 'special' && 'query' in signature.from,
      'signature.from must be in header or json: an address ends up in logs',
    ],
    [signature.encoding === 'text' && !isToken, 'signature.encoding "text" is for tokens only'],
    [
      signature.parse === 'pairs' && (signature.keys ?? []).length === 0,
      'signature.keys must name the pairs that hold signatures',
    ],
    [
      signature.groups !== undefined && signature.parse !== 'pairs',
      'signature.groups is for parse: "pairs" only',
    ],
    [pairs && signature.parse !== 'pairs', 'a { pair } is read although signature.parse is not "pairs"'],
    [
      isToken === signed.length > 0 && kind !== 'special',
      isToken ? 'signed must be empty: a token signs nothing' : 'signed must name what is signed',
    ],
    [isToken && time !== undefined, 'time is of no use: a token signs no moment'],
    [
      (kind === 'digest') !== signed.includes('key') && kind !== 'special',
      'signed must have "key" for a digest, and for a digest only',
    ],
    [
      signed.includes('timestamp') && time === undefined,
      'signed has "timestamp" but time does not say where it is',
    ],
    [
      time !== undefined && !isToken && kind !== 'special' && !covers(row, time.from),
      'time.from is not among what is signed, so anybody can write it',
    ],
    [
      !isToken && kind !== 'special' && signed.length > 0 && row.bodyUnsigned !== true && !signsBody(row),
      'signed leaves the body out; if that is so, say bodyUnsigned: true',
    ],
    [
      weaker !== undefined && key.strip === undefined,
      'weaker needs key.strip, which tells the stronger secrets',
    ],
  ];
  const forged =
    isToken || kind === 'special' ? [] : row.delivery.filter((each) => each.signed && !covers(row, each));
  return [
    ...said.flatMap(([isSo, issue]) => (isSo ? [issue] : [])),
    ...forged.map(
      (each) => `delivery { ${placeKind(each)} } says signed: true but is not among what is signed`,
    ),
  ];
}

const signsBody = ({ signed }: SignatureRow) =>
  signed.some((each) => each === 'body' || each === 'bodySha256Hex' || each === 'payload');

/** Whether nobody but the sender can write what stands at `where`. */
function covers(row: SignatureRow, where: ValuePlace): boolean {
  if ('json' in where && signsBody(row)) return true;
  if ('form' in where && row.signed.includes('body')) return true;
  if ('query' in where && (row.signed.includes('url') || row.signed.includes('target'))) return true;
  if (row.time !== undefined && row.signed.includes('timestamp') && isSame(row.time.from, where)) return true;
  return row.signed.some((each) => isPlace(each) && isSame(each, where));
}

const isPlace = (each: SignedPart): each is ValuePlace => typeof each === 'object' && !('literal' in each);
const placeKind = (where: ValuePlace) => PLACES.find((kind) => kind in where) ?? '';
const textOf = (where: ValuePlace) => String((where as unknown as Record<string, unknown>)[placeKind(where)]);

function isSame(one: ValuePlace, other: ValuePlace): boolean {
  const [kind, otherKind] = [placeKind(one), placeKind(other)];
  if (kind !== otherKind) return false;
  return kind === 'header'
    ? textOf(one).toLowerCase() === textOf(other).toLowerCase()
    : textOf(one) === textOf(other);
}
