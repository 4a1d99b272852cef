import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHostMount } from '../../../src/agent/host-mount';
import {
  createChannels,
  type ChannelsEngine,
  type ChannelsParts,
} from '../../../src/agent/channels/channels';
import type { Task } from '../../../src/core/declaration';
import { HOST_KEY } from '../../../src/core/host-key';
import { MountTable } from '../../../src/core/mount-table';
import type { HistoryEntry } from '../../../src/core/ports/channels-desk';
import { Secret } from '../../../src/core/secret';
import type { Settings } from '../../../src/core/settings';
import { createDeliveries } from '../../../src/http/deliveries';
import { createInbox, type InboxEngine } from '../../../src/inbox/inbox-engine';
import { SqliteStore } from '../../../src/inbox/sqlite/sqlite-store';
import type { Store } from '../../../src/inbox/store';
import { createOutgoing } from '../../../src/outgoing/outgoing';
import { webhookHeaders, webhookSigner } from '../../../src/outgoing/standard-webhook';
import { keyOf, liveOf, mountOf } from '../../core/plain-mount';
import { QUICK, until } from '../../inbox/engine-under-test';
import { keptLogger, sealerOf } from '../../state/secrets-under-test';

export const CI = keyOf('acme.ci');
/** Quick, so that a test sees many attempts. */
const QUICK_RETRY = { attempts: 4, backoff: [30] };

export interface ChatsUnderTest extends ChannelsEngine {
  readonly inbox: InboxEngine;
  readonly store: Store;
  readonly table: MountTable;
  readonly lines: readonly string[];
  /** The data folder of `acme.ci`. */
  readonly folder: string;
  /** Puts a plugin with these tasks in its seat. */
  put(key: string, tasks: Task[]): void;
  /** Sets a channel and its credential. */
  set(chatKey: string, credential: string | undefined, more?: object): Promise<void>;
  /** The message once it is in one of these states. */
  reached(id: string, ...states: HistoryEntry['state'][]): Promise<HistoryEntry>;
  stop(): Promise<void>;
}

export type ChatOptions = Partial<Pick<ChannelsParts, 'agentOf' | 'retry' | 'userChannel'>> & {
  readonly settings?: Partial<Settings['channels']>;
  readonly allowPrivate?: readonly string[];
  readonly store?: Store;
};

/** A data folder of one's own; hosts in it come one after the other. */
export function dataFolder(): { readonly data: string; remove(): void } {
  const data = mkdtempSync(path.join(tmpdir(), 'gatehouse-chats-'));
  mkdirSync(path.join(data, 'plugins', CI), { recursive: true });
  return { data, remove: () => rmSync(data, { recursive: true, force: true }) };
}

/** A whole inbox with chats, started; its requests may go to this machine. */
export async function openChats(data: string, options: ChatOptions = {}): Promise<ChatsUnderTest> {
  const { logger, lines } = keptLogger();
  const store = options.store ?? (await SqliteStore.open({ file: path.join(data, 'inbox.db') }));
  const table = new MountTable();
  const settings = { ...QUICK, limits: {} } as unknown as Parameters<typeof createDeliveries>[0];
  let chats: ChannelsEngine | undefined = undefined as ChannelsEngine | undefined;
  const inbox = createInbox({
    ...{ store, table, logger, settings: QUICK, sealer: sealerOf(7) },
    deliveries: createDeliveries(settings),
    clock: { now: () => Date.now() },
    node: { id: `node-${Math.random()}`, url: () => 'http://localhost:0' },
    facesOf: (plugin, sink) => ({
      get events(): never {
        throw new Error('there are no events here');
      },
      message: (chats as ChannelsEngine).channels.of(plugin, sink),
    }),
  });
  await inbox.open();
  const released = new AbortController();
  const engine = createChannels({
    ...{ database: inbox.database, shared: inbox.shared, sealer: sealerOf(7), sink: inbox.inbox },
    settings: { rate: undefined, keepMs: 86_400_000, ...options.settings },
    userChannel: options.userChannel ?? (() => undefined),
    agentOf: options.agentOf,
    retry: options.retry ?? QUICK_RETRY,
    http: createOutgoing({
      settings: { allow: undefined, allowPrivate: options.allowPrivate ?? ['127.0.0.0/8'], allowHttp: true },
      settingsOf: () => undefined,
      secrets: { live: () => [] },
      clock: { now: () => Date.now() },
    })({
      ...{ key: HOST_KEY, logger, released: released.signal, tasks: inbox.inbox.tasksOf(HOST_KEY) },
      info: { author: 'gatehouse', module: 'host', name: 'Gatehouse', version: '1', description: '' },
    }).http,
    signWebhook: ({ id, at, body, secret }) => {
      const signer = webhookSigner(secret);
      return signer && webhookHeaders(id, at, body, [signer]);
    },
    ...{ data, logger },
  });
  chats = engine;
  table.swap(HOST_KEY, createHostMount([engine.task], logger));
  await inbox.start();
  const { desk } = engine;
  return {
    ...engine,
    ...{ inbox, store, table, lines, folder: path.join(data, 'plugins', CI) },
    put: (key, tasks) => void table.swap(keyOf(key), liveOf(mountOf(key, tasks), 1).live),
    set: async (chatKey, credential, more = {}) => {
      const given = credential === undefined ? {} : { credential: new Secret(credential) };
      await desk.set(chatKey, { ...given, ...more });
    },
    reached: (id, ...states) =>
      until(`${id} ${states.join(' or ')}`, async () => {
        const entry = await desk.message(id);
        return entry !== undefined && states.includes(entry.state) ? entry : undefined;
      }),
    stop: async () => {
      await engine.close();
      await inbox.stop(2_000);
      released.abort();
    },
  };
}
