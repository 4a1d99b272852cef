import type { AgentRunSummary, RunPage, RunsDesk } from '../core/ports/runs-desk';
import { queryOf, refusalOf, type OperatorConnection } from './operator-connection';

/** Runs of a host in another process. */
export function connectRuns({ where, ask, read }: OperatorConnection): RunsDesk {
  return {
    list: async (query) => (await read('GET', `runs${queryOf({ ...query })}`)) as unknown as RunPage,
    find: async (id) => {
      const answer = await ask('GET', `runs/${encodeURIComponent(id)}`);
      if (answer.status === 200) return answer.body as unknown as AgentRunSummary;
      if (answer.body['code'] === 'agent/no-run') return undefined;
      throw refusalOf(where, answer);
    },
  };
}
