import type { DocumentStore, StoredDocument } from '../../core/documents';
import type { AgentRunSummary, RunPage, RunQuery, RunsDesk } from '../../core/ports/runs-desk';
import { RUNS, type RunRecord } from './run-record';

/** What operators see of runs. */
export function createRunsDesk(store: DocumentStore): RunsDesk {
  return {
    async list({ plugin, state, limit = 50, cursor }: RunQuery): Promise<RunPage> {
      const where = { ...(plugin !== undefined && { plugin }), ...(state !== undefined && { state }) };
      const page = await store.query<RunRecord>(RUNS, {
        ...{ where, order: '-requestedAt', limit },
        ...(cursor !== undefined && { cursor }),
      });
      return { runs: page.documents.map(summary), cursor: page.cursor };
    },
    async find(id) {
      const found = await store.get<RunRecord>(RUNS, id);
      return found && summary(found);
    },
  };
}

function summary({ id, data }: StoredDocument<RunRecord>): AgentRunSummary {
  const { plugin, prompt, channel, endpoint, depth, state, requestedAt, endedAt } = data;
  return {
    ...{ id, plugin, prompt, channel, endpoint, depth, state, requestedAt, endedAt },
    ...{ requests: data.requests, steps: data.steps, tokens: data.tokens },
    ...{ calls: data.calls, answer: data.answer, reason: data.reason === '' ? undefined : data.reason },
  };
}
