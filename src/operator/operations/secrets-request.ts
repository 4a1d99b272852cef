import { HostError } from '../../core/errors';
import type { BodyReading } from '../operation';
import type { SecretChange } from '../secrets-desk';

/** Of an overlap: a year. */
export const LONGEST_OVERLAP_MS = 31_536_000_000;
const NO_JSON = 'the body is a JSON object, sent as application/json';

/** A value is 16 KiB at most, in JSON perhaps six times that. The parser's own messages quote the body, and with it the secret. */
export const reads: BodyReading = {
  limitBytes: 131_072,
  refuse: (why) => new HostError('secrets/bad-request', [why]),
};

/** As it is answered: with its value only where that is to be told. */
export function shown({ generated, ...change }: SecretChange) {
  return generated === undefined ? change : { ...change, value: generated.reveal() };
}

/** @throws secrets/bad-request, without naming what was given: a value that ended up as a name must not come back */
export function fieldsOf(body: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return refuse(NO_JSON);
  if (Object.keys(body).some((name) => !known.includes(name)))
    return refuse(`the body knows ${known.join(', ') || 'nothing'}, and no other member`);
  return body as Readonly<Record<string, unknown>>;
}

/** @throws secrets/bad-request */
export function userIn(user: unknown): string | undefined {
  return user === undefined || typeof user === 'string' ? user : refuse('user is one id');
}

/** @throws secrets/bad-request */
export function valueIn(value: unknown): string {
  return typeof value === 'string' ? value : refuse('value is a text');
}

/** @throws secrets/bad-request */
export function overlapIn(given: unknown): number {
  const isRight = Number.isSafeInteger(given) && Number(given) >= 0 && Number(given) <= LONGEST_OVERLAP_MS;
  return isRight ? Number(given) : refuse(`overlapMs is a whole number from 0 to ${LONGEST_OVERLAP_MS}`);
}

/** @throws secrets/bad-request */
export function refuse(why: string): never {
  throw new HostError('secrets/bad-request', [why]);
}
