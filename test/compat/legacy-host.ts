import type { AddressInfo } from 'node:net';
import express from 'express';
import { createLegacyLayer, type WebhookHandler, type WebhookHandlers } from '../../src/compat';
import { systemClock } from '../../src/core/clock';
import { LiveMount } from '../../src/core/live-mount';
import { buildMount, type Mount } from '../../src/core/mount';
import { MountTable } from '../../src/core/mount-table';
import type { PluginServices } from '../../src/core/plugin-services';
import { Scope } from '../../src/core/scope';
import type { Settings } from '../../src/core/settings';
import { createGateway } from '../../src/http/gateway';
import { PlainPlugin, plainServices } from './plain-plugin';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: any;
}

const open: (() => Promise<void>)[] = [];

/** Closes every host a test started, also when the test failed half-way. */
export async function closeHosts(): Promise<void> {
  for (let close = open.pop(); close !== undefined; close = open.pop()) await close();
}

/** A gateway with the compatibility layer on a free port, and plugins put on it one by one. */
export async function startLegacyHost(compat: Partial<Settings['compat']> = {}) {
  const table = new MountTable();
  const settings: Settings = {
    port: 0,
    host: '127.0.0.1',
    data: '/nowhere',
    publicUrl: undefined,
    trustProxy: false,
    allowFrom: [],
    operatorToken: undefined,
    masterKey: undefined,
    previousMasterKeys: [],
    databaseUrl: undefined,
    plugins: { folders: [], packages: false, newPlugins: 'enabled' },
    perPlugin: {},
    routes: {
      defaultAccess: 'public',
      docs: 'operator',
      unknownFields: 'ignore',
      brokenResponses: 'log',
    },
    rateLimit: { perAddress: undefined, perEndpoint: undefined, verified: undefined, refusals: undefined },
    quarantine: { maxCount: 10, maxBytes: 1_000_000 },
    http: { allow: undefined, allowPrivate: [], allowHttp: false },
    channels: { rate: undefined, keepMs: 1_000 },
    agent: {
      url: undefined,
      key: undefined,
      model: undefined,
      tokensPerDay: 0,
      runsPerEndpoint: undefined,
      foldMs: 0,
      depth: 1,
      concurrency: 1,
    },
    mail: { url: undefined, from: undefined },
    limits: {
      bodyBytes: 4_096,
      storedBodyBytes: 4_096,
      jsonBytes: 4_096,
      jsonValues: 250_000,
      fileBytes: 8_192,
      files: 3,
      urlBytes: 4_096,
      messageBytes: 1_048_576,
    },
    timeouts: {
      handlerMs: 5_000,
      drainMs: 2_000,
      stopMs: 3_000,
      startMs: 5_000,
      headersMs: 5_000,
      requestMs: 5_000,
    },
    inbox: { concurrency: 1, pluginConcurrency: 1, taskConcurrency: 1, leaseMs: 5_000, pollMs: 1_000 },
    upgrade: { copyFirst: true },
    receipts: { keepMs: 60_000, maxBytes: 1_000_000, keepFor: {} },
    jobs: { keepMs: 60_000 },
    dedupe: { windowMs: 60_000 },
    compat: {
      webhookMethods: 'warn',
      'webhookMethods.answer': 'handler',
      sunset: undefined,
      pins: {},
      ...compat,
    },
    log: { level: 'debug', access: false, file: undefined, fileBytes: 1, files: 1 },
    audit: { keepMs: 60_000 },
    metrics: { public: false },
    alerts: {
      ...{ channel: undefined, everyMs: 60_000, failureRate: 0, backlogMs: 0 },
      ...{ deadLetters: false, refusedPerMinute: 0 },
    },
  };
  const { logger, logged } = plainServices('the.host');
  const layer = createLegacyLayer({ settings, logger, clock: systemClock });
  const gateway = createGateway({
    table,
    settings,
    logger,
    operatorAuth: { allows: () => false, identify: () => undefined },
    deprecations: layer.deprecations,
    shared: layer.shared,
    prefixAliases: layer.prefixAliases,
    app: express(),
  });
  await new Promise<void>((resolve) => gateway.server.listen(0, '127.0.0.1', resolve));
  open.push(async () => {
    gateway.server.closeAllConnections();
    await new Promise((resolve) => gateway.server.close(resolve));
  });
  const base = `http://127.0.0.1:${(gateway.server.address() as AddressInfo).port}`;
  let generation = 0;

  const serveMount = (mount: Mount, { logger: own }: Pick<PluginServices, 'logger'>): LiveMount => {
    const live = new LiveMount(mount, (generation += 1), new Scope(), own, (stack) => stack);
    table.swap(mount.key, live);
    layer.mounted(mount);
    return live;
  };
  /** Builds the plugin and lets it serve; gives its services, which keep what it logs and sends. */
  const mount = (plugin: PlainPlugin) => {
    const services = plainServices(plugin.key);
    plugin.bound = services;
    return {
      ...services,
      live: serveMount(buildMount(plugin.key, services.info, plugin.declarations), services),
    };
  };

  return {
    base,
    table,
    layer,
    logged,
    serveMount,
    mount,
    /** A plugin with one webhook method, serving. */
    serve(handler: WebhookHandler | WebhookHandlers, { key = 'dev.demo', endpoint = 'gh' } = {}) {
      const plugin = new PlainPlugin(key);
      plugin.mountWebhookMethod({ endpoint }, handler);
      return mount(plugin);
    },
    async call(path: string, init: RequestInit = {}): Promise<Answer> {
      const response = await fetch(base + path, { redirect: 'manual', ...init });
      const text = await response.text();
      let body: unknown = text;
      try {
        body = JSON.parse(text);
      } catch {
        // Not JSON: the text is the body.
      }
      return { status: response.status, headers: response.headers, text, body };
    },
  };
}
export type LegacyHost = Awaited<ReturnType<typeof startLegacyHost>>;

/** A POST with a body of a type. */
export const post = (
  body: string | Buffer,
  type?: string,
  more: Record<string, string> = {},
): RequestInit => ({
  method: 'POST',
  headers: { ...(type !== undefined && { 'content-type': type }), ...more },
  body: typeof body === 'string' ? Buffer.from(body) : body,
});
export const postJson = (body: unknown, more: Record<string, string> = {}) =>
  post(typeof body === 'string' ? body : JSON.stringify(body), 'application/json', more);
