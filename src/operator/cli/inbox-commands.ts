import { Argument, type Command } from 'commander';
import { isHostError } from '../../core/errors';
import type {
  AttemptRecord,
  InboxDesk,
  InboxFilter,
  JobSummary,
  Page,
  PageRequest,
  ReceiptSummary,
  WorkCount,
} from '../../core/ports/inbox-desk';
import { wholeCounts } from '../whole-counts';
import type { CliContext } from './cli-context';
import { fullPage } from './full-page';
import { addConnectionOptions, connectionOf } from './host-connection';
import { showFixture } from './inbox-fixture';
import { addInboxChanges } from './inbox-changes';
import { addFilterOptions, filterOf, hostFlags, toLimit, type InboxFlags } from './inbox-filter';
import { formatJob, formatReceipt, timeOf } from './inbox-report';
import { addInboxTransfers } from './inbox-transfer';
import { formatTable, plain } from './terminal';

const LISTS = ['jobs', 'dead', 'orphaned', 'receipts', 'attempts', 'counts', 'pauses'] as const;

/** `inbox list|show|nodes|retry|replay|drop|cancel|purge|pause|resume|export|import`. */
export function addInboxCommands(program: Command, context: CliContext): void {
  const inbox = program.command('inbox').description('Look at what a host stored, and change its work');
  addFilterOptions(addConnectionOptions(inbox.command('list')))
    .addArgument(new Argument('[what]', 'what to list').choices(LISTS).default('jobs'))
    .option('--limit <number>', 'so many at most, up to 200; default 50', toLimit)
    .option('--after <place>', 'go on after the page before, which says how')
    .description(
      'List jobs, dead letters, orphans (jobs that nobody works any more), receipts, attempts, counts per state or pauses, newest first',
    )
    .action((what: (typeof LISTS)[number], flags: InboxFlags) => list(context, what, flags));
  addConnectionOptions(inbox.command('show <id>'))
    .option('--fixture', 'of a receipt: its request as JSON for tests, without what opens doors')
    .option('--output <file>', 'write the fixture there instead of printing it')
    .description('Show a job with its attempts, or a receipt with its request; credentials are masked')
    .action((id: string, flags: InboxFlags, command: Command) => {
      const isFixture = flags['fixture'] === true;
      if (flags['output'] !== undefined && !isFixture) command.error('error: --output is about --fixture');
      return isFixture ? showFixture(context, id, flags) : show(context, id, flags);
    });
  addConnectionOptions(inbox.command('nodes'))
    .description('List the hosts that share the inbox')
    .action((flags: InboxFlags) => nodes(context, flags));
  addInboxChanges(inbox, context);
  addInboxTransfers(inbox, context);
}

async function list(context: CliContext, what: (typeof LISTS)[number], flags: InboxFlags): Promise<void> {
  const desk = connectionOf(context, hostFlags(flags)).inbox;
  if (what === 'counts') return counts(context, await wholeCounts(desk), flags);
  if (what === 'pauses') return pauses(context, desk, flags);
  const filter = filterOf(flags);
  const from = { limit: flags['limit'] as number | undefined, after: flags['after'] as string | undefined };
  const full = <T>(read: (page: PageRequest) => Promise<Page<T>>) =>
    fullPage(read, from, () => context.terminal.complain('Looking through everything that is stored …'));
  if (what === 'receipts')
    return print(context, flags, await full((page) => desk.receipts(filter, page)), RECEIPTS);
  if (what === 'attempts')
    return print(context, flags, await full((page) => desk.attempts(filter, page)), ATTEMPTS);
  const kind = what === 'jobs' ? {} : NARROWED[what];
  return print(context, flags, await full((page) => desk.jobs({ ...filter, ...kind }, page)), JOBS);
}

const NARROWED = {
  dead: { states: ['dead', 'poisoned'] },
  orphaned: { orphaned: true },
} as const satisfies Record<string, InboxFilter>;

