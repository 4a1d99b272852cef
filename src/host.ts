import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import winston from 'winston';
import { DevelopmentChannel } from './agent/development-channel';
import { createLegacyLayer } from './compat'; // compat
import { systemClock } from './core/clock';
import { MountTable } from './core/mount-table';
import type { PluginKey } from './core/plugin-key';
import type { NodeStatus } from './core/ports/inbox-desk';
import type { LegacyLayer } from './core/ports/legacy-layer';
import type { Sealer } from './core/ports/sealer';
import type { PluginState } from './core/ports/plugin-registry';
import type { Settings } from './core/settings';
import { createAccessLog, type AccessLog } from './http/access-log';
import { createDeliveries } from './http/deliveries';
import { createGateway, type Gateway } from './http/gateway';
import { createHostApp } from './http/host-app';
import { createReceiptRouter } from './http/receipt-router';
import { createInbox, type InboxEngine } from './inbox/inbox-engine';
import { openStore } from './inbox/open-store';
import * as authors from './index';
import { clearLocalSocket, localSocketPath } from './operator/local-socket';
import { createOperator } from './operator/operator';
import { createOperatorAuth } from './operator/operator-auth';
import { createOperatorRouter } from './operator/operator-router';
import { provideOperatorToken, type OperatorToken } from './operator/operator-token';
import type { HostOptions, RunningHost } from './operator/running-host';
import { readConfigValues } from './plugins/config-values';
import { discover } from './plugins/discover';
import { installFaultGuard } from './plugins/fault-guard';
import { servicesFactory } from './plugins/generation-services';
import { guessKey } from './plugins/identity';
import type { LateServices } from './plugins/late-services';
import { moduleLoader } from './plugins/module-loader';
import { nativeDialect } from './plugins/native-dialect';
import { LocalPluginRegistry } from './plugins/plugin-registry';
import { Reconciler } from './plugins/reconciler';
import { WantedFollower } from './plugins/wanted-follower';
import { WantedState } from './plugins/wanted-state';
import { watchPlugins, type Watch } from './plugins/watch';
import { provideMasterKey } from './state/master-key';
import { warnOfMissing } from './state/missing-secrets';
import { createSealer } from './state/sealer';
import { createSecrets, type StoredSecrets } from './state/secrets';

export { createProve } from './inbox/prove/prove';

/**
 * Starts a host: every plugin is live or failed, then it listens. The one place that names every part.
 * @throws host/address-in-use, host/already-running, host/bad-master-key, operator/bad-token-file; those of `openStore`
 */
