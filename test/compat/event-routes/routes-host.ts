import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as gatehouse from '../../../src';
import { createEventBus } from '../../../src/agent/events/event-bus';
import { createLegacyLayer } from '../../../src/compat';
import { actorNamed } from '../../../src/core/actor';
import type { AgentRunRequest } from '../../../src/core/agent-run';
import type { EventBus } from '../../../src/core/event';
import { LiveMount } from '../../../src/core/live-mount';
import { buildMount, type Mount } from '../../../src/core/mount';
import type { PluginServices } from '../../../src/core/plugin-services';
import { Scope } from '../../../src/core/scope';
import { createDeliveries } from '../../../src/http/deliveries';
import { createInbox, type InboxEngine } from '../../../src/inbox/inbox-engine';
import { SqliteStore } from '../../../src/inbox/sqlite/sqlite-store';
import { LateServices } from '../../../src/plugins/late-services';
import { loadModule } from '../../../src/plugins/load-module';
import { nativeDialect } from '../../../src/plugins/native-dialect';
import { createCaches } from '../../../src/state/cache';
import { createDocuments } from '../../../src/state/documents';
import { fakeClock, testChannel } from '../../../src/testing';
import { guardsOn, type SecretValues } from '../../http/guards-under-test';
import { startGateway } from '../../http/gateway-under-test';
import { count, QUICK, testSealer, until } from '../../inbox/engine-under-test';
import type { JobState } from '../../../src/inbox/states';
import { plainServices } from '../plain-plugin';

export type RoutesHost = Awaited<ReturnType<typeof startRoutesHost>>;

/** A gateway, an inbox and the services of plugins, but for the agent: what it is asked to do is kept in `runs`. */
export async function startRoutesHost(secrets: SecretValues) {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-routes-'));
  const clock = fakeClock(Date.now());
  const store = await SqliteStore.open({ file: path.join(folder, 'inbox.db'), clock });
  const channel = testChannel(clock);
  const runs: AgentRunRequest[] = [];
  const late: { bus?: EventBus } = {};
  let engine!: InboxEngine;
  const gateway = await startGateway({
    guards: guardsOn(secrets),
    inboxOf: ({ table, logger, settings }) => {
      engine = createInbox({
        ...{ store, table, logger, clock, sealer: testSealer, deliveries: createDeliveries(settings) },
        settings: { ...QUICK, ...settings },
        node: { id: 'test', url: () => 'http://127.0.0.1' },
        facesOf: (plugin, sink, { payload }) => ({
          events: (late.bus as EventBus).of(plugin, sink, payload),
          message: channel.of(plugin, sink),
        }),
      });
      return engine.inbox;
    },
  });
  await engine.open();
  const { table } = gateway;
  const logger = plainServices().logger;
  const { bus, close } = createEventBus({ table, shared: engine.shared, sink: engine.inbox, clock, logger });
  late.bus = bus;
  const caches = createCaches({ database: engine.database, clock, logger });
  const layer = createLegacyLayer({
    settings: {
      compat: { webhookMethods: 'warn', 'webhookMethods.answer': 'handler', sunset: undefined, pins: {} },
      perPlugin: {},
    },
    ...{ logger, clock },
  });
  await engine.start();

  const servicesOf = (
    mount: Pick<Mount, 'key'>,
    config: Readonly<Record<string, unknown>>,
  ): PluginServices => ({
    ...plainServices(mount.key),
    config,
    store: createDocuments({ database: engine.database }).of(mount.key),
    cache: caches.of(mount.key, actorNamed(mount.key)),
    events: bus.of(mount.key),
    message: channel.of(mount.key),
    tasks: engine.inbox.tasksOf(mount.key),
    secrets: { get: (name) => [secrets[name] ?? []].flat()[0], set: async () => undefined },
    agent: {
      run: async (request) => {
        runs.push(request);
        return { id: `run-${runs.length}`, state: 'queued' };
      },
    },
  });

  return {
    ...{ engine, store, clock, channel, runs, table },
    call: gateway.call,
    /** Loads a plugin from its folder, as a host does, and lets it serve; gives its services. */
    async load(place: string, config: Readonly<Record<string, unknown>> = {}): Promise<PluginServices> {
      const bound = new LateServices();
      const modules: Record<string, unknown> = {
        gatehouse,
        'gatehouse/compat': layer.modules['gatehouse/compat']?.(bound.get),
      };
      const entry = path.join(place, 'index.ts');
      const module = await loadModule({ folder: place, entry, modules: (name) => modules[name] });
      const source = { folder: place, manifest: {}, module: module.exports };
      const found = [nativeDialect, ...layer.dialects]
        .map((dialect) => dialect.recognise(source))
        .find((reading) => reading !== undefined);
      if (found === undefined) throw new Error(`${place} is no plugin`);
      const key = `${found.info.author}.${found.info.module}` as Mount['key'];
      const services = servicesOf({ key }, config);
      bound.bind(services);
      found.bind(services);
      const mount = buildMount(key, found.info, found.translate());
      table.swap(key, new LiveMount(mount, 1, new Scope(), services.logger, (stack) => stack));
      return services;
    },
    jobs: (state: JobState, n: number) =>
      until(`${n} jobs that are ${state}`, async () => (await count(store, state)) === n),
    async close() {
      await close();
      await caches.close();
      await gateway.close();
      await engine.stop(1_000);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const hex = (secret: string, text: string) => createHmac('sha256', secret).update(text).digest('hex');
const seconds = () => String(Math.floor(Date.now() / 1_000));

/** Requests as the senders make them; `secret` may be another one than theirs. */
export const sender = {
  github: (secret: string, event: string, body: object) => {
    const text = JSON.stringify(body);
    return post(text, { 'x-github-event': event, 'x-hub-signature-256': `sha256=${hex(secret, text)}` });
  },
  slack: (secret: string, body: object, at = seconds()) => {
    const text = JSON.stringify(body);
    const signature = `v0=${hex(secret, `v0:${at}:${text}`)}`;
    return post(text, { 'x-slack-request-timestamp': at, 'x-slack-signature': signature });
  },
  stripe: (secret: string, body: object, at = seconds()) => {
    const text = JSON.stringify(body);
    return post(text, { 'stripe-signature': `t=${at},v1=${hex(secret, `${at}.${text}`)}` });
  },
  extend: (secret: string, body: object, at = seconds()) => {
    const text = JSON.stringify(body);
    return post(text, {
      'x-extend-request-timestamp': at,
      'x-extend-request-signature': hex(secret, `v0:${at}:${text}`),
    });
  },
};

/** A POST of JSON text. */
export const post = (text: string, headers: Readonly<Record<string, string>> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: text,
});