interface Columns<T> {
  readonly head: readonly string[];
  row(item: T): readonly string[];
}
const RECEIPTS: Columns<ReceiptSummary> = {
  head: ['RECEIPT', 'PLUGIN', 'ENDPOINT', 'RECEIVED', 'FROM', 'BYTES', 'EVENT', 'ANSWER', 'JOBS'],
  row: (receipt) => [
    receipt.id,
    receipt.plugin,
    receipt.name,
    timeOf(receipt.receivedAt),
    receipt.ip,
    String(receipt.bodyBytes),
    receipt.event ?? '',
    String(receipt.answerStatus ?? ''),
    receipt.jobs.map(({ state }) => state).join(', '),
  ],
};
const JOBS: Columns<JobSummary> = {
  head: ['JOB', 'PLUGIN', 'TASK', 'STATE', 'ATTEMPTS', 'LANE', 'STORED', 'ERROR'],
  row: (job) => [
    job.id,
    job.plugin,
    job.name,
    job.orphan === undefined ? job.state : `${job.state} (${job.orphan})`,
    String(job.attempt),
    job.lane ?? '',
    timeOf(job.createdAt),
    firstLine(job.error),
  ],
};
const ATTEMPTS: Columns<AttemptRecord> = {
  head: ['JOB', 'ATTEMPT', 'OUTCOME', 'STARTED', 'TOOK MS', 'HOST', 'ERROR'],
  row: (attempt) => [
    attempt.jobId,
    String(attempt.number),
    attempt.outcome,
    timeOf(attempt.startedAt),
    String(attempt.endedAt - attempt.startedAt),
    attempt.node,
    firstLine(attempt.error),
  ],
};

function print<T>({ terminal }: CliContext, flags: InboxFlags, page: Page<T>, columns: Columns<T>): void {
  if (flags['json'] === true) return terminal.printJson(page);
  if (page.items.length === 0) return terminal.print('Nothing.');
  terminal.print(
    formatTable(
      columns.head,
      page.items.map((item) => columns.row(item).map(plain)),
    ),
  );
  if (page.next !== undefined) terminal.print(`\nMore with --after ${page.next}`);
}

function counts({ terminal }: CliContext, all: readonly WorkCount[], flags: InboxFlags): void {
  if (flags['json'] === true) return terminal.printJson({ counts: all });
  if (all.length === 0) return terminal.print('Nothing.');
  const states = [
    'ready',
    'later',
    'running',
    'waiting',
    'succeeded',
    'dead',
    'poisoned',
    'cancelled',
  ] as const;
  terminal.print(
    formatTable(
      ['PLUGIN', 'TASK', ...states.map((state) => state.toUpperCase())],
      all.map(({ plugin, name, states: counted }) => [
        plain(plugin),
        plain(name),
        ...states.map((state) => String(counted[state] ?? 0)),
      ]),
    ),
  );
  const [{ countedAt } = { countedAt: undefined }] = all;
  if (countedAt !== undefined) terminal.print(`\nWhat succeeded was counted at ${timeOf(countedAt)}.`);
}

async function pauses({ terminal }: CliContext, desk: InboxDesk, flags: InboxFlags): Promise<void> {
  const all = await desk.pauses();
  if (flags['json'] === true) return terminal.printJson({ pauses: all });
  if (all.length === 0) return terminal.print('Nothing is paused.');
  terminal.print(
    formatTable(
      ['PLUGIN', 'TASK', 'LANE', 'SINCE', 'REASON'],
      all.map(({ plugin, name, lane, since, reason }) =>
        [plugin, name ?? '', lane ?? '', timeOf(since), reason ?? ''].map(plain),
      ),
    ),
  );
}

/** Ids of jobs and receipts look alike; only one of them has this one's secret half. */
async function show(context: CliContext, id: string, flags: InboxFlags): Promise<void> {
  const { terminal } = context;
  const desk = connectionOf(context, hostFlags(flags)).inbox;
  const job = await desk.job(id).catch((thrown: unknown) => {
    if (isHostError(thrown) && thrown.code === 'inbox/not-found') return undefined;
    throw thrown;
  });
  const receipt = job === undefined ? await desk.receipt(id) : undefined;
  if (flags['json'] === true) terminal.printJson(job === undefined ? { receipt } : { job });
  else if (job !== undefined) terminal.print(plain(formatJob(job)));
  else if (receipt !== undefined) terminal.print(plain(formatReceipt(receipt)));
}

async function nodes(context: CliContext, flags: InboxFlags): Promise<void> {
  const { terminal } = context;
  const all = await connectionOf(context, hostFlags(flags)).inbox.nodes();
  if (flags['json'] === true) return terminal.printJson({ nodes: all });
  if (all.length === 0) return terminal.print('No host is there.');
  terminal.print(
    formatTable(
      ['HOST', 'URL', 'STATE', 'PLUGINS', 'MACHINE', 'PID', 'STARTED', 'SEEN'],
      all.map(({ id, url, state, plugins, host, pid, startedAt, seenAt }) => {
        const counts = Object.entries(plugins).map(([how, count]) => `${count} ${how}`);
        const cells = [
          id,
          url,
          state,
          counts.join(', '),
          host,
          String(pid),
          timeOf(startedAt),
          timeOf(seenAt),
        ];
        return cells.map(plain);
      }),
    ),
  );
}

function firstLine(text: string | undefined): string {
  const line = (text ?? '').split('\n', 1)[0] ?? '';
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