export async function startHost(options: HostOptions): Promise<RunningHost> {
  const { settings } = options;
  const logger = createLogger(settings);
  // First: a second host on the same data folder is refused before it loads or writes anything.
  await clearLocalSocket(localSocketPath(settings.data));
  const operatorToken = provideOperatorToken(settings.operatorToken, settings.data);
  const table = new MountTable();
  const legacy: LegacyLayer | undefined = createLegacyLayer({ settings, logger, clock: systemClock }); // compat
  // without compat: const legacy: LegacyLayer | undefined = undefined as LegacyLayer | undefined;
  table.onChange((_key, seat) => {
    if (seat?.live !== undefined) legacy?.mounted(seat.live.mount);
  });
  let url = '';
  // The registry is made after the engine, which plugins may store with from their first moment.
  const late: { registry?: LocalPluginRegistry } = {};
  const sealer = createSealer(provideMasterKey(settings.masterKey, settings.data));
  const engine = await createEngine(
    { settings, logger, table, sealer },
    {
      url: () => url,
      plugins: () => late.registry?.counts() ?? {},
      pluginState: (key) => late.registry?.find(key)?.state,
    },
  );
  const creating = createPlugins(options, logger, { table, legacy, engine, sealer });
  const { reconciler, registry, secrets } = await creating.catch(async (thrown: unknown) => {
    await engine.stop(LEAST_FLUSH_MS);
    throw thrown;
  });
  late.registry = registry;
  const removeGuard = guardFaults(reconciler, logger);

  let isServing = false;
  const parts = { settings, logger, table, legacy, engine, registry, secrets, operatorToken };
  const { gateway, accessLog } = createFace(parts, () => isServing);

  let watch: Watch | undefined;
  const stop = async () => {
    const end = performance.now() + settings.timeouts.stopMs;
    isServing = false;
    engine.quiesce();
    try {
      await watch?.close();
      // Both drain at once: a request in flight holds its generation, so neither outruns the other.
      await Promise.all([
        gateway.close(settings.timeouts.stopMs),
        reconciler.shutdown(settings.timeouts.stopMs),
      ]);
    } finally {
      await engine.stop(Math.max(LEAST_FLUSH_MS, end - performance.now()));
    }
    await accessLog?.close();
    removeGuard();
  };
  try {
    await reconciler.rescan();
    await engine.start();
    url = await listen(gateway, settings);
    isServing = true;
    if (options.watch) watch = await watchFolders(reconciler, settings, logger);
    return { url, registry, settings, operatorToken, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** For the last commits of the inbox, however long the rest took to stop. */
const LEAST_FLUSH_MS = 500;

/** What other hosts get to load or drain a plugin and say so; below what a command line waits for an answer. */
const HEAR_MARGIN_MS = 5_000;
const MOST_HEAR_MS = 45_000;

interface HostStatus {
  readonly url: () => string;
  readonly plugins: () => NodeStatus['plugins'];
  readonly pluginState: (key: string) => PluginState | undefined;
}

async function createEngine(
  { settings, logger, table, sealer }: Pick<FaceParts, 'settings' | 'logger' | 'table'> & { sealer: Sealer },
  { pluginState, ...status }: HostStatus,
): Promise<InboxEngine> {
  return createInbox({
    store: await openStore(settings, logger),
    table,
    deliveries: createDeliveries(settings),
    sealer,
    settings,
    logger,
    clock: systemClock,
    node: { id: randomUUID(), ...status },
    pluginState,
  });
}

interface FaceParts {
  readonly settings: Settings;
  readonly logger: winston.Logger;
  readonly table: MountTable;
  readonly legacy: LegacyLayer | undefined;
  readonly engine: InboxEngine;
  readonly registry: LocalPluginRegistry;
  readonly secrets: StoredSecrets;
  readonly operatorToken: OperatorToken;
}

/** What answers: the gateway, and behind it the host's own addresses. */
function createFace(
  { settings, logger, table, legacy, engine, registry, secrets, operatorToken }: FaceParts,
  isServing: () => boolean,
): { gateway: Gateway; accessLog: AccessLog | undefined } {
  const app = createHostApp(settings, isServing);
  const operatorAuth = createOperatorAuth(operatorToken.token);
  const accessLog = settings.log.access ? createAccessLog(process.stdout) : undefined;
  const gateway = createGateway({
    table,
    settings,
    logger,
    app,
    operatorAuth,
    accessLog,
    deprecations: legacy?.deprecations,
    shared: legacy?.shared,
    prefixAliases: legacy?.prefixAliases,
    inbox: engine.inbox,
  });
  app.use('/api/receipts', createReceiptRouter(engine.inbox));
  const operator = createOperator({
    registry,
    explainer: gateway,
    inbox: engine.desk,
    secrets,
    deprecations: legacy?.report,
  });
  app.use('/api/operator', createOperatorRouter(operator, operatorAuth));
  return { gateway, accessLog };
}

async function createPlugins(
  { settings, env }: HostOptions,
  logger: winston.Logger,
  {
    table,
    legacy,
    engine: { inbox, shared, hosts, open },
    sealer,
  }: Pick<FaceParts, 'table' | 'legacy' | 'engine'> & { readonly sealer: Sealer },
): Promise<{ reconciler: Reconciler; registry: LocalPluginRegistry; secrets: StoredSecrets }> {
  const { plugins, data, publicUrl, timeouts } = settings;
  await open();
  const wanted = await WantedState.open({
    file: path.join(data, 'plugins.json'),
    shared,
    newPlugins: plugins.newPlugins,
    logger,
  });
  const keys = () => reconciler.all().flatMap((plugin): PluginKey[] => (plugin.key ? [plugin.key] : []));
  const clock = systemClock;
  const secrets = createSecrets({ shared, sealer, environment: env, plugins: keys, clock, logger });
  table.onChange((_key, seat) => warnOfMissing(seat?.live?.mount, { secrets, clock, logger }));
  const modules = (name: string, late: LateServices): unknown =>
    name === 'gatehouse' ? authors : legacy?.modules[name]?.(late.get);
  const reconciler: Reconciler = new Reconciler({
    discover: () => discover({ ...plugins, workingFolder: process.cwd() }),
    guessKey: ({ entry, manifest }) => guessKey(entry, manifest),
    generations: {
      load: moduleLoader(modules),
      dialects: [nativeDialect],
      revise: legacy?.revise,
      services: servicesFactory({
        logger,
        data,
        channels: new DevelopmentChannel({ logger }),
        publicUrl,
        tasksOf: (key, declared) => inbox.tasksOf(key, declared),
        configOf: (key) =>
          readConfigValues(key, {
            environment: env,
            file: settings.perPlugin[key]?.config,
            others: keys(),
          }),
        secretsOf: (key) => secrets.of(key),
      }),
      startMs: timeouts.startMs,
      logger,
    },
    table,
    wanted,
    drainMs: timeouts.drainMs,
    logger,
  });
  const follower = new WantedFollower({ reconciler, wanted, shared, hosts });
  const hearMs = Math.min(timeouts.startMs + timeouts.drainMs + HEAR_MARGIN_MS, MOST_HEAR_MS);
  const hasSecret = (key: PluginKey, name: string) => secrets.live(key, name, clock.now()).length > 0;
  const registry = new LocalPluginRegistry({ reconciler, wanted, follower, hosts, hearMs, hasSecret });
  return { reconciler, registry, secrets };
}

async function listen(gateway: Gateway, { host, port, data }: Settings): Promise<string> {
  const actual = await gateway.listen(port, host);
  await gateway.listenSocket(localSocketPath(data));
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${actual}`;
}

function guardFaults(reconciler: Reconciler, logger: winston.Logger): () => void {
  return installFaultGuard({
    process,
    attribute: (stack) => reconciler.attribute(stack),
    logger,
    exit: (code) => process.exit(code),
  });
}

function watchFolders(reconciler: Reconciler, settings: Settings, logger: winston.Logger): Promise<Watch> {
  return watchPlugins({ reconciler, folders: settings.plugins.folders, data: settings.data, logger });
}

/** JSON lines on stdout, one per event; secrets never reach it because settings hold them as Secret. */
function createLogger(settings: Settings): winston.Logger {
  return winston.createLogger({
    level: settings.log.level,
    format: winston.format.combine(
      winston.format((line) => ({ time: new Date().toISOString(), ...line }))(),
      winston.format.json({ deterministic: false }),
    ),
    transports: [new winston.transports.Stream({ stream: process.stdout })],
  });
}
