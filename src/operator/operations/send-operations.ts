import { z } from 'zod';
import { HostError } from '../../core/errors';
import { INVALID_REASONS, type InvalidReason } from '../../core/ports/samples';
import type { Operation } from '../operation';
import type { Delivered, WantedDelivery } from '../send-desk';
import { text } from './described';

/** Of a body of 5 MiB, in base64. */
const LARGEST_BODY_BYTES = 7 * 1024 ** 2;
const KNOWN = ['sender', 'event', 'to', 'invalid', 'bodyBase64', 'headers', 'secretName', 'isPublic'];
const NO_JSON = 'the question is a JSON object, sent as application/json';

const pairs = z.array(z.array(text)).describe('Names and values.');
const delivered = z.looseObject({
  plugin: text,
  endpoint: text,
  access: text,
  request: z.looseObject({ method: text, url: text, headers: pairs, body: text }),
  answer: z.looseObject({ status: z.number(), headers: pairs, body: text }),
  isAsExpected: z.boolean(),
  why: text.optional().describe('Why nothing can be verified there.'),
});

/** Signed test events for endpoints of this host. */
export const sendOperations: readonly Operation[] = [
  {
    ...{ id: 'send.samples', method: 'GET', path: '/send', scope: 'read' },
    summary: 'Samples that can be sent',
    answer: z.looseObject({
      samples: z.array(z.looseObject({ sender: text, title: text, events: z.array(text) })),
      addresses: z.array(text).describe('What begins the addresses of the host.'),
    }),
    run: async ({ operator: { sending } }) => ({
      samples: await sending.list(),
      addresses: await sending.addresses(),
    }),
  },
  {
    ...{ id: 'send.sample', method: 'GET', path: '/send/samples/:sender', scope: 'read' },
    summary: 'A sample as it is kept, unsigned',
    query: z.object({ event: text.optional().describe('The first one where it is left out.') }),
    answer: z.looseObject({ headers: z.record(text, text), body: text }),
    run: async ({ operator, params, query }) =>
      operator.sending.sample(params['sender'] ?? '', textIn(query, 'event')),
  },
  {
    ...{ id: 'send.deliver', method: 'POST', path: '/send', scope: 'replay' },
    summary: 'Send a signed sample to an endpoint, and tell what came back',
    body: z.object({
      sender: text,
      to: text.describe('<plugin>/<path>, or an address of the host beginning with /.'),
      event: text.optional(),
      invalid: z.enum(INVALID_REASONS).optional().describe('What the request lacks, on purpose.'),
      bodyBase64: text.optional(),
      headers: z.record(text, text).optional(),
      secretName: text
        .optional()
        .describe('Which secret of the plugin signs; one the endpoint does not verify with takes `secrets`.'),
      isPublic: z.boolean().optional().describe('Through the public address.'),
    }),
    reads: { limitBytes: LARGEST_BODY_BYTES, noJson: NO_JSON, refuse: badRequest },
    answer: delivered,
    audit: {
      subject: ({ body }) => withoutQuery(wantedIn(body).to),
      after: ({ body }, answered) => {
        const { sender, event, invalid } = wantedIn(body);
        return { sender, event, invalid, status: (answered as Delivered | undefined)?.answer.status };
      },
    },
    run: async ({ operator, body, caller }) => operator.sending.send(wantedIn(body), caller),
  },
];

/** A query may hold a token. */
const withoutQuery = (address: string) => address.split('?', 1)[0] ?? '';

function wantedIn(body: unknown): WantedDelivery {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badRequest(NO_JSON);
  const given = body as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw badRequest(`the question knows ${KNOWN.join(', ')}, and no other member`);
  const { sender, to, isPublic, bodyBase64 } = given;
  if (typeof sender !== 'string' || typeof to !== 'string') throw badRequest('sender and to are texts');
  if (isPublic !== undefined && typeof isPublic !== 'boolean') throw badRequest('isPublic is true or false');
  if (bodyBase64 !== undefined && typeof bodyBase64 !== 'string') throw badRequest('bodyBase64 is a text');
  return {
    ...{ sender, to, isPublic },
    event: textIn(given, 'event'),
    secretName: textIn(given, 'secretName'),
    invalid: reasonIn(given['invalid']),
    headers: headersIn(given['headers']),
    body: bodyBase64 === undefined ? undefined : Buffer.from(bodyBase64, 'base64'),
  };
}

function textIn(given: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = given[name];
  if (value === undefined || typeof value === 'string') return value;
  throw badRequest(`${name} is a text`);
}

function reasonIn(given: unknown): InvalidReason | undefined {
  if (given === undefined) return undefined;
  const reason = INVALID_REASONS.find((known) => known === given);
  if (reason === undefined) throw badRequest(`invalid is one of ${INVALID_REASONS.join(', ')}`);
  return reason;
}

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]{0,8000}$/;

function headersIn(given: unknown): Readonly<Record<string, string>> | undefined {
  if (given === undefined) return undefined;
  const pairs =
    typeof given === 'object' && given !== null ? Object.entries(given) : [['', undefined] as const];
  const isRight = ([name, value]: readonly [string, unknown]) =>
    HEADER_NAME.test(name) && typeof value === 'string' && HEADER_VALUE.test(value);
  if (!pairs.every(isRight)) throw badRequest('headers is an object of names and values as HTTP knows them');
  return Object.fromEntries(pairs) as Record<string, string>;
}

function badRequest(why: string): HostError {
  return new HostError('samples/bad-request', [why]);
}
