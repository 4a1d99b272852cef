import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import type { Writable } from 'node:stream';
import type { Clock } from '../core/clock';
import { secretVariable } from '../core/declared-secrets';
import { HostError, isHostError } from '../core/errors';
import type { Channels } from '../core/ports/channels';
import type { PluginRegistry, PluginStatus } from '../core/ports/plugin-registry';
import type { Secret } from '../core/secret';
import type { Settings } from '../core/settings';
import type { Environment } from '../core/settings-variables';
import { CollectedLog, type LogLine } from './collected-log';
import { GIVEN_PLUGIN, givenPluginFolder, pluginFolders, type IsPlugin } from './plugin-places';
import { scratchFolder } from './scratch-folder';
import { seatChannel } from './test-channel';
import { secretVariables, testSettings, type TestSecrets, type TestSettings } from './test-settings';

export interface TestHostOptions {
  /** A plugin's own folder or file, or a folder of plugins; several may be given. */
  readonly plugins: string | readonly string[];
  /** As an operator would give them, e.g. `{ 'acme.ci': { GITHUB_WEBHOOK_SECRET: 'test' } }`. */
  readonly secrets?: TestSecrets;
  /** As in `gatehouse.yaml`; they win over what is usual in tests. */
  readonly settings?: TestSettings;
  /** Variables `GATEHOUSE_*`; those of the process do not count. Default none. */
  readonly env?: Environment;
  /** Where messages for chats go: a `testChannel()`. Default: they are logged. */
  readonly channel?: Channels;
  /**
   * What the host goes by: a `fakeClock()`. Schedules, delayed jobs, retries, dedupe windows, quotas, signatures and
   * `createdAt` go by it; timeouts, leases, heartbeats, the dates in the log and `Date.now()` in a plugin go by the machine.
   */
  readonly clock?: Clock;
  /** `keep`: a plugin that does not load is listed as failed, as in production. Default `refuse`: `startHost` rejects. */
  readonly failed?: 'refuse' | 'keep';
}

/** A whole host in this process, with a data folder of its own. */
export interface TestHost {
  /** `http://127.0.0.1:<port>`, no trailing slash. */
  readonly url: string;
  /** The address of a path of a plugin, e.g. `('acme.ci', '/github')`. */
  urlOf(plugin: string, path?: string): string;
  /** Everything the host and its plugins logged so far; the same array throughout. */
  readonly logs: readonly LogLine[];
  /** Its plugins: look at them, reload them. */
  readonly registry: PluginRegistry;
  /** Bearer token of `/api/operator`. */
  readonly operatorToken: string;
  /** Resolves once no job is due, ready or running: what was accepted so far is worked. */
  idle(): Promise<void>;
  /** Drains, stops and removes the data folder. May be called twice. */
  stop(): Promise<void>;
}

/** @throws testing/plugin-failed, testing/no-plugin, testing/unknown-plugin, testing/unknown-secret, testing/clock-needs-sqlite, settings/invalid; those of the host */
export type StartTestHost = (options: TestHostOptions) => Promise<TestHost>;

