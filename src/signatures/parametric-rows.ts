import { HostError } from '../core/errors';
import { among, count, type Rule } from '../core/option-issues';
import type { HashName, SignatureRow } from '../core/signature-row';
import { bodyMac, timedMac, token } from './rows/shorthand';
import { isRecord, shapeIssues, type Rules } from './shape-issues';

/** A sender of one's own that signs with an HMAC. */
export interface HmacOptions {
  /** Header of the signature. */
  readonly header: string;
  /** Before the signature, e.g. `sha256=`. */
  readonly prefix?: string;
  /** Default `hex`. */
  readonly encoding?: 'hex' | 'base64' | 'base64url';
  /** Default `sha256`. */
  readonly hash?: HashName;
  /**
   * A header whose moment is signed before the body: `<moment><separator><body>`. Requests older or newer than
   * `windowSeconds` are refused. Defaults: seconds, `.`, 300.
   */
  readonly timestamp?:
    | string
    | {
        readonly header: string;
        readonly unit?: 's' | 'ms' | 'iso';
        readonly separator?: string;
        readonly windowSeconds?: number;
      };
}

export interface SharedSecretOptions {
  /** Header that holds the secret itself. */
  readonly header: string;
}

/** RFC 9110 §5.1. */
const headerName: Rule = (value) =>
  typeof value === 'string' && /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(value)
    ? undefined
    : 'must be the name of a header';
const printable: Rule = (value) =>
  typeof value === 'string' && /^[\x20-\x7e]{0,64}$/.test(value) ? undefined : 'must be printable ASCII';
const MOMENT: Rules = {
  header: [headerName, 'required'],
  unit: [among(['s', 'ms', 'iso'])],
  separator: [printable],
  windowSeconds: [count],
};
const HMAC: Rules = {
  header: [headerName, 'required'],
  prefix: [printable],
  encoding: [among(['hex', 'base64', 'base64url'])],
  hash: [among(['sha1', 'sha256', 'sha384', 'sha512'])],
  timestamp: [(value) => (typeof value === 'string' ? headerName(value) : undefined)],
};
const SHARED_SECRET: Rules = { header: [headerName, 'required'] };

/** An HMAC over the body, or over a moment and the body. @throws signatures/invalid-row listing every issue */
export function hmac(options: HmacOptions): SignatureRow {
  const given = isRecord(options) ? options.timestamp : undefined;
  refuse('hmac(…)', [
    ...shapeIssues(options, HMAC, ''),
    ...(given === undefined || typeof given === 'string' ? [] : shapeIssues(given, MOMENT, 'timestamp')),
  ]);
  const { timestamp: moment, ...mac } = options;
  const id = `hmac:${slug(mac.header)}`;
  const title = `HMAC in ${mac.header}`;
  if (moment === undefined) return bodyMac(id, title, mac);
  const {
    header,
    unit = 's',
    separator = '.',
    windowSeconds = 300,
  } = typeof moment === 'string' ? { header: moment } : moment;
  return timedMac(id, title, { ...mac, moment: header, unit, between: separator, past: windowSeconds });
}

/** The secret itself in a header. @throws signatures/invalid-row listing every issue */
export function sharedSecret(options: SharedSecretOptions): SignatureRow {
  refuse('sharedSecret(…)', shapeIssues(options, SHARED_SECRET, ''));
  return token(`secret:${slug(options.header)}`, `Shared secret in ${options.header}`, {
    header: options.header,
  });
}

function refuse(where: string, issues: readonly string[]): void {
  if (issues.length === 0) return;
  throw new HostError('signatures/invalid-row', [where, issues.map((issue) => `  - ${issue}`).join('\n')]);
}

/** What of a header's name may stand in an id. */
const slug = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^\w.-]/g, '-')
    .slice(0, 48);
