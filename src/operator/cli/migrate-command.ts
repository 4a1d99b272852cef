import type { Command } from 'commander';
import type { DeprecationUse } from '../../core/ports/legacy-layer';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { formatTable, plain } from './terminal';

/** `migrate report`: who still uses addresses that have a successor, and what to give them instead. */
export function addMigrateCommand(program: Command, context: CliContext): void {
  const migrate = program
    .command('migrate')
    .description('Move senders and plugins away from what is deprecated');
  addConnectionOptions(migrate.command('report'))
    .description('List the deprecated addresses that were used since the host started, and their successors')
    .action((flags: HostFlags) => report(context, flags));
}

async function report(context: CliContext, flags: HostFlags): Promise<void> {
  const { terminal } = context;
  const deprecations = await connectionOf(context, flags).deprecations();
  if (flags['json'] !== undefined) return terminal.printJson({ deprecations });
  if (deprecations.length === 0)
    return terminal.print('No deprecated address was used since the host started.');
  const rows = [...deprecations].sort((one, other) => other.count - one.count).map(rowOf);
  terminal.print(formatTable(['PLUGIN', 'USED', 'USES', 'LAST CALLER', 'GIVE THEM INSTEAD'], rows));
}

function rowOf({ plugin, endpoint, count, lastCaller, successor }: DeprecationUse): string[] {
  const caller =
    lastCaller === undefined
      ? '–'
      : `${lastCaller.ip} ${lastCaller.userAgent ?? ''} ${new Date(lastCaller.at).toISOString()}`;
  return [plugin, endpoint, String(count), caller, successor].map(plain);
}
