import { createHash, timingSafeEqual } from 'node:crypto';
import type { LiveSecret } from '../../core/ports/secrets';
import type { Reply } from '../../core/reply';
import type { RefusalReason, RowVerdict, SignedRequest } from '../../core/signed-request';
import { MOST_SECRETS } from '../compile-row';

export type Expectations = Readonly<Record<string, string>>;

type Accepted = Extract<RowVerdict, { ok: true }> & {
  /** What was sealed in the body, opened: the handler gets this for its body. */
  readonly plain?: Buffer;
  /** What the sender demands to be answered, in place of 202. */
  readonly answer?: Reply;
};
export type SpecialVerdict = Accepted | Extract<RowVerdict, { ok: false }>;

/** One thing that an `expect` of an endpoint says, e.g. `topicArn`. */
export interface Expectation {
  readonly name: string;
  readonly required: boolean;
  /** For people. */
  readonly meaning: string;
}

/** A sender whose proof no row can say. What else is known of it stands in its row, under the same id. */
export interface SpecialScheme {
  readonly id: string;
  /** What the secret is, for people; undefined: there is none, the sender's own public key verifies. */
  readonly secret: string | undefined;
  readonly expects: readonly Expectation[];
  /**
   * Judges a request at `at` (epoch ms). Refuses with `no_secret` where a secret or a required expectation is missing.
   * Never throws and never rejects. Synchronous where nothing has to be fetched.
   */
  verify(
    request: SignedRequest,
    secrets: readonly LiveSecret[],
    at: number,
    expect: Expectations,
  ): SpecialVerdict | Promise<SpecialVerdict>;
}

export interface Asked {
  readonly request: SignedRequest;
  /** At least one where the scheme has secrets; none is empty. */
  readonly secrets: readonly LiveSecret[];
  readonly at: number;
  /** Has whatever the scheme requires. */
  readonly expect: Expectations;
}

/** Ends a judgement; `specialScheme` makes it the verdict. */
export class Refusal {
  readonly reason: RefusalReason;
  constructor(reason: RefusalReason) {
    this.reason = reason;
  }
}

/** A scheme from its facts and its judgement, which may throw a `Refusal`; whatever else it throws refuses as well. */
export function specialScheme(
  facts: Omit<SpecialScheme, 'verify'>,
  judge: (asked: Asked) => Accepted | Promise<Accepted>,
): SpecialScheme {
  const needed = facts.expects.filter(({ required }) => required);
  return {
    ...facts,
    verify: (request, secrets, at, expect) => {
      const live = secrets.filter(({ value }) => value !== '').slice(0, MOST_SECRETS);
      if (facts.secret !== undefined && live.length === 0) return refused('no_secret');
      if (needed.some(({ name }) => !expect[name])) return refused('no_secret');
      try {
        const verdict = judge({ request, secrets: live, at, expect });
        return 'ok' in verdict ? verdict : verdict.catch(toVerdict);
      } catch (thrown) {
        return toVerdict(thrown);
      }
    },
  };
}

function toVerdict(thrown: unknown): SpecialVerdict {
  return refused(thrown instanceof Refusal ? thrown.reason : 'bad_signature');
}

function refused(reason: RefusalReason): SpecialVerdict {
  return { ok: false, reason };
}

/** The one value of a header that must be there. @throws Refusal */
export function headerOf(request: SignedRequest, name: string): string {
  const value = optionalHeader(request, name);
  if (value === undefined || value === '') throw new Refusal('missing_signature');
  return value;
}

/** The one value of a header, if it is there. @throws Refusal when it is there twice */
export function optionalHeader({ rawHeaders }: SignedRequest, name: string): string | undefined {
  let found: string | undefined;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== name) continue;
    if (found !== undefined) throw new Refusal('duplicate_header');
    found = rawHeaders[index + 1];
  }
  return found;
}

/** The one value of a query parameter, if it is there. @throws Refusal when it is there twice */
export function queryValue({ query }: SignedRequest, name: string): string | undefined {
  const value = Object.hasOwn(query, name) ? query[name] : undefined;
  if (value !== undefined && typeof value !== 'string') throw new Refusal('duplicate_header');
  return value;
}

/** A member of an object; undefined for everything else. */
export function member(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return undefined;
    current = (current as Record<string, unknown>)[name];
  }
  return current;
}

/** As `member`, texts only, and no empty one. */
export function textMember(value: unknown, ...path: readonly string[]): string | undefined {
  const found = member(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** Equal, in a time that tells nothing of either. */
export function isSameText(one: string, other: string): boolean {
  return timingSafeEqual(hashOf(one), hashOf(other));
}

/** The bytes of strict base64 of exactly `length` bytes, where that is given. @throws Refusal */
export function strictBase64(text: string, length?: number): Buffer {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) throw new Refusal('bad_encoding');
  const bytes = Buffer.from(text, 'base64');
  if (length !== undefined && bytes.length !== length) throw new Refusal('bad_encoding');
  return bytes;
}

/** What was signed, as a dedupe key that nobody can choose. */
export function digestKey(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('base64url');
}

/** Epoch ms, by the unit of decimal digits as they came. @throws Refusal unless within the window (ms, both positive) */
export function checkFresh(moment: number, at: number, window: { pastMs: number; futureMs: number }): void {
  if (!Number.isFinite(moment)) throw new Refusal('malformed_timestamp');
  if (at - moment > window.pastMs) throw new Refusal('timestamp_too_old');
  if (moment - at > window.futureMs) throw new Refusal('timestamp_too_new');
}

/** @throws Refusal unless 1 to 16 digits */
export function digits(text: string | undefined): number {
  if (text === undefined || text === '') throw new Refusal('missing_timestamp');
  if (!/^\d{1,16}$/.test(text)) throw new Refusal('malformed_timestamp');
  return Number(text);
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** Epoch ms of a moment in UTC (RFC 3339). @throws Refusal */
export function isoMoment(text: string | undefined): number {
  if (text === undefined) throw new Refusal('missing_timestamp');
  if (!ISO.test(text)) throw new Refusal('malformed_timestamp');
  return Date.parse(text);
}

const hashOf = (text: string) => createHash('sha256').update(text).digest();
