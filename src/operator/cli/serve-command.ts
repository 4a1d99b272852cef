import type { Command } from 'commander';
import type { Settings } from '../../core/settings';
import type { LoadedSettings } from '../load-settings';
import { firstStopSignal } from '../signals';
import type { CliContext } from './cli-context';
import { addSettingsOptions, settingsOf, type HostFlags } from './host-options';
import { formatStart } from './start-report';

/** `serve` and `dev`: run a host until a signal, then drain. */
export function addServeCommands(program: Command, context: CliContext): void {
  addSettingsOptions(program.command('serve'))
    .description('Serve the plugins until SIGTERM or Ctrl-C, then drain and exit 0')
    .action((options: HostFlags) => serve(context, options, false));
  addSettingsOptions(program.command('dev'))
    .description('Serve, and reload a plugin whenever its files change')
    .action((options: HostFlags) => serve(context, options, true));
}

/** Whoever writes a plugin wants to read of every answer that breaks its schema. */
function forAuthors({ settings, origins }: LoadedSettings): Settings {
  if (origins.get('routes.brokenResponses') !== 'default') return settings;
  const routes = Object.freeze({ ...settings.routes, brokenResponses: 'log' as const });
  return Object.freeze({ ...settings, routes });
}

async function serve(context: CliContext, options: HostFlags, watch: boolean): Promise<void> {
  const { terminal, startHost, env } = context;
  const loaded = settingsOf(context, options);
  const settings = watch ? forAuthors(loaded) : loaded.settings;
  // Watched from before the start: a signal that arrives while plugins load stops the host as soon as it is up.
  const stopSignal = firstStopSignal(context.signals);
  const host = await startHost({ settings, watch, env });
  terminal.print(formatStart(host, terminal));
  if (watch) terminal.print(`Watching ${settings.plugins.folders.join(', ')}`);
  const signal = await stopSignal;
  terminal.print(`${signal}: draining, then stopping`);
  await host.stop();
  context.finish(0);
}
