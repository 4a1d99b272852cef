import { z } from 'zod';
import type { Operation } from '../operation';
import { listOf, text, time } from './described';

const schedule = z.looseObject({
  plugin: text,
  name: text,
  cron: text,
  timezone: text,
  task: text,
  nextAt: time.optional(),
  lastAt: time.optional().describe('When it was last due, whether or not anything was enqueued then.'),
  isPaused: z.boolean(),
});

/** What the clock enqueues. */
export const schedulesOperations: readonly Operation[] = [
  {
    ...{ id: 'schedules.list', method: 'GET', path: '/schedules', scope: 'read' },
    summary: 'The schedules of every plugin that serves',
    answer: listOf('schedules', schedule),
    run: async ({ operator }) => ({ schedules: await operator.schedules.list() }),
  },
  {
    ...{ id: 'schedules.run', method: 'POST', path: '/schedules/:key/:name/run', scope: 'replay' },
    summary: 'Enqueue the task of a schedule now',
    answer: z.looseObject({ job: text }),
    audit: { after: (_call, answered) => answered },
    run: async ({ operator, params }) =>
      operator.schedules.run(String(params['key']), String(params['name'])),
  },
];
