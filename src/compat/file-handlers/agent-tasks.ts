import type { Task } from '../../core/declaration';
import type { CloudEvent } from '../../core/event';
import { STANDARD_RETRY } from '../../core/retry';
import type { App } from './app';

const TIMEOUT_MS = 60_000;

/** The tasks that start a run of the agent for each event that the manifest binds to one; the event is untrusted text. */
export function agentTasks(app: App): Task[] {
  const { agents } = app.manifest;
  return agents.map(({ on, prompt, channel, tools }, index) => {
    const earlier = agents.slice(0, index).filter((other) => other.on === on).length;
    return {
      kind: 'task',
      origin: { dialect: 'file-handlers', where: `informer.yaml agents[${index}]` },
      name: `agent:${on}${earlier === 0 ? '' : `#${earlier + 1}`}`,
      on,
      retry: STANDARD_RETRY,
      timeoutMs: TIMEOUT_MS,
      run: (event, job) =>
        app.services.agent.run({
          prompt,
          untrusted: { event: (event as CloudEvent).data },
          ...(channel !== undefined && { channel }),
          ...(tools !== undefined && { tools }),
          from: job,
        }),
    };
  });
}
