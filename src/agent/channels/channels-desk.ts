import { parseChatKey } from '../../core/chat-key';
import { HostError } from '../../core/errors';
import { HOST_KEY } from '../../core/host-key';
import type { AdapterInfo, ChannelsDesk, ChannelStatus, HistoryPage } from '../../core/ports/channels-desk';
import type { Adapter } from './adapter';
import { shownKey, type AdapterTable } from './adapter-table';
import type { AttachmentStore } from './attachments';
import type { ChannelConfigs } from './channel-configs';
import type { ChatHistory, ChatSummary } from './chat-history';
import type { LiveFeed } from './live-feed';
import type { Outbox } from './outbox';

export interface ChannelsDeskParts {
  readonly adapters: AdapterTable;
  readonly configs: ChannelConfigs;
  readonly history: ChatHistory;
  readonly attachments: AttachmentStore;
  readonly outbox: Outbox;
  readonly feed: LiveFeed;
}

const TEST_TEXT = 'A test message from Gatehouse: this channel works.';
const NONE = { all: 0, queued: 0, failed: 0 };

/** The chats of this very process's host. */
export function createChannelsDesk(parts: ChannelsDeskParts): ChannelsDesk {
  const { adapters, configs, history, attachments, outbox, feed } = parts;
  const whyNot = (chatKey: string) => {
    const adapter = outbox.reach(chatKey);
    return typeof adapter === 'string' ? adapter : undefined;
  };
  return {
    adapters: async () => adapters.all.map(infoOf),
    async list() {
      const chats = new Map((await history.chats()).map((chat) => [chat.chatKey, chat] as const));
      const silent = configs
        .all()
        .map(([chatKey]) => chatKey)
        .filter((chatKey) => !chats.has(chatKey));
      return [...chats.keys(), ...silent.sort()].map((chatKey) =>
        statusOf(parts, chatKey, chats.get(chatKey)),
      );
    },
    async set(given, change) {
      const chatKey = parseChatKey(given);
      const adapter = adapters.find(chatKey);
      if (typeof adapter === 'string')
        throw new HostError('channel/bad-settings', [shownKey(chatKey), adapter]);
      await configs.set(chatKey, adapter, change);
      const chat = (await history.chats()).find((one) => one.chatKey === chatKey);
      return statusOf(parts, chatKey, chat);
    },
    remove: (chatKey) => configs.remove(chatKey),
    async test(given) {
      const why = whyNot(parseChatKey(given));
      if (why !== undefined) throw new HostError('channel/no-channel', [shownKey(given), why]);
      return outbox.of(HOST_KEY).sendText(given, TEST_TEXT);
    },
    whyNot,
    history: (chatKey, { limit, before } = {}): Promise<HistoryPage> => history.page(chatKey, limit, before),
    message: (id) => history.find(id),
    async attachment(id) {
      const attachment = (await history.find(id))?.attachment;
      const data = attachment === undefined ? undefined : await attachments.get(id);
      return attachment === undefined || data === undefined ? undefined : { ...attachment, data };
    },
    async say(given, text, by) {
      const chatKey = parseChatKey(given);
      const adapter = adapters.find(chatKey);
      if (typeof adapter === 'string')
        throw new HostError('channel/no-channel', [shownKey(chatKey), adapter]);
      if (adapter.compose !== undefined)
        throw new HostError('channel/bad-request', [
          `${chatKey} is written in elsewhere, not by operators here`,
        ]);
      return outbox.say(chatKey, text, by);
    },
    follow: (chatKey, listener) => feed.follow(chatKey, listener),
  };
}

function infoOf({ name, credential, options }: Adapter): AdapterInfo {
  return {
    name,
    credential: credential?.description,
    options: Object.entries(options).map(([option, { description, required = false }]) => ({
      ...{ name: option, description, required },
    })),
  };
}

function statusOf(
  { adapters, configs }: ChannelsDeskParts,
  chatKey: string,
  chat: ChatSummary | undefined,
): ChannelStatus {
  const config = configs.of(chatKey);
  const name = chatKey.slice(0, chatKey.indexOf('-'));
  const adapter = adapters.all.find((one) => one.name === name);
  return {
    chatKey,
    isReady: adapter !== undefined && (adapter.credential === undefined || config !== undefined),
    options: Object.fromEntries(
      Object.entries(config?.options ?? {}).map(([key, value]) => [key, plain(value)]),
    ),
    hasCredential: config?.hasCredential ?? false,
    rate: config?.rate,
    agent: config?.agent ?? false,
    messages: chat?.messages ?? NONE,
    lastAt: chat?.lastAt,
  };
}

/** Queries of addresses may hold secrets that were not said to be any. */
function plain(value: string): string {
  const at = URL.canParse(value) ? value.indexOf('?') : -1;
  return at < 0 ? value : `${value.slice(0, at)}?…`;
}
