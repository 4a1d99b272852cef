import { z } from 'zod';
import type { Operation, OperationCall } from '../operation';
import { text, time, whole } from './described';

const caused = z.looseObject({
  kind: z.enum(['message', 'run', 'mail', 'event', 'job']),
  jobId: text,
  plugin: text,
  name: text,
  state: text,
  at: time,
  label: text,
});
const timeline = z.looseObject({
  receipt: z.looseObject({ id: text, plugin: text, name: text, receivedAt: time }),
  verdict: text,
  dedupe: z.looseObject({ by: text, until: time }).optional(),
  jobs: z.array(z.looseObject({ id: text, state: text, attempt: whole })),
  caused: z.array(caused).describe('What its jobs stored with their success, and runs they asked for.'),
});

/** One stored request, looked at closely. */
export const deliveriesOperations: readonly Operation[] = [
  {
    ...{ id: 'deliveries.show', method: 'GET', path: '/deliveries/:id', scope: 'read' },
    summary: 'One stored request and all that came of it',
    answer: timeline,
    run: async (call) => call.operator.deliveries.timeline(idOf(call)),
  },
  {
    ...{ id: 'deliveries.fixture', method: 'GET', path: '/deliveries/:id/fixture', scope: 'read' },
    summary: 'One stored request as a test fixture, without what opens doors',
    answer: z.looseObject({ filename: text, text }),
    run: async (call) => call.operator.deliveries.fixture(idOf(call)),
  },
];

const idOf = ({ params }: OperationCall) => String(params['id']);
