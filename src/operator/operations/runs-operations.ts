import { z } from 'zod';
import { HostError } from '../../core/errors';
import { RUN_STATES, type AgentRunSummary, type RunQuery } from '../../core/ports/runs-desk';
import type { Operation } from '../operation';
import { listOf, text, time, whole } from './described';

const MOST = 1_000;

const run = z.looseObject({
  id: text,
  plugin: text,
  prompt: text,
  state: z.enum(RUN_STATES),
  requestedAt: time,
  endedAt: time.optional(),
  steps: whole,
  tokens: whole,
  answer: text.optional(),
  reason: text.optional(),
});

/** Runs of the agent. */
export const runsOperations: readonly Operation[] = [
  {
    ...{ id: 'runs.list', method: 'GET', path: '/runs', scope: 'read' },
    summary: 'Runs of the agent, the latest first',
    query: z.object({
      plugin: text.optional(),
      state: z.enum(RUN_STATES).optional(),
      limit: z.coerce.number().int().min(1).max(MOST).optional(),
      cursor: text.optional().describe('`cursor` of the page before.'),
    }),
    answer: listOf('runs', run).extend({ cursor: text.optional() }),
    run: async ({ operator, query }) => operator.runs.list(queryOf(query)),
  },
  {
    ...{ id: 'runs.show', method: 'GET', path: '/runs/:id', scope: 'read' },
    summary: 'One run of the agent',
    answer: run,
    run: async ({ operator, params }) => {
      const id = String(params['id']);
      const found = await operator.runs.find(id);
      if (found === undefined) throw new HostError('agent/no-run', [id]);
      return found;
    },
  },
];

/** @throws agent/bad-query: a filter misspelt must not list everything */
function queryOf(given: Readonly<Record<string, unknown>>): RunQuery {
  const { plugin, state, limit, cursor, ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new HostError('agent/bad-query', [`"${unknown}" is no filter of runs`]);
  const count = limit === undefined ? undefined : Number(limit);
  if (count !== undefined && (!Number.isInteger(count) || count < 1 || count > MOST))
    throw new HostError('agent/bad-query', [`limit is a whole number from 1 to ${MOST}`]);
  if (state !== undefined && !RUN_STATES.includes(state as AgentRunSummary['state']))
    throw new HostError('agent/bad-query', [`state is one of ${RUN_STATES.join(', ')}`]);
  return {
    plugin: textOf('plugin', plugin),
    state: state as RunQuery['state'],
    limit: count,
    cursor: textOf('cursor', cursor),
  };
}

function textOf(name: string, given: unknown): string | undefined {
  if (given === undefined || typeof given === 'string') return given;
  throw new HostError('agent/bad-query', [`${name} is given once`]);
}
