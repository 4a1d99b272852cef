import { parseChatKey } from '../../core/chat-key';
import type { Logger } from 'winston';
import type { Agent } from '../../core/agent-run';
import type { Task } from '../../core/declaration';
import type { PluginKey } from '../../core/plugin-key';
import type { Channels } from '../../core/ports/channels';
import type { ChannelsDesk } from '../../core/ports/channels-desk';
import type { Database } from '../../core/ports/database';
import type { OutgoingHttp } from '../../core/ports/outgoing';
import type { Sealer } from '../../core/ports/sealer';
import type { SharedState } from '../../core/ports/shared-state';
import { STANDARD_RETRY, type Retry } from '../../core/retry';
import type { Settings } from '../../core/settings';
import type { WorkSink } from '../../core/work-sink';
import { AdapterTable } from './adapter-table';
import { AttachmentStore } from './attachments';
import { ChannelConfigs } from './channel-configs';
import { createChannelsDesk } from './channels-desk';
import { ChatHistory } from './chat-history';
import { ChatRetention } from './chat-retention';
import type { WebhookSigning } from './http-adapter';
import { LiveFeed } from './live-feed';
import { messageTask } from './message-task';
import { Outbox } from './outbox';
import { createUserChats } from './user-chats';

export interface ChannelsParts {
  readonly database: Database;
  /** Opened. */
  readonly shared: SharedState;
  readonly sealer: Sealer;
  /** Stores work at once: the inbox. */
  readonly sink: WorkSink;
  readonly settings: Settings['channels'];
  /** The agent of a plugin; asked when a run is to start. Without it none is. */
  readonly agentOf?: ((plugin: PluginKey) => Pick<Agent, 'run'>) | undefined;
  /** The chat that is set for a user. */
  readonly userChannel: (userId: string) => string | undefined;
  /** What adapters send with: guarded as requests of plugins are. */
  readonly http: Pick<OutgoingHttp, 'request'>;
  readonly signWebhook: WebhookSigning;
  /** The host's data folder, absolute. */
  readonly data: string;
  readonly logger: Logger;
  /** Of messages that are not taken. Default: eight attempts over about a day. */
  readonly retry?: Retry | undefined;
}

/** Chats of one host: what plugins send them with, what works the messages, and what operators see. */
export interface ChannelsEngine {
  readonly channels: Channels;
  /** For the host's own mount. */
  readonly task: Task;
  readonly desk: ChannelsDesk;
  /** One round of the retention, now. Never rejects. */
  tidy(): Promise<void>;
  /** What was stored stays so; nothing is told or removed any more. */
  close(): Promise<void>;
}

/** Nothing is sent but by `task`. */
export function createChannels(given: ChannelsParts): ChannelsEngine {
  const { database, settings, logger, sink, data, userChannel } = given;
  const now = () => database.now();
  const feed = new LiveFeed(database, logger);
  const history = new ChatHistory(database, () => feed.poke());
  const attachments = new AttachmentStore(database);
  const adapters = new AdapterTable(given.signWebhook, now);
  const configs = new ChannelConfigs(given);
  const common = { adapters, configs, history, attachments, now };
  const outbox = new Outbox({ ...common, sink, data, logger });
  const retention = new ChatRetention({ database, keepMs: settings.keepMs, logger });
  const { http, agentOf, retry = STANDARD_RETRY } = given;
  return {
    channels: {
      of: (plugin, own) => outbox.of(plugin, own),
      history: async (chatKey, limit) => (await history.page(chatKey, limit)).items,
      check: (chatKey) => void outbox.check(parseChatKey(chatKey)),
      ofUser: createUserChats({ userChannel, logger, reach: (chatKey) => outbox.reach(chatKey) }),
    },
    task: messageTask({ ...common, http, agentOf, retry, rate: settings.rate }),
    desk: createChannelsDesk({ ...common, outbox, feed }),
    tidy: () => retention.run(),
    close: async () => {
      feed.close();
      await retention.close();
    },
  };
}
