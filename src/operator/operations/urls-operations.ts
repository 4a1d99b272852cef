import { z } from 'zod';
import { HostError } from '../../core/errors';
import type { IssuedUrl } from '../urls-desk';
import type { BodyReading, Operation, OperationCall } from '../operation';
import { flagNamed, listOf, text, time } from './described';

/** Of an overlap: a year. */
const LONGEST_MS = 31_536_000_000;
const NO_JSON = 'the body is a JSON object with a path, sent as application/json';

const url = z.looseObject({
  plugin: text,
  method: text,
  url: text.describe('A token in it is `***`, unless it was asked for.'),
  access: text,
  isOpen: z.boolean(),
  headers: z.array(text).optional().describe('What a sender has to set.'),
  secretNames: z.array(text).optional().describe('Secrets of the plugin that it is judged by.'),
  note: text,
  signed: z
    .looseObject({ path: text, tokens: z.array(z.looseObject({ id: text, createdAt: time.optional() })) })
    .optional(),
});
const reads: BodyReading = { limitBytes: 16_384, refuse: badRequest };

/** Addresses of plugins, and the tokens of those that are signed. With `show=true` tokens are told: that is a secret. */
export const urlsOperations: readonly Operation[] = [
  {
    ...{ id: 'urls.list', method: 'GET', path: '/plugins/:key/urls', scope: 'read' },
    summary: 'Addresses of a plugin and their tokens',
    scopeOf: ({ query: { show } }) => (show === undefined ? 'read' : 'secrets'),
    query: z.object({ show: z.enum(['true', 'false']).optional().describe('Tokens in clear.') }),
    answer: listOf('urls', url),
    audit: { isIdle: ({ query }) => query['show'] !== 'true' },
    run: async (call) => {
      const { show } = call.query;
      if (show !== undefined && show !== 'true' && show !== 'false') refuse('show is true or false');
      return { urls: await call.operator.urls.list(keyOf(call), show === 'true') };
    },
  },
  {
    ...{ id: 'urls.issue', method: 'POST', path: '/plugins/:key/urls', scope: 'secrets' },
    summary: 'Issue a token of a signed address; it is told this once',
    body: z.object({ path: text, overlapMs: z.number().int().min(0).max(LONGEST_MS).optional() }),
    reads,
    answer: z.looseObject({ id: text, path: text, url: text }),
    audit: {
      after: (_call, answered) => {
        if (answered === undefined) return undefined;
        const { id, path } = answered as IssuedUrl;
        return { id, path };
      },
    },
    run: async (call) => {
      const { path, overlapMs } = fieldsOf(call.body);
      return call.operator.urls.issue(keyOf(call), textIn(path), overlapIn(overlapMs));
    },
  },
  {
    ...{ id: 'urls.revoke', method: 'DELETE', path: '/plugins/:key/urls/:id', scope: 'secrets' },
    summary: 'Revoke a token of a signed address',
    query: z.object({ path: text }),
    answer: flagNamed('revoked', 'False where there was none.'),
    audit: { before: async ({ query: { path } }) => ({ path: textIn(path) }) },
    run: async (call) => ({
      revoked: await call.operator.urls.revoke(
        keyOf(call),
        textIn(call.query['path']),
        String(call.params['id']),
      ),
    }),
  },
];

const keyOf = ({ params }: OperationCall) => String(params['key']);

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return refuse(NO_JSON);
  const unknown = Object.keys(body).find((name) => name !== 'path' && name !== 'overlapMs');
  if (unknown !== undefined) return refuse('the body knows path and overlapMs, and no other member');
  return body as Readonly<Record<string, unknown>>;
}

function textIn(path: unknown): string {
  return typeof path === 'string' && path !== ''
    ? path
    : refuse('path is a text, as the endpoint declares it');
}

function overlapIn(given: unknown): number | undefined {
  const isRight = Number.isSafeInteger(given) && Number(given) >= 0 && Number(given) <= LONGEST_MS;
  if (given === undefined || isRight) return given as number | undefined;
  return refuse(`overlapMs is a whole number from 0 to ${LONGEST_MS}`);
}

function badRequest(why: string): HostError {
  return new HostError('secrets/bad-request', [why]);
}
function refuse(why: string): never {
  throw badRequest(why);
}