/** What a host is started with, and what of one is used here. */
export interface HostStart {
  readonly settings: Settings;
  readonly watch: boolean;
  readonly env: Environment;
  /** Where the log is written, in place of standard output. */
  readonly output: Writable;
  readonly channels?: Channels;
  readonly clock?: Clock;
  /** Further modules that plugins import, by name; all begin with `gatehouse/`. */
  readonly modules?: (name: string) => unknown;
}
export interface StartedHost {
  readonly url: string;
  readonly registry: PluginRegistry;
  readonly operatorToken: { readonly token: Secret };
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestHostParts {
  readonly start: (start: HostStart) => Promise<StartedHost>;
  readonly isPlugin: IsPlugin;
}

/** Of a port that was free and is no longer when the host takes it. */
const MOST_TRIES = 5;

/** A host of one plugin, handed over as an object. */
export type StartGivenHost = (
  plugin: unknown,
  options: Omit<TestHostOptions, 'plugins'>,
) => Promise<TestHost>;

export function createStartHost(parts: TestHostParts): StartTestHost {
  return (options) =>
    startTestHost(parts, options, (scratch) => pluginFolders(options.plugins, scratch, parts.isPlugin));
}

export function createStartGivenHost(parts: TestHostParts): StartGivenHost {
  const modules = (plugin: unknown) => (name: string) => (name === GIVEN_PLUGIN ? { plugin } : undefined);
  return (plugin, options) =>
    startTestHost(
      parts,
      { ...options, plugins: 'the given object' },
      async (scratch) => [await givenPluginFolder(scratch)],
      modules(plugin),
    );
}

async function startTestHost(
  { start }: TestHostParts,
  options: TestHostOptions,
  foldersIn: (scratch: string) => Promise<string[]>,
  modules?: HostStart['modules'],
): Promise<TestHost> {
  const scratch = await scratchFolder();
  const remove = () => rm(scratch, { recursive: true, force: true });
  const log = new CollectedLog();
  let host: StartedHost | undefined;
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= (host?.stop() ?? Promise.resolve()).finally(remove));
  try {
    const given = { folders: await foldersIn(scratch), data: path.join(scratch, 'data') };
    if (options.channel !== undefined) seatChannel(options.channel, given.data);
    host = await startOnFreePort(start, options, { ...given, log, modules });
    checkPlugins(host.registry, options);
    return { ...faceOf(host, log), stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

interface Surroundings {
  readonly folders: readonly string[];
  readonly data: string;
  readonly log: CollectedLog;
  readonly modules: HostStart['modules'];
}

async function startOnFreePort(
  start: TestHostParts['start'],
  { secrets = {}, settings = {}, env = {}, channel, clock }: TestHostOptions,
  { folders, data, log, modules }: Surroundings,
): Promise<StartedHost> {
  const variables = { ...env, ...secretVariables(secrets) };
  for (let tries = 1; ; tries += 1) {
    const sources = { given: settings, env: variables, folders, data, port: await freePort() };
    try {
      return await start({
        settings: testSettings(sources),
        watch: false,
        env: variables,
        output: log,
        ...(channel === undefined ? {} : { channels: channel }),
        ...(clock === undefined ? {} : { clock }),
        ...(modules === undefined ? {} : { modules }),
      });
    } catch (thrown) {
      const isTaken = isHostError(thrown) && thrown.code === 'host/address-in-use';
      if (!isTaken || settings['port'] !== undefined || tries === MOST_TRIES) throw thrown;
    }
  }
}

function faceOf(
  { url, registry, operatorToken, idle }: StartedHost,
  log: CollectedLog,
): Omit<TestHost, 'stop'> {
  return {
    url,
    urlOf: (plugin, below = '') => `${url}/api/plugin/${plugin}${below.startsWith('/') ? '' : '/'}${below}`,
    logs: log.lines,
    registry,
    operatorToken: operatorToken.token.reveal(),
    idle,
  };
}

function checkPlugins(registry: PluginRegistry, { plugins, secrets = {}, failed }: TestHostOptions): void {
  const all = registry.list();
  if (all.length === 0) throw new HostError('testing/no-plugin', [[plugins].flat().join(', ')]);
  const lost = all.filter(({ state }) => state === 'failed');
  if (lost.length > 0 && failed !== 'keep') {
    const failures = lost.map(({ key, folder, failure }) => `  - ${key ?? folder}: ${failure?.stack ?? ''}`);
    throw new HostError('testing/plugin-failed', [failures.join('\n')]);
  }
  const stranger = Object.keys(secrets).find((key) => registry.find(key) === undefined);
  if (stranger !== undefined)
    throw new HostError('testing/unknown-plugin', [
      stranger,
      all.map(({ key, folder }) => key ?? folder).join(', '),
    ]);
  for (const [key, values] of Object.entries(secrets)) checkNames(registry.find(key), key, values);
}

/**
 * A name that a plugin neither declares nor names in an access is one it may ask for by itself; while one that it does is
 * without a value, it is a misspelling, and would show as a 503 that nobody understands.
 * @throws testing/unknown-secret
 */
function checkNames(status: PluginStatus | undefined, key: string, values: TestSecrets[string]): void {
  if (status?.state !== 'live') return;
  const known = new Set(status.secrets.map(({ name }) => secretVariable(name)));
  const unknown = Object.keys(values ?? {}).find((name) => !known.has(secretVariable(name)));
  if (unknown === undefined || status.secrets.every(({ isSet }) => isSet)) return;
  const names = status.secrets.map(({ name, isSet }) => (isSet ? name : `${name} (without a value)`));
  throw new HostError('testing/unknown-secret', [key, unknown, names.join(', ')]);
}

/** A port that nothing holds at this moment: the host's public address has to be known before it starts. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
