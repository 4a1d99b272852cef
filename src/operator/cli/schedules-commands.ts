import type { Command } from 'commander';
import type { ScheduleStatus } from '../../core/ports/schedules-desk';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { timeOf } from './inbox-report';
import { formatTable, plain } from './terminal';

/** `schedules list|run`. */
export function addSchedulesCommands(program: Command, context: CliContext): void {
  const schedules = program.command('schedules').description('What the clock enqueues on a running host');
  addConnectionOptions(schedules.command('list'))
    .description('List the schedules of every plugin that serves, with when they are due')
    .action((flags: HostFlags) => list(context, flags));
  addConnectionOptions(schedules.command('run <key> <name>'))
    .description('Enqueue the task of a schedule now, whenever it is due')
    .action((key: string, name: string, flags: HostFlags) => run(context, key, name, flags));
}

async function list(context: CliContext, flags: HostFlags): Promise<void> {
  const { terminal } = context;
  const schedules = await connectionOf(context, flags).schedules.list();
  if (flags['json'] !== undefined) terminal.printJson({ schedules });
  else if (schedules.length === 0) terminal.print('No plugin has a schedule.');
  else
    terminal.print(formatTable(['PLUGIN', 'NAME', 'CRON', 'TASK', 'LAST DUE', 'NEXT'], schedules.map(rowOf)));
}

function rowOf({ plugin, name, cron, timezone, task, lastAt, nextAt, isPaused }: ScheduleStatus): string[] {
  const next = isPaused ? 'paused' : timeOf(nextAt);
  return [plugin, plain(name), `${cron} ${timezone}`, plain(task), timeOf(lastAt), next];
}

async function run(context: CliContext, key: string, name: string, flags: HostFlags): Promise<void> {
  const { terminal } = context;
  const { job } = await connectionOf(context, flags).schedules.run(key, name);
  if (flags['json'] !== undefined) terminal.printJson({ job });
  else terminal.print(plain(`${name} of ${key} is enqueued as job ${job}`));
}
