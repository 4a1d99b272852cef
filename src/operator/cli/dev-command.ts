import type { Command } from 'commander';
import type { PluginStatus } from '../../core/ports/plugin-registry';
import { Secret } from '../../core/secret';
import type { Settings } from '../../core/settings';
import type { LoadedSettings } from '../load-settings';
import type { RunningHost } from '../running-host';
import { firstStopSignal } from '../signals';
import { isLoopback } from '../start-warnings';
import type { CliContext } from './cli-context';
import { pullDeliveries } from './dev-pull';
import { createDevOutput } from './dev-output';
import { addSettingsOptions, settingsOf, type HostFlags } from './host-options';
import { formatStart } from './start-report';
import { formatTable, plain, type Terminal } from './terminal';

/** `dev`: a host for whoever writes a plugin: it watches the files, and tells what comes in and what becomes of it. */
export function addDevCommand(program: Command, context: CliContext): void {
  addSettingsOptions(program.command('dev'))
    .option('--from <url>', 'answer what a public host receives for the plugins that are served here')
    .option('--token <token>', 'of that host, with the scope deliveries')
    .option('--plugin <key>', 'with --from: of this plugin alone')
    .option('--json', 'print the log alone, one JSON object a line')
    .description('Serve, reload a plugin whenever its files change, and tell of each request and error')
    .action((flags: HostFlags, command: Command) => {
      const { from, token } = flags;
      if ((from === undefined) !== (token === undefined))
        command.error('error: --from and --token go together');
      if (from !== undefined && !isConfidential(from))
        command.error(
          'error: --from is an https:// address: what is verified there travels on it, and the token',
        );
      return dev(context, flags);
    });
}

async function dev(context: CliContext, { json, from, token, plugin, ...flags }: HostFlags): Promise<void> {
  const { terminal, startHost, env } = context;
  const loaded = settingsOf(context, flags);
  const settings = json === undefined ? readable(forAuthors(loaded)) : forAuthors(loaded);
  const showsDebug = loaded.settings.log.level === 'debug';
  // Watched from before the start: a signal that arrives while plugins load stops the host as soon as it is up.
  const stopSignal = firstStopSignal(context.signals);
  const output = json === undefined ? { output: createDevOutput(terminal, { showsDebug }) } : {};
  const host = await startHost({ settings, watch: true, env, ...output });
  if (json === undefined) {
    terminal.print(formatStart(host, terminal));
    terminal.print(`\n${formatRoutes(host, terminal)}`);
    terminal.print(`\nWatching ${settings.plugins.folders.join(', ')}\n`);
  }
  const ended = new AbortController();
  const pulling =
    from === undefined || token === undefined
      ? undefined
      : pullDeliveries({ host, terminal, from, token: new Secret(token), plugin, signal: ended.signal });
  const signal = await stopSignal;
  ended.abort();
  await pulling;
  if (json === undefined) terminal.print(`${signal}: draining, then stopping`);
  await host.stop();
  context.finish(0);
}

/** Plain HTTP does not leave this machine. */
function isConfidential(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

/** Whoever writes a plugin wants to read of every answer that breaks its schema. */
function forAuthors({ settings, origins }: LoadedSettings): Settings {
  if (origins.get('routes.brokenResponses') !== 'default') return settings;
  const routes = Object.freeze({ ...settings.routes, brokenResponses: 'log' as const });
  return Object.freeze({ ...settings, routes });
}

/** Every request and every reason is read; what of it is shown is another matter. */
function readable(settings: Settings): Settings {
  const log = Object.freeze({ ...settings.log, access: true, level: 'debug' as const });
  return Object.freeze({ ...settings, log });
}

/** Every address of the plugins that serve, aliases left out. */
function formatRoutes({ url, registry }: RunningHost, terminal: Terminal): string {
  const rows = registry.list().flatMap((plugin) => rowsOf(plugin, url));
  return rows.length === 0
    ? 'No plugin serves anything yet.'
    : formatTable(['METHOD', 'URL', 'ACCESS'], rows);

  function rowsOf({ state, endpoints }: PluginStatus, base: string): string[][] {
    if (state !== 'live') return [];
    return endpoints
      .filter((endpoint) => endpoint.url !== '')
      .map(({ method, url: path, reach, access, isOpen }) => [
        plain(method),
        plain(`${base}${path}${reach === 'subtree' ? `${path.endsWith('/') ? '' : '/'}…` : ''}`),
        isOpen ? terminal.colors.yellow(plain(access)) : plain(access),
      ]);
  }
}
