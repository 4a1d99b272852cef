import type {
  HashName,
  SignatureEncoding,
  SignatureForm,
  SignatureRow,
  ValuePlace,
} from '../../core/signature-row';

/** What a row says besides how it signs. */
export type Facts = Partial<Omit<SignatureRow, 'id' | 'title' | 'kind'>>;

export const header = (name: string): ValuePlace => ({ header: name });
export const json = (path: string): ValuePlace => ({ json: path });
export const form = (name: string): ValuePlace => ({ form: name });
/** Ids inside and outside of what is signed. */
export const signed = (place: ValuePlace) => ({ ...place, signed: true });
export const unsigned = (place: ValuePlace) => ({ ...place, signed: false });

export const DAY_MS = 86_400_000;
/** What a page of the sender's did not tell. */
export const unconfirmed = (what: string) => `Not confirmed by the sender's own pages: ${what}.`;

interface Mac {
  readonly header: string;
  readonly prefix?: string;
  readonly encoding?: SignatureEncoding;
  readonly hash?: HashName;
}

/** An HMAC over the body alone, bare or prefixed in one header. */
export function bodyMac(id: string, title: string, mac: Mac, facts: Facts = {}): SignatureRow {
  return {
    id,
    title,
    kind: 'hmac',
    ...(mac.hash === undefined ? {} : { hash: mac.hash }),
    signature: whole(mac),
    key: { encoding: 'utf8' },
    signed: ['body'],
    delivery: [],
    event: [],
    ...facts,
  };
}

interface TimedMac extends Mac {
  /** Header of the moment. */
  readonly moment: string;
  readonly unit?: 's' | 'ms' | 'iso';
  /** Before the moment and between it and the body. */
  readonly start?: string;
  readonly between: string;
  /** Seconds, both ways unless `future` is given. */
  readonly past?: number;
  readonly future?: number;
}

/** An HMAC over a moment from a header of its own, and the body. */
export function timedMac(id: string, title: string, mac: TimedMac, facts: Facts = {}): SignatureRow {
  const { start, between, unit = 's', past = 300 } = mac;
  return {
    ...bodyMac(id, title, mac),
    signed: [...literal(start), 'timestamp', ...literal(between), 'body'],
    time: { from: header(mac.moment), unit, past, future: mac.future ?? past },
    ...facts,
  };
}

interface PairsMac {
  readonly header: string;
  /** Name of the moment's pair. Default `t`. */
  readonly moment?: string;
  /** Names of the signatures' pairs. Default `v1`. */
  readonly keys?: readonly string[];
  readonly encoding?: SignatureEncoding;
  readonly separator?: ',' | ';';
  readonly between?: string;
  readonly unit?: 's' | 'ms';
  readonly past?: number;
}

/** An HMAC as a pair next to the moment it signs: `t=1700000000,v1=ab`. */
export function pairsMac(id: string, title: string, mac: PairsMac, facts: Facts = {}): SignatureRow {
  const { moment = 't', keys = ['v1'], encoding = 'hex', unit = 's', past = 300, between = '.' } = mac;
  const separator = mac.separator === undefined ? {} : { separator: mac.separator };
  return {
    ...bodyMac(id, title, mac),
    signature: { from: header(mac.header), parse: 'pairs', keys, encoding, ...separator },
    signed: ['timestamp', ...literal(between), 'body'],
    time: { from: { pair: moment }, unit, past, future: past },
    ...facts,
  };
}

/** The secret itself, in a header. */
export function token(
  id: string,
  title: string,
  place: ValuePlace,
  facts: Facts = {},
  prefix?: string,
): SignatureRow {
  return {
    id,
    title,
    kind: 'token',
    signature: { from: place, parse: 'whole', encoding: 'text', ...(prefix === undefined ? {} : { prefix }) },
    key: { encoding: 'utf8' },
    signed: [],
    delivery: [],
    event: [],
    ...facts,
  };
}

/** RFC 7617: the secret is `user:password`. */
export function basic(id: string, title: string, facts: Facts = {}): SignatureRow {
  return {
    ...token(id, title, header('Authorization')),
    signature: { from: header('Authorization'), parse: 'whole', prefix: 'Basic ', encoding: 'base64' },
    ...facts,
  };
}

const whole = ({ header: name, prefix, encoding = 'hex' }: Mac): SignatureForm => ({
  from: header(name),
  parse: 'whole',
  encoding,
  ...(prefix === undefined ? {} : { prefix }),
});
const literal = (text: string | undefined) => (text === undefined || text === '' ? [] : [{ literal: text }]);
