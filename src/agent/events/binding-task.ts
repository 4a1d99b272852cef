import type { Task } from '../../core/declaration';
import type { Agent } from '../../core/agent-run';
import type { CloudEvent } from '../../core/event';
import { HOST_KEY, HOST_TASKS } from '../../core/host-key';
import type { PluginKey } from '../../core/plugin-key';
import type { EventBindings } from '../../core/ports/event-bindings';
import { STANDARD_RETRY } from '../../core/retry';

/** Of the host's own mount: one job for each binding and event. */
export const BINDING_TASK = HOST_TASKS.binding;
const TIMEOUT_MS = 60_000;

export interface BindingTaskParts {
  readonly bindings: Pick<EventBindings, 'list'>;
  /** In the name of a plugin, or of the host. */
  readonly agentOf: (plugin: PluginKey) => Agent;
}
interface BoundEvent {
  readonly binding: string;
  readonly event: CloudEvent;
}

/**
 * Starts the run of the agent that an event is bound to; for the host's own mount. Events of one binding that come together
 * become one run. What was unbound meanwhile starts none.
 */
export function bindingTask({ bindings, agentOf }: BindingTaskParts): Task {
  return {
    kind: 'task',
    origin: { dialect: 'host', where: 'events bound by operators' },
    name: BINDING_TASK,
    retry: STANDARD_RETRY,
    timeoutMs: TIMEOUT_MS,
    run: async (payload, job) => {
      const { binding: id, event } = payload as BoundEvent;
      const binding = bindings.list().find((one) => one.id === id);
      if (binding === undefined) return;
      const { prompt, plugin, channel, tools } = binding;
      await agentOf(plugin ?? HOST_KEY).run({
        ...{ prompt, channel, tools, from: job },
        untrusted: { event },
        foldKey: `binding ${id}`,
      });
    },
  };
}
