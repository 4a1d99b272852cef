import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ProveOptions, ProveReport } from '../../core/ports/prove';
import type { CliContext } from './cli-context';
import { createProgress } from './progress';

interface ProveFlags {
  readonly store: 'sqlite' | 'postgres';
  readonly hosts: number;
  readonly kills: number;
  readonly rate: number;
  readonly seconds?: number;
  readonly databaseUrl?: string;
  readonly json?: true;
}

/** `prove`: kills hosts of its own under load and counts what was lost. */
export function addProveCommand(program: Command, context: CliContext): void {
  program
    .command('prove')
    .description('Kill hosts at random under load, and count what was lost; on data of its own')
    .addOption(
      new Option('--store <store>', 'what to prove').choices(['sqlite', 'postgres']).default('sqlite'),
    )
    .option('--hosts <number>', 'host processes on one database; one on SQLite', wholeFrom(1, 50), 1)
    .option('--kills <number>', 'how often one is killed with SIGKILL', wholeFrom(0, 100_000), 200)
    .option('--rate <number>', 'deliveries a second', wholeFrom(1, 100_000), 500)
    .option('--seconds <number>', 'spread the kills over about so long', wholeFrom(1, 604_800))
    .option('--database-url <url>', 'PostgreSQL; a schema is made there and dropped [GATEHOUSE_DATABASE_URL]')
    .option('--json', 'print one JSON document instead of text')
    .action((flags: ProveFlags) => prove(context, flags));
}

async function prove(context: CliContext, flags: ProveFlags): Promise<void> {
  const { terminal, stderr, env } = context;
  const { store, hosts, kills, rate, seconds } = flags;
  const databaseUrl = flags.databaseUrl ?? env['GATEHOUSE_DATABASE_URL'];
  const options: ProveOptions = { store, hosts, kills, rate, seconds, databaseUrl };
  const progress = createProgress(stderr, 'kills', kills);
  const report = await context.prove(options, progress.show).finally(progress.end);
  if (flags.json === true) terminal.printJson({ ...report, store, hosts, rate });
  else terminal.print(formatProof(report, options));
  context.finish(report.held ? 0 : 1);
}

/** The figures, the verdict last. */
function formatProof(report: ProveReport, { store, hosts, rate }: ProveOptions): string {
  const ms = ({ p50, p95, p99, max }: ProveReport['recoveryMs']) =>
    `p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, most ${max} ms`;
  const rows: [string, string | number][] = [
    [
      'proved',
      `${store}, ${hosts} ${hosts === 1 ? 'host' : 'hosts'}, ${rate} deliveries/s, ${report.kills} kills in ${report.seconds} s`,
    ],
    ['sent', `${report.sent}, and ${report.resent} times again`],
    ['refused', report.refused],
    ['accepted', report.accepted],
    ['worked', report.worked],
    ['lost', report.lost === 0 ? 0 : `${report.lost}: ${report.lostIds.join(', ')}`],
    ['double effects', report.doubleEffects],
    ['repeated runs', report.repeatedRuns],
    ['poisoned', `${report.poisoned}, retried at the end`],
    ['acknowledged', ms(report.acknowledgmentMs)],
    ['recovered', ms(report.recoveryMs)],
    ['backlog', `${report.backlogMs} ms after the last delivery`],
    ['unclean stops', report.uncleanStops],
  ];
  const verdict = report.held
    ? 'Nothing acknowledged was lost, and no effect was doubled.'
    : `The proof failed: its data and logs are kept in ${report.keptIn}.`;
  return [...rows.map(([name, value]) => `${name.padEnd(16)}${value}`), '', verdict].join('\n');
}

function wholeFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}
