import { z } from 'zod';
import { HostError } from '../../core/errors';
import { REFUSAL_REASONS } from '../../core/refusal-reasons';
import { readPage } from '../inbox-query';
import type { Operation, OperationCall } from '../operation';
import { readRefusalFilter, readRefusalSelection } from '../quarantine-query';
import { listOf, pageOf, pageQuery, text, time, whole } from './described';

const reason = z.enum(REFUSAL_REASONS);
const filterMembers = {
  plugin: text.optional(),
  name: text.optional().describe('An endpoint, as `POST /path`.'),
  reason: reason.optional(),
  ip: text.optional(),
  since: z.coerce.number().optional().describe('Epoch ms: at or after.'),
  until: z.coerce.number().optional().describe('Epoch ms: before.'),
};
const refusal = z.looseObject({
  id: text,
  plugin: text,
  name: text,
  scheme: text,
  reason,
  receivedAt: time,
  method: text,
  target: text,
  ip: text,
  requestId: text,
});
const count = z.looseObject({
  ...{ plugin: text, name: text, scheme: text, reason },
  ...{ count: whole, latestAt: time, latestId: text },
});
const diagnosis = z.looseObject({
  id: text,
  kind: z.enum(['refused', 'receipt']),
  plugin: text,
  name: text,
  reason: reason.optional(),
  summary: text,
  wouldPass: z.array(z.looseObject({ kinds: z.array(text), what: text, next: text, scheme: text })),
  next: z.array(text).describe('What to do, most promising first.'),
});

/** Requests that were refused, and why. */
export const quarantineOperations: readonly Operation[] = [
  {
    ...{ id: 'quarantine.list', method: 'GET', path: '/quarantine', scope: 'read' },
    summary: 'Refused requests',
    query: z.object({ ...filterMembers, ...pageQuery }),
    answer: pageOf(refusal),
    run: async ({ operator, query }) =>
      operator.quarantine.refusals(readRefusalFilter(query), readPage(query)),
  },
  {
    ...{ id: 'quarantine.counts', method: 'GET', path: '/quarantine/counts', scope: 'read' },
    summary: 'Refused requests by endpoint and reason',
    query: z.object(filterMembers),
    answer: z.looseObject({ counts: z.array(count), dropped: whole }),
    run: async ({ operator, query }) => operator.quarantine.counts(readRefusalFilter(query, [])),
  },
  {
    ...{ id: 'quarantine.show', method: 'GET', path: '/quarantine/:id', scope: 'read' },
    summary: 'One refused request, by its id or its request id',
    answer: refusal.extend({ headers: z.array(z.array(text)), body: text.optional().describe('Base64.') }),
    run: async (call) => call.operator.quarantine.refusal(idOf(call)),
  },
  {
    ...{ id: 'quarantine.purge', method: 'POST', path: '/quarantine/purge', scope: 'replay' },
    summary: 'Remove refused requests',
    body: z.object({
      ids: z.array(text).max(200).optional().describe('Either these, or what the filter selects.'),
      filter: z.object(filterMembers).optional().describe('An empty one selects everything.'),
      after: text.optional(),
    }),
    answer: z.looseObject({ looked: whole, changed: whole, next: text.optional() }),
    audit: {
      after: ({ body }, answered) => ({
        ...readRefusalSelection(body).selection,
        ...(answered === undefined ? {} : { changed: (answered as { readonly changed: number }).changed }),
      }),
    },
    run: async ({ operator, body }) => {
      const { selection, after } = readRefusalSelection(body);
      return operator.quarantine.purge(selection, after);
    },
  },
  {
    ...{ id: 'quarantine.replay', method: 'POST', path: '/quarantine/:id/replay', scope: 'replay' },
    summary: 'Give the host a refused request once more, judged as of when it came',
    answer: z.looseObject({ status: whole, receiptId: text.optional(), body: text }),
    run: async (call) => call.operator.replayRefusal(idOf(call)),
  },
  {
    ...{ id: 'doctor.overview', method: 'GET', path: '/doctor', scope: 'read' },
    summary: 'The latest refusal of each endpoint with a line each',
    query: z.object({ plugin: text.optional() }),
    answer: listOf('refusals', count.extend({ summary: text })).extend({ more: whole }),
    run: async ({ operator, query: { plugin } }) => {
      if (plugin !== undefined && typeof plugin !== 'string')
        throw new HostError('inbox/bad-request', ['plugin is one key']);
      return operator.doctor.overview(plugin);
    },
  },
  {
    ...{ id: 'doctor.diagnose', method: 'GET', path: '/doctor/:id', scope: 'read' },
    summary: 'Why a request was refused, and what would have passed',
    answer: diagnosis,
    run: async (call) => call.operator.doctor.diagnose(idOf(call)),
  },
];

const idOf = ({ params }: OperationCall) => String(params['id']);
