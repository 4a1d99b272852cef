import 'reflect-metadata';
import assert from 'node:assert';
import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import winston from 'winston';
import type { McpHandler } from './agent/mcp/mcp-handler';
import { createLegacyLayer } from './compat'; // compat
import { systemClock, type Clock } from './core/clock';
import { MountTable } from './core/mount-table';
import type { PluginKey } from './core/plugin-key';
import type { Inspection } from './core/ports/inspection';
import type { NodeStatus } from './core/ports/inbox-desk';
import type { LegacyLayer } from './core/ports/legacy-layer';
import type { JobFacesOf } from './core/ports/inbox';
import type { PluginState } from './core/ports/plugin-registry';
import type { Tracing } from './core/ports/tracing';
import { liveValues } from './core/secret-mask';
import type { Settings } from './core/settings';
import { createFace, type FaceParts } from './host-face';
import { createPlugins, type HostPlugins } from './host-plugins';
import { BrokenResponses } from './http/broken-responses';
import { createDeliveries } from './http/deliveries';
import { type Gateway } from './http/gateway';
import { openSettledStore } from './host-backup';
import { createInbox, type InboxEngine } from './inbox/inbox-engine';
import { inspectStore } from './inbox/inspect-store';
import { clearLocalSocket, localSocketPath } from './operator/local-socket';
import { addLogFile } from './operator/log-file';
import { createLogRing, type TransportedRing } from './operator/log-ring';
import { WorkCounts } from './operator/metrics/work-counts';
import { provideOperatorToken } from './operator/operator-token';
import type { HostOptions, RunningHost } from './operator/running-host';
import { startWarnings } from './operator/start-warnings';
import { readVersion } from './operator/version';
import { installFaultGuard } from './plugins/fault-guard';
import { Reconciler } from './plugins/reconciler';
import { watchPlugins, type Watch } from './plugins/watch';
import { inspectMasterKey } from './state/inspect-master-key';
import { provideMasterKey, providePreviousKeys } from './state/master-key';
import { createSealer, type MasterSealer } from './state/sealer';
import { openTracing } from './telemetry/open-tracing';

export { createBackups } from './host-backup';
export { createProve } from './inbox/prove/prove';
export { createSamples } from './signatures/samples/samples';

/** Looks at stores and keys without a host. */
export const inspection: Inspection = { masterKey: inspectMasterKey, store: inspectStore };

/**
 * Starts a host: every plugin is live or failed, then it listens. With the other `host-*.ts` the one place that names parts.
 * @throws host/address-in-use, host/already-running, host/bad-master-key, operator/bad-token-file; those of `openStore`
 */
