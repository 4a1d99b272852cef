import { Router } from 'express';
import { HostError } from '../core/errors';
import { RUN_STATES, type AgentRunSummary, type RunQuery, type RunsDesk } from '../core/ports/runs-desk';

const MOST = 1_000;

/** Runs of the agent in the operator API: `GET /?plugin&state&limit&cursor`, the latest first, and `GET /:id`. */
export function createRunsRouter(desk: () => RunsDesk): Router {
  const router = Router({ caseSensitive: true });
  router.get('/', async ({ query }, response) => {
    response.json(await desk().list(queryOf(query)));
  });
  router.get('/:id', async ({ params: { id } }, response) => {
    const found = await desk().find(id);
    if (found === undefined) throw new HostError('agent/no-run', [id]);
    response.json(found);
  });
  return router;
}

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
