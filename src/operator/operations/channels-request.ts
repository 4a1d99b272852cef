import { HostError } from '../../core/errors';
import type { ChannelChange } from '../../core/ports/channels-desk';
import { Secret } from '../../core/secret';
import { rate } from '../../core/settings-gate-kinds';
import type { BodyReading } from '../operation';

const NO_JSON = 'the body is a JSON object, sent as application/json';

/** A text of 256 KiB, however it is escaped. The parser's own messages quote the body, and with it the credential. */
export const reads: BodyReading = {
  limitBytes: 2 * 1024 ** 2,
  refuse: (why) => new HostError('channel/bad-request', [why]),
};

/** What a channel is to be. @throws channel/bad-request */
export function changeIn(body: unknown): ChannelChange {
  const { credential, options, agent, ...given } = fieldsOf(body, ['credential', 'options', 'rate', 'agent']);
  if (credential !== undefined && typeof credential !== 'string') refuse('credential is a text');
  if (agent !== undefined && typeof agent !== 'boolean') refuse('agent is true or false');
  const most = given['rate'] === undefined ? undefined : rate.parse(given['rate'], '');
  if (given['rate'] !== undefined && (most === undefined || most === 'off'))
    refuse('rate is messages in a time, such as 30/1m');
  return {
    ...(typeof credential === 'string' && { credential: new Secret(credential) }),
    ...(options !== undefined && { options: textsIn(options) }),
    ...(most !== undefined && most !== 'off' && { rate: most }),
    ...(agent === true && { agent }),
  };
}

/** What is to be said. @throws channel/bad-request */
export function textIn(body: unknown): string {
  const { text } = fieldsOf(body, ['text']);
  return typeof text === 'string' && text !== '' ? text : refuse('text is a text');
}

/** Of a history. @throws channel/bad-request */
export function pageIn(query: Readonly<Record<string, unknown>>) {
  const limit = query['limit'] === undefined ? undefined : Number(query['limit']);
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
    refuse('limit is a whole number above 0');
  return { limit, before: optional('before', query['before']) };
}

/** @throws channel/bad-request */
export function optional(name: string, given: unknown): string | undefined {
  if (given === undefined || typeof given === 'string') return given;
  return refuse(`${name} is given once`);
}

function fieldsOf(body: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return refuse(NO_JSON);
  // Not named: a credential that ended up as a name must not come back.
  if (Object.keys(body).some((name) => !known.includes(name)))
    return refuse(`the body knows ${known.join(', ')}, and no other member`);
  return body as Readonly<Record<string, unknown>>;
}

function textsIn(options: unknown): Readonly<Record<string, string>> {
  const isRight =
    typeof options === 'object' &&
    options !== null &&
    Object.values(options).every((value) => typeof value === 'string');
  return isRight ? (options as Record<string, string>) : refuse('options is an object of texts');
}

function refuse(why: string): never {
  throw new HostError('channel/bad-request', [why]);
}