export async function startHost(options: HostOptions): Promise<RunningHost> {
  const { settings } = options;
  // First: a second host on the same data folder is refused before it loads or writes anything.
  await clearLocalSocket(localSocketPath(settings.data));
  const now = { url: '', isServing: false };
  const { logger, engine, plugins, face, stopping, closeLogs, operatorToken } = await assemble(options, now);
  const { reconciler, registry } = plugins;
  const removeGuard = guardFaults(reconciler, logger);

  let watch: Watch | undefined;
  let endWatching: (() => Promise<void>) | undefined;
  const stop = async () => {
    const end = performance.now() + settings.timeouts.stopMs;
    now.isServing = false;
    stopping.abort();
    try {
      await endWatching?.();
      await stopAll({ settings, engine, plugins, watch, ...face });
    } finally {
      await face.accessLog?.close();
      await closeLogs(Math.max(LEAST_FLUSH_MS, end - performance.now()));
      removeGuard();
    }
  };
  try {
    await reconciler.rescan();
    await engine.start();
    now.url = await listen(face.gateway, settings);
    now.isServing = true;
    endWatching = face.start();
    for (const warning of startWarnings(settings)) logger.warn(warning);
    if (options.watch) watch = await watchFolders(reconciler, settings, logger);
    return { url: now.url, registry, settings, operatorToken, idle: () => engine.idle(), stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** Makes every part; nothing runs or listens yet. `now` is what is true of the host at the moment. */
async function assemble(options: HostOptions, now: { readonly url: string; readonly isServing: boolean }) {
  const { settings, output = process.stdout, clock = systemClock } = options;
  const logs = createLogRing();
  const logger = createLogger(settings, output, logs);
  const logFile = addLogFile(logger, settings.log, output);
  const tracing = openTracing({ env: options.env, version: readVersion(), logger });
  const [work, node, stopping] = [new WorkCounts(), randomUUID(), new AbortController()];
  const operatorToken = provideOperatorToken(settings.operatorToken, settings.data);
  const table = new MountTable();
  const brokenResponses = new BrokenResponses(settings.routes.brokenResponses, clock);
  const legacy: LegacyLayer | undefined = createLegacyLayer({ settings, logger, clock }); // compat
  // without compat: const legacy: LegacyLayer | undefined = undefined as LegacyLayer | undefined;
  table.onChange((_key, seat) => {
    if (seat?.live !== undefined) legacy?.mounted(seat.live.mount);
  });
  const url = () => now.url;
  // Made after the engine, which plugins may store with from their first moment.
  const late: { plugins?: HostPlugins } = {};
  const masterKey = provideMasterKey(settings.masterKey, settings.data);
  const sealer = createSealer(masterKey, providePreviousKeys(settings.previousMasterKeys, settings.data));
  const engine = await createEngine(
    { settings, logger, table, sealer, clock, brokenResponses, work, node, tracing },
    statusOf(late, url, clock),
  );
  const { signal } = stopping;
  const creating = createPlugins(options, logger, {
    ...{ table, legacy, engine, sealer, masterKey, stopping: signal },
  });
  const plugins = await creating.catch(async (thrown: unknown) => {
    await tracing?.close(0);
    await engine.stop(LEAST_FLUSH_MS);
    throw thrown;
  });
  late.plugins = plugins;
  const face = createFace({
    ...{ settings, logger, table, legacy, engine, plugins, operatorToken, clock, brokenResponses },
    ...{ logs, stopping: signal, work, node, tracing, output: logFile?.stream ?? output, url },
    isServing: () => now.isServing,
  });
  const closeLogs = async (mostMs: number) => {
    await tracing?.close(mostMs);
    await logFile?.close();
  };
  return { logger, engine, plugins, face, stopping, closeLogs, operatorToken };
}

interface Stopping extends Pick<FaceParts, 'settings' | 'engine' | 'plugins'> {
  readonly gateway: Gateway;
  readonly mcp: McpHandler;
  readonly watch: Watch | undefined;
}

async function stopAll({ settings, engine, gateway, plugins, watch, mcp }: Stopping): Promise<void> {
  const { stopMs } = settings.timeouts;
  const end = performance.now() + stopMs;
  engine.quiesce();
  try {
    await watch?.close();
    // All drain at once: a request in flight holds its generation, so neither outruns the other.
    await Promise.all([
      mcp.close(),
      gateway.close(stopMs),
      plugins.reconciler.shutdown(stopMs),
      plugins.services.retire(stopMs),
    ]);
  } finally {
    try {
      await plugins.services.close();
    } finally {
      await engine.stop(Math.max(LEAST_FLUSH_MS, end - performance.now()));
      await plugins.close();
    }
  }
}

/** For the last commits of the inbox, however long the rest took to stop. */
const LEAST_FLUSH_MS = 500;

interface HostStatus {
  readonly url: () => string;
  readonly plugins: () => NodeStatus['plugins'];
  readonly pluginState: (key: string) => PluginState | undefined;
  readonly facesOf: JobFacesOf;
  /** Live values of a plugin's secrets: what is shown holds none of them. */
  readonly secretsOf: (key: PluginKey) => readonly string[];
}

/** What the inbox is told of plugins, which are made after it. */
function statusOf(late: { readonly plugins?: HostPlugins }, url: () => string, clock: Clock): HostStatus {
  return {
    url,
    plugins: () => late.plugins?.registry.counts() ?? {},
    pluginState: (key) => late.plugins?.registry.find(key)?.state,
    secretsOf: (key) =>
      late.plugins === undefined ? [] : liveValues(late.plugins.secrets, key, clock.now()),
    facesOf: (key, sink, job) => {
      assert(late.plugins !== undefined, 'no job runs before there are plugins');
      return late.plugins.services.jobFacesOf(key, sink, job);
    },
  };
}

interface EngineParts extends Pick<
  FaceParts,
  'settings' | 'logger' | 'table' | 'clock' | 'brokenResponses' | 'work' | 'node'
> {
  readonly sealer: MasterSealer;
  readonly tracing: Tracing | undefined;
}

async function createEngine(
  { settings, logger, table, sealer, clock, brokenResponses, work, node, tracing }: EngineParts,
  { pluginState, facesOf, secretsOf, ...status }: HostStatus,
): Promise<InboxEngine> {
  return createInbox({
    store: await openSettledStore(settings, logger, clock),
    table,
    deliveries: createDeliveries(settings, brokenResponses),
    sealer,
    settings,
    logger,
    clock,
    node: { id: node, ...status },
    observer: work,
    tracing,
    pluginState,
    facesOf,
    secretsOf,
  });
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

/** JSON lines, one per event; secrets never reach it because settings hold them as Secret. */
function createLogger(settings: Settings, output: Writable, { transport }: TransportedRing): winston.Logger {
  return winston.createLogger({
    level: settings.log.level,
    format: winston.format.combine(
      winston.format((line) => ({ time: new Date().toISOString(), ...line }))(),
      winston.format.json({ deterministic: false }),
    ),
    transports: [new winston.transports.Stream({ stream: output }), transport],
  });
}
