import { z } from 'zod';
import type { Operation } from '../operation';
import { listOf, text, time, whole } from './described';

const overview = z.looseObject({
  version: text,
  startedAt: time,
  url: text,
  publicUrl: text.optional(),
  store: z.enum(['sqlite', 'postgres']),
  node: text,
  plugins: z.object({ live: whole, loading: whole, failed: whole, disabled: whole }),
  jobs: z.object({ ready: whole, running: whole, dead: whole, waiting: whole }),
  oldestDueMs: z.number().optional().describe('Age of the oldest job that is due; absent where none is.'),
  refused: whole.describe('In the last hour, of what is kept.'),
  deprecatedUses: whole,
  warnings: z
    .array(
      z.looseObject({
        text: text.describe('With the next step.'),
        about: z.enum(['plugin', 'secrets', 'dead-letters', 'refused', 'deprecations', 'settings']),
        plugin: text.optional().describe('Its key; absent where it is about none or several.'),
      }),
    )
    .describe('What an operator should see to, the most urgent first.'),
});
const endpoint = z.looseObject({
  plugin: text,
  method: text,
  path: text,
  url: text,
  state: z.enum(['open', 'guarded', 'down']),
  status: whole.describe('Of the answer; 0 where there was none.'),
  detail: text,
  checkedAt: time,
});

/** How the host is. */
export const overviewOperations: readonly Operation[] = [
  {
    ...{ id: 'host.overview', method: 'GET', path: '/overview', scope: 'read' },
    summary: 'How the host is, and what to see to',
    answer: overview,
    run: async ({ operator }) => operator.health.overview(),
  },
  {
    ...{ id: 'host.endpoints', method: 'GET', path: '/health/endpoints', scope: 'read' },
    summary: 'Whether each endpoint can be reached, by a request of the host to itself',
    answer: listOf('endpoints', endpoint),
    run: async ({ operator }) => ({ endpoints: await operator.health.endpoints() }),
  },
];
