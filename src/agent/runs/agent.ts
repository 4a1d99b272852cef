import { randomBytes } from 'node:crypto';
import type { Logger } from 'winston';
import type { Agent } from '../../core/agent-run';
import type { Clock } from '../../core/clock';
import type { Task } from '../../core/declaration';
import type { DocumentStore } from '../../core/documents';
import type { PluginKey } from '../../core/plugin-key';
import type { Channels } from '../../core/ports/channels';
import type { RunsDesk } from '../../core/ports/runs-desk';
import type { Sealer } from '../../core/ports/sealer';
import type { SharedState } from '../../core/ports/shared-state';
import type { AgentSettings } from '../../core/settings';
import type { ToolCalls } from '../../core/tool-call';
import type { WorkSink } from '../../core/work-sink';
import { Causality } from './causality';
import { ChatCompletions } from './chat-completions';
import { RunRecords } from './run-records';
import { RunRetention } from './run-retention';
import { createRunsDesk } from './runs-desk';
import { startRun } from './run-start';
import { runTask } from './run-task';

export interface AgentParts {
  readonly settings: AgentSettings;
  readonly tools: ToolCalls;
  readonly channels: Channels;
  /** The host's own documents. */
  readonly store: DocumentStore;
  readonly sink: WorkSink;
  readonly shared: SharedState;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Runs of the agent, for all plugins. */
export interface AgentRuns {
  of(plugin: PluginKey): Agent;
  /** For the host's mount. */
  readonly task: Task;
  readonly desk: RunsDesk;
  close(): Promise<void>;
}

const SPACE = 'agent';
const KEY = 'cause-key';
/** Where the key lies sealed, for whoever changes the master key. */
export const agentSpace = { space: SPACE, contextOf: (name: string) => name };

/** Nothing is asked of the model before a run is worked. */
export function createAgent(parts: AgentParts): AgentRuns {
  const { settings, store, clock } = parts;
  const { url, key, model } = settings;
  const completions = url === undefined ? undefined : new ChatCompletions({ url, key, model });
  const causality = new Causality(store, clock, causeKey(parts));
  const records = new RunRecords(store, clock);
  const starting = { ...parts, records, causality };
  return {
    of: (plugin) => ({ run: async (request) => startRun(starting, plugin, request) }),
    task: runTask({ ...starting, completions, retention: new RunRetention(records) }),
    desk: createRunsDesk(store),
    close: async () => completions?.close(),
  };
}

/** One key for all hosts: whoever needs it first makes it. Until the others have heard, marks of two keys go about. */
function causeKey({ shared, sealer, logger }: AgentParts): () => Buffer {
  let own: { readonly key: Buffer; readonly revision: number } | undefined;
  return () => {
    const kept = shared.get(SPACE, KEY);
    const revision = kept?.revision ?? 0;
    if (kept !== undefined && own?.revision !== revision)
      try {
        return Buffer.from(sealer.open(kept.value, KEY), 'base64');
      } catch {
        logger.warn(
          'the key of cause marks cannot be opened, and a new one is made: marks until now are forgotten',
        );
      }
    if (own?.revision === revision) return own.key;
    own = { key: randomBytes(32), revision };
    const sealed = sealer.seal(own.key.toString('base64'), KEY);
    shared.put(SPACE, KEY, sealed, revision).catch((thrown: unknown) => {
      logger.warn('the key of cause marks could not be stored', { reason: String(thrown) });
    });
    return own.key;
  };
}
