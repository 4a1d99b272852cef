import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createChannels, type ChannelsEngine } from '../../src/agent/channels/channels';
import { createHostMount } from '../../src/agent/host-mount';
import { systemClock } from '../../src/core/clock';
import { HOST_KEY } from '../../src/core/host-key';
import type { Messages } from '../../src/core/messages';
import type { OutgoingHttp } from '../../src/core/ports/outgoing';
import type { Tracing } from '../../src/core/ports/tracing';
import { Secret } from '../../src/core/secret';
import { createDeliveries } from '../../src/http/deliveries';
import { createInbox, type InboxEngine } from '../../src/inbox/inbox-engine';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import { createOutgoing } from '../../src/outgoing/outgoing';
import { startGateway, keyOf, type GatewayUnderTest } from '../http/gateway-under-test';
import { QUICK } from '../inbox/engine-under-test';
import { keptLogger, sealerOf } from '../state/secrets-under-test';

export interface TracedHost extends GatewayUnderTest {
  readonly engine: InboxEngine;
  readonly http: OutgoingHttp;
  /** What a plugin sends messages with that belong to no job. */
  messagesOf(key: string): Messages;
  /** A chat whose messages go to that address. */
  chatAt(name: string, url: string): Promise<string>;
}

/** A gateway, an inbox and chats, put together as a host does it. */
export async function startTracedHost(tracing: Tracing | undefined): Promise<TracedHost> {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-traced-'));
  mkdirSync(path.join(folder, 'plugins'));
  const store = await SqliteStore.open({ file: path.join(folder, 'inbox.db') });
  const { logger } = keptLogger();
  const sealer = sealerOf(7);
  const made: { engine?: InboxEngine; chats?: ChannelsEngine } = {};
  const gateway = await startGateway({
    tracing,
    inboxOf: ({ table, settings }) => {
      made.engine = createInbox({
        ...{ store, table, logger, sealer, tracing, clock: systemClock },
        settings: { ...settings, ...QUICK },
        deliveries: createDeliveries(settings),
        node: { id: 'traced', url: () => 'http://127.0.0.1' },
        facesOf: (plugin, sink) => ({
          get events(): never {
            throw new Error('there are no events here');
          },
          message: (made.chats as ChannelsEngine).channels.of(plugin, sink),
        }),
      });
      return made.engine.inbox;
    },
  });
  const engine = made.engine as InboxEngine;
  await engine.open();
  const released = new AbortController();
  const { http } = createOutgoing({
    settings: { allow: undefined, allowPrivate: ['127.0.0.0/8'], allowHttp: true },
    settingsOf: () => undefined,
    secrets: { live: () => [] },
    clock: systemClock,
  })({
    ...{ key: HOST_KEY, logger, released: released.signal, tasks: engine.inbox.tasksOf(HOST_KEY) },
    info: { author: 'gatehouse', module: 'host', name: 'Gatehouse', version: '1', description: '' },
  });
  const chats = (made.chats = createChannels({
    ...{ database: engine.database, shared: engine.shared, sealer, sink: engine.inbox, http, logger },
    settings: { rate: undefined, keepMs: 86_400_000 },
    userChannel: () => undefined,
    agentOf: undefined,
    retry: { attempts: 2, backoff: [20] },
    signWebhook: () => undefined,
    data: folder,
  }));
  gateway.table.swap(HOST_KEY, createHostMount([chats.task], logger));
  await engine.start();
  return {
    ...gateway,
    engine,
    http,
    messagesOf: (key) => chats.channels.of(keyOf(key)),
    async chatAt(name, url) {
      await chats.desk.set(`slack-${name}`, { credential: new Secret(url) });
      return `slack-${name}`;
    },
    async close() {
      await gateway.close();
      await chats.close();
      await engine.stop(2_000);
      released.abort();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
