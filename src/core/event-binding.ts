import type { Agent, AgentRunRequest } from './agent-run';
import type { Origin, Task } from './declaration';
import type { CloudEvent } from './event';
import { STANDARD_RETRY } from './retry';

const TIMEOUT_MS = 60_000;

/**
 * A task that starts a run of the agent for each event that the pattern names; what the event carries is given to it as data. For
 * plugins whose manifest says so: events that come together become one run.
 */
export function bindEvent(
  origin: Origin,
  pattern: string,
  request: Omit<AgentRunRequest, 'from' | 'foldKey'>,
  agent: () => Agent,
): Task {
  const name = `agent on ${pattern}`;
  return {
    ...{ kind: 'task', origin, name, on: pattern, retry: STANDARD_RETRY, timeoutMs: TIMEOUT_MS },
    run: async (event, job) => {
      const untrusted = { ...request.untrusted, event: event as CloudEvent };
      await agent().run({ ...request, untrusted, foldKey: name, from: job });
    },
  };
}
