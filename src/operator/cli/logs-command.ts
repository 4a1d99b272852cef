import { InvalidArgumentError, Option, type Command } from 'commander';
import type { LogLine, LogQuery } from '../../core/ports/log-ring';
import { firstStopSignal } from '../signals';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { plain, type Terminal } from './terminal';

type LogFlags = HostFlags & {
  readonly follow?: boolean;
  readonly limit?: number;
  readonly level?: LogQuery['level'];
};

/** `logs [plugin]`: the last lines of a running host's log, and with `--follow` those that come. */
export function addLogsCommand(program: Command, context: CliContext): void {
  addConnectionOptions(program.command('logs [plugin]'))
    .description(
      "Show the last lines of a running host's log, of one plugin or of all; with --json one object a line",
    )
    .option('-f, --follow', 'go on with those that come, until it is interrupted')
    .addOption(
      new Option('--level <level>', 'this one and those more severe').choices([
        'error',
        'warn',
        'info',
        'debug',
      ]),
    )
    .option('--text <text>', 'with this in the message or a field, whatever the case')
    .option('--limit <number>', 'so many at most, up to 1000; default 200', toLimit)
    .action((plugin: string | undefined, flags: LogFlags) => logs(context, plugin, flags));
}

async function logs(context: CliContext, plugin: string | undefined, flags: LogFlags): Promise<void> {
  const { follow, limit, level, text, ...rest } = flags;
  const desk = connectionOf(context, rest as HostFlags).logs;
  const query: LogQuery = { plugin, level, text };
  const print = printer(context.terminal, flags['json'] !== undefined);
  const found = await desk.search({ ...query, limit });
  found.forEach(print);
  if (follow !== true) return;
  const interrupted = new AbortController();
  void firstStopSignal(context.signals).then(() => interrupted.abort());
  // Where nothing fits yet, it goes on after whatever came last.
  const after = found.at(-1)?.number ?? (await desk.search({ limit: 1 })).at(-1)?.number ?? 0;
  for await (const line of desk.follow({ ...query, after }, interrupted.signal)) print(line);
}

function printer(terminal: Terminal, asJson: boolean): (line: LogLine) => void {
  const { colors } = terminal;
  const shade = { error: colors.red, warn: colors.yellow } as Readonly<
    Record<string, (text: string) => string>
  >;
  return (line) => {
    if (asJson) return terminal.print(JSON.stringify(line));
    const { at, level, plugin = '', message, fields } = line;
    const name = plain(level).padEnd(5);
    const parts = [new Date(at).toISOString(), shade[level]?.(name) ?? name, plain(plugin), plain(message)];
    if (fields !== '{}') parts.push(colors.dim(plain(fields)));
    terminal.print(parts.filter((part) => part !== '').join('  '));
  };
}

function toLimit(text: string): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= 1_000) return limit;
  throw new InvalidArgumentError('It is a number from 1 to 1000.');
}
