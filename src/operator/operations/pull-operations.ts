import { z } from 'zod';
import { HostError, isHostError } from '../../core/errors';
import type { PulledAnswer, PulledRequest } from '../../core/ports/pulls';
import type { Operation } from '../operation';
import { flagNamed, text } from './described';
import { streamEvents } from './streamed-events';

const ANSWER_BYTES = 2 * 1024 ** 2;
const pairs = z.array(z.tuple([text, text]));

/** Endpoints of this host, answered elsewhere for as long as somebody listens. */
export const pullOperations: readonly Operation[] = [
  {
    ...{ id: 'pulls.follow', method: 'GET', path: '/pulls', scope: 'deliveries' },
    summary:
      'Each verified request as a server-sent event, to be answered by who is handed it; without credentials',
    query: z.object({
      plugin: text.optional().describe('Of this plugin.'),
      endpoint: text.optional().describe('Of this endpoint, as in `POST /github`.'),
    }),
    answer: z.looseObject({ id: text, plugin: text, method: text, target: text, headers: pairs, body: text }),
    answerType: 'text/event-stream',
    // Whoever begins to take what a plugin receives is remembered.
    audit: { subject: ({ query }) => String(query['plugin'] ?? 'every plugin') },
    serve: async (call, _request, response) => {
      const { query } = call;
      // Before the answer begins: a host that has none says so.
      const { pulls } = call.operator;
      const filter = { plugin: textIn(query, 'plugin'), endpoint: textIn(query, 'endpoint') };
      await streamEvents(
        call,
        response,
        (signal) => withNote(pulls.follow(filter, signal, call.isStillAllowed)),
        (item) => `data: ${JSON.stringify(item)}`,
      );
    },
  },
  {
    ...{ id: 'pulls.answer', method: 'POST', path: '/pulls/:id/answer', scope: 'deliveries' },
    summary: 'Answer a request that was handed on; its sender gets this',
    body: z.union([
      z.object({ status: z.number().int(), headers: pairs, body: text.describe('Base64.') }),
      z.object({ declined: z.literal(true) }).describe('The plugin of this host is to answer.'),
    ]),
    reads: { limitBytes: ANSWER_BYTES, refuse: (why) => new HostError('inbox/bad-request', [why]) },
    answer: flagNamed('taken', 'False when it was not waited for any more.'),
    audit: { isIdle: () => true },
    run: async ({ operator, params, body }) => ({
      taken: await operator.pulls.answer(
        String(params['id']),
        isDeclined(body) ? undefined : (body as PulledAnswer),
      ),
    }),
  },
];

/** The answer has begun: why it ends is an event as well. */
async function* withNote(
  requests: AsyncIterable<PulledRequest>,
): AsyncGenerator<PulledRequest | { readonly note: string }> {
  try {
    yield* requests;
  } catch (thrown) {
    if (!isHostError(thrown)) throw thrown;
    yield { note: thrown.message };
  }
}

const isDeclined = (body: unknown) =>
  typeof body === 'object' && body !== null && 'declined' in body && body.declined === true;

function textIn(query: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new HostError('inbox/bad-request', [`${name} is given once`]);
}
