import type { Command } from 'commander';
import { firstStopSignal } from '../signals';
import type { CliContext } from './cli-context';
import { addDevCommand } from './dev-command';
import { addSettingsOptions, settingsOf, type HostFlags } from './host-options';
import { formatStart } from './start-report';

/** `serve` and `dev`: run a host until a signal, then drain. */
export function addServeCommands(program: Command, context: CliContext): void {
  addSettingsOptions(program.command('serve'))
    .description('Serve the plugins until SIGTERM or Ctrl-C, then drain and exit 0')
    .action((options: HostFlags) => serve(context, options));
  addDevCommand(program, context);
}

async function serve(context: CliContext, options: HostFlags): Promise<void> {
  const { terminal, startHost, env } = context;
  const { settings } = settingsOf(context, options);
  // Watched from before the start: a signal that arrives while plugins load stops the host as soon as it is up.
  const stopSignal = firstStopSignal(context.signals);
  const host = await startHost({ settings, watch: false, env });
  terminal.print(formatStart(host, terminal));
  const signal = await stopSignal;
  terminal.print(`${signal}: draining, then stopping`);
  await host.stop();
  context.finish(0);
}
