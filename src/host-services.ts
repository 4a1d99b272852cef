import type { Logger } from 'winston';
import { createChannels, type ChannelsEngine } from './agent/channels/channels';
import { bindingTask } from './agent/events/binding-task';
import { createEventBindings } from './agent/events/event-bindings';
import { createEventBus } from './agent/events/event-bus';
import { createHostMount } from './agent/host-mount';
import { createAgent, type AgentRuns } from './agent/runs/agent';
import { extensionsOf } from './agent/tools/extensions';
import { createToolCalls } from './agent/tools/tool-calls';
import type { Clock } from './core/clock';
import type { EventBus } from './core/event';
import { HOST_KEY } from './core/host-key';
import type { LiveMount } from './core/live-mount';
import type { MountTable } from './core/mount-table';
import type { Channels } from './core/ports/channels';
import type { EventBindings } from './core/ports/event-bindings';
import type { JobFacesOf } from './core/ports/inbox';
import type { Outgoing, OutgoingHttp } from './core/ports/outgoing';
import type { PluginState } from './core/ports/plugin-registry';
import type { Sealer } from './core/ports/sealer';
import type { PluginEraser } from './core/ports/upkeep-desk';
import type { UserChannels } from './core/ports/user-channels';
import type { Settings } from './core/settings';
import type { ToolCalls } from './core/tool-call';
import type { InboxEngine } from './inbox/inbox-engine';
import { createMailer } from './outgoing/mail';
import { webhookHeaders, webhookSigner } from './outgoing/standard-webhook';
import type { OutgoingFacts } from './outgoing/outgoing';
import type { FaceFacts, PluginFaces } from './plugins/generation-services';
import { createPluginEnvironment } from './plugins/plugin-environment';
import { createAsUser } from './plugins/user-services';
import { createCaches } from './state/cache';
import { createDocuments } from './state/documents';
import type { StoredSecrets } from './state/secrets';
import { createPluginDatabases } from './state/sql/plugin-databases';
import { createPluginEraser } from './state/plugin-eraser';
import { createUserChannels } from './state/user-channels';
import type { StoredUserSecrets } from './state/user-secrets';

export interface ServicesParts {
  readonly settings: Settings;
  readonly engine: InboxEngine;
  readonly table: MountTable;
  readonly sealer: Sealer;
  readonly secrets: StoredSecrets;
  readonly userSecrets: StoredUserSecrets;
  /** Requests of one generation to elsewhere. */
  readonly outgoingOf: (facts: OutgoingFacts) => Outgoing;
  readonly stateOf: (key: string) => PluginState | undefined;
  /** Where messages go in place of the host's own chats. */
  readonly channels: Channels | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What plugins have around them: state, chats, events, tools, mail and the agent. */
export interface HostServices {
  facesOf(facts: FaceFacts): PluginFaces;
  readonly jobFacesOf: JobFacesOf;
  readonly chats: ChannelsEngine;
  /** Where messages go. */
  readonly channels: Channels;
  readonly events: EventBus;
  readonly bindings: EventBindings;
  readonly tools: ToolCalls;
  readonly agent: AgentRuns;
  readonly userChannels: UserChannels;
  readonly eraser: PluginEraser;
  /** No job of the host's own is begun any more. Resolves when what runs is over, or the time is. */
  retire(drainMs: number): Promise<void>;
  /** When no plugin's code runs any more, and before the inbox stops. */
  close(): Promise<void>;
}

/** Makes them and seats the host's own mount; the inbox is open. */
export function createServices(parts: ServicesParts): HostServices {
  const { settings, engine, table, sealer, clock, logger } = parts;
  const { database, shared, inbox: sink } = engine;
  const documents = createDocuments({ database });
  const caches = createCaches({ database, clock, logger });
  const databases = createPluginDatabases({ databaseUrl: settings.databaseUrl, shared, sealer, logger });
  const mail = createMailer({ settings: settings.mail, sink, logger });
  const userChannels = createUserChannels({ shared, logger });
  const tools = createToolCalls({ table, clock, logger, stateOf: parts.stateOf });
  const bindings = createEventBindings({ shared, clock });
  const events = createEventBus({ table, shared, sink, clock, logger, bindings });
  const released = new AbortController();
  const chats = createChats(parts, userChannels, (key) => agent.of(key), released.signal);
  const channels = parts.channels ?? chats.channels;
  const agent: AgentRuns = createAgent({
    ...{ settings: settings.agent, tools, channels, store: documents.of(HOST_KEY) },
    ...{ sink, shared, sealer, clock, logger },
  });
  const bound = bindingTask({ bindings, agentOf: (key) => agent.of(key) });
  const own: LiveMount = createHostMount([chats.task, mail.task, agent.task, bound], logger);
  table.swap(HOST_KEY, own);
  return {
    ...{ chats, channels, events: events.bus, bindings, tools, agent, userChannels },
    eraser: createPluginEraser({ database, shared, databases, data: settings.data }),
    facesOf: (facts) => {
      const { key, outgoing } = facts;
      const [store, message] = [documents.of(key), channels.of(key)];
      return {
        ...{ store, message },
        cache: caches.of(key, facts.actor),
        sql: databases.of(facts),
        events: events.bus.of(key),
        extensions: extensionsOf(tools, key),
        agent: agent.of(key),
        mail: mail.mailer.of(key),
        env: environmentOf(facts, parts.secrets),
        asUser: createAsUser({
          ...{ facts, store, message, channels, http: outgoing.http },
          secretsOf: (userId) => parts.userSecrets.of(key, userId, facts.declaredSecrets),
        }),
      };
    },
    jobFacesOf: (key, into, job) => ({
      events: events.bus.of(key, into, job.payload),
      message: channels.of(key, into),
    }),
    retire: async (drainMs) => void (await own.retire(drainMs, 'shutdown')),
    close: async () => {
      released.abort();
      mail.close();
      await Promise.all([events.close(), chats.close(), caches.close(), agent.close(), databases.close()]);
    },
  };
}

function createChats(
  { settings, engine, sealer, logger, outgoingOf }: ServicesParts,
  userChannels: UserChannels,
  agentOf: (key: typeof HOST_KEY) => ReturnType<AgentRuns['of']>,
  released: AbortSignal,
): ChannelsEngine {
  const { database, shared, inbox: sink } = engine;
  const info = { author: 'gatehouse', module: 'host', name: 'Gatehouse', version: '1', description: '' };
  const tasks = sink.tasksOf(HOST_KEY);
  const http: OutgoingHttp = outgoingOf({ key: HOST_KEY, info, logger, tasks, released }).http;
  return createChannels({
    ...{ database, shared, sealer, sink, http, agentOf, logger, data: settings.data },
    settings: settings.channels,
    userChannel: (userId) => userChannels.channelOf(userId),
    signWebhook: ({ id, at, body, secret }) => {
      const signer = webhookSigner(secret);
      return signer && webhookHeaders(id, at, body, [signer]);
    },
  });
}

/** `facts` stays whole: its configuration is a getter. */
function environmentOf(facts: FaceFacts, secrets: StoredSecrets): PluginFaces['env'] {
  return createPluginEnvironment({
    secrets: facts.secrets,
    config: () => facts.config,
    secretNames: () => [
      ...(facts.declaredSecrets() ?? []).map(({ name }) => name),
      ...secrets.namesOf(facts.key),
    ],
  });
}
