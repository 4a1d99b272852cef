import { z } from 'zod';
import { readLogQuery } from '../log-desk';
import type { Operation } from '../operation';
import { listOf, text, time, whole } from './described';
import { streamEvents } from './streamed-events';

const LAST_EVENT_ID = /^\d{1,16}$/;

const query = z.object({
  plugin: text.optional(),
  level: z.enum(['error', 'warn', 'info', 'debug']).optional().describe('This one and those more severe.'),
  text: text.optional(),
  after: z.coerce.number().int().optional().describe('Lines after this number.'),
  limit: z.coerce.number().int().optional().describe('The latest ones; default 200, at most 1,000.'),
});
const line = z.looseObject({
  number: whole.describe('Grows with each line of this host.'),
  at: time,
  level: text,
  plugin: text.optional(),
  message: text,
  fields: text.describe('The other fields, as JSON text.'),
});

/** The log of the host that is asked. */
export const logsOperations: readonly Operation[] = [
  {
    ...{ id: 'logs.search', method: 'GET', path: '/logs', scope: 'read' },
    summary: 'The last lines of the log, oldest first',
    query,
    answer: listOf('lines', line),
    run: async ({ operator, query: given }) => ({ lines: await operator.logs.search(readLogQuery(given)) }),
  },
  {
    ...{ id: 'logs.stream', method: 'GET', path: '/logs/stream', scope: 'read' },
    summary: 'Each line as a server-sent event whose id is its number; goes on after Last-Event-ID',
    query,
    answer: line,
    answerType: 'text/event-stream',
    serve: async (call, request, response) => {
      const { operator, query: given } = call;
      const wanted = readLogQuery(given);
      const last = request.get('last-event-id') ?? '';
      const from = LAST_EVENT_ID.test(last) ? { ...wanted, after: Number(last) } : wanted;
      await streamEvents(
        call,
        response,
        (signal) => operator.logs.follow(from, signal),
        (found) => `id: ${found.number}\ndata: ${JSON.stringify(found)}`,
      );
    },
  },
];
