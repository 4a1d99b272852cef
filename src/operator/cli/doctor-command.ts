import { Option, type Command } from 'commander';
import type { Diagnosis, NearMiss, RefusalOverview } from '../../core/ports/doctor';
import type {
  QuarantineDesk,
  RefusalCounts,
  RefusalFilter,
  RefusalSummary,
} from '../../core/ports/quarantine-desk';
import { REFUSAL_REASONS } from '../../core/refusal-reasons';
import type { Operator } from '../operator';
import type { RefusalReplay } from '../refusal-replay';
import type { CliContext } from './cli-context';
import { checkUp } from './doctor-checkup';
import { addConnectionOptions, connectionOf } from './host-connection';
import { hostFlags, toLimit, toTime, type InboxFlags } from './inbox-filter';
import { timeOf } from './inbox-report';
import { formatTable, plain } from './terminal';

const FILTERS = [
  'plugin',
  'name',
  'reason',
  'ip',
  'since',
  'until',
] as const satisfies readonly (keyof RefusalFilter)[];
const MODES = ['latest', 'list', 'counts', 'show', 'replay', 'purge'] as const;

/**
 * `doctor`: whether a host has what it needs. `doctor <id>`: why a request was refused; with `--latest`, `--list`, `--counts`,
 * `--show`, `--replay`, `--purge` what is kept of refused requests.
 */
export function addDoctorCommand(program: Command, context: CliContext): void {
  const command = addConnectionOptions(program.command('doctor [id]'))
    .description(
      'Check settings, stores, port, public URL, plugins and secrets; with the id of a request (or its request id) say why it was refused and what would have passed',
    )
    .option('--latest', 'say it of the latest refused request of each endpoint')
    .option('--list', 'list the refused requests that are kept, newest first')
    .option('--counts', 'count them, per endpoint and reason')
    .option('--show', 'show the one of that id as it came; credentials are masked')
    .option('--replay', 'give the one of that id to the host once more, judged as of when it came')
    .option('--purge', 'remove the one of that id, or all that the filters select')
    .option('--all', 'with --purge and without a filter: remove all of them')
    .option('--plugin <key>', 'of this plugin')
    .option('--name <name>', 'of this endpoint, such as "POST /github"')
    .addOption(
      new Option('--reason <reason>', 'refused for this reason, such as bad_signature').choices(
        REFUSAL_REASONS,
      ),
    )
    .option('--ip <address>', 'sent from this address')
    .option(
      '--since <time>',
      'received at or after: 2026-11-21T07:00Z, or so long ago: 90m, 12h, 30d',
      toTime,
    )
    .option('--until <time>', 'received before; written likewise', toTime)
    .option('--limit <number>', 'with --list: so many at most, up to 200; default 50', toLimit)
    .option('--after <place>', 'with --list: go on after the page before, which says how');
  command.action((id: string | undefined, flags: InboxFlags) => {
    const modes = MODES.filter((mode) => flags[mode] === true);
    if (modes.length > 1) command.error(`error: give one of --${modes.join(', --')}`);
    const [mode] = modes;
    if ((mode === 'show' || mode === 'replay') && id === undefined)
      command.error(`error: --${mode} needs an id`);
    const isSelected = id !== undefined || flags['all'] === true || Object.keys(filterOf(flags)).length > 0;
    if (mode === 'purge' && !isSelected) command.error('error: --purge needs an id, a filter, or --all');
    if (id === undefined && mode === undefined && !isSelected)
      return checkUp(context, hostFlags(flags), flags['json'] === true);
    return run(command, context, { mode, id, flags });
  });
}

interface Asked {
  readonly mode: (typeof MODES)[number] | undefined;
  readonly id: string | undefined;
  readonly flags: InboxFlags;
}

async function run(command: Command, context: CliContext, { mode, id, flags }: Asked): Promise<void> {
  const operator = connectionOf(context, hostFlags(flags));
  const { doctor, quarantine } = operator;
  const filter = filterOf(flags);
  if (filter.plugin !== undefined && !(await isKnown(operator, filter.plugin)))
    command.error(
      `error: the host knows no plugin ${plain(filter.plugin)}, and keeps nothing of one; \`gatehouse plugins\` lists them`,
    );
  if (mode === 'counts') return counts(context, flags, await quarantine.counts(filter));
  if (mode === 'list') return list(context, flags, quarantine, filter);
  if (mode === 'show') return show(context, flags, quarantine, id ?? '');
  if (mode === 'replay') return replay(context, flags, await operator.replayRefusal(id ?? ''));
  if (mode === 'purge') return purge(context, flags, quarantine, id, filter);
  if (id === undefined) return overview(context, flags, await doctor.overview(filter.plugin));
  return diagnose(context, flags, await doctor.diagnose(id));
}

/** Ends with 1 where it was refused again. */
function replay({ terminal, finish }: CliContext, flags: InboxFlags, replayed: RefusalReplay): void {
  const { status, receiptId, body } = replayed;
  if (status >= 400) finish(1);
  if (flags['json'] === true) return terminal.printJson(replayed);
  terminal.print(plain(`answered ${status}${receiptId === undefined ? '' : `, stored as ${receiptId}`}`));
  if (status >= 400 && body !== '') terminal.print(plain(body));
}

/** A key misspelt must not look like a plugin of which nothing was refused. */
async function isKnown({ plugins, quarantine }: Operator, plugin: string): Promise<boolean> {
  if ((await quarantine.counts({ plugin })).counts.length > 0) return true;
  return (await plugins()).some(({ key }) => key === plugin);
}

function diagnose({ terminal }: CliContext, flags: InboxFlags, diagnosis: Diagnosis): void {
  if (flags['json'] === true) return terminal.printJson(diagnosis);
  const { id, kind, plugin, name, receivedAt, summary, wouldPass, seen, next, tried, isComplete } = diagnosis;
  const effort = `${tried} ${tried === 1 ? 'try' : 'tries'}${isComplete ? '' : ', not all there are: it took too long'}`;
  const lines = [`${id}  ${plugin} ${name}  received ${timeOf(receivedAt)}`, summary];
  if (kind === 'refused') {
    lines.push('', wouldPass.length === 0 ? 'Nothing near would have passed.' : 'It would have passed, if');
    lines.push(...wouldPass.map(formatMiss));
    if (seen.length > 0) lines.push('', ...seen);
    lines.push('', 'Next:', ...next.map((step) => `  ${step}`), '', `(${effort})`);
  }
  terminal.print(plain(lines.join('\n')));
}

function formatMiss({ what, scheme, secret }: NearMiss): string {
  const by = secret === undefined ? '' : `, secret ${secret.plugin} ${secret.name} (${secret.id})`;
  return `  ${what}  [${scheme}${by}]`;
}

function overview({ terminal }: CliContext, flags: InboxFlags, { refusals, more }: RefusalOverview): void {
  if (flags['json'] === true) return terminal.printJson({ refusals, more });
  if (refusals.length === 0) return terminal.print('Nothing was refused, as far as is kept.');
  const rows = refusals.map(({ latestId, plugin, name, count, latestAt, summary }) =>
    [latestId, plugin, name, String(count), timeOf(latestAt), short(summary)].map(plain),
  );
  terminal.print(formatTable(['LATEST', 'PLUGIN', 'ENDPOINT', 'COUNT', 'AT', 'WHY'], rows));
  terminal.print('\nMore of one with: gatehouse doctor <id>');
  if (more > 0)
    terminal.print(
      `${more} more ${more === 1 ? 'endpoint' : 'endpoints'}, and each reason, with: gatehouse doctor --counts`,
    );
}

async function list(
  { terminal }: CliContext,
  flags: InboxFlags,
  desk: QuarantineDesk,
  filter: RefusalFilter,
): Promise<void> {
  const page = { limit: flags['limit'] as number | undefined, after: flags['after'] as string | undefined };
  const { items, next } = await desk.refusals(filter, page);
  if (flags['json'] === true) return terminal.printJson({ items, next });
  if (items.length === 0) return terminal.print('Nothing.');
  terminal.print(
    formatTable(
      ['REFUSED', 'PLUGIN', 'ENDPOINT', 'RECEIVED', 'FROM', 'BYTES', 'SCHEME', 'REASON', 'REQUEST'],
      items.map(rowOf),
    ),
  );
  if (next !== undefined) terminal.print(`\nMore with --after ${next}`);
}

function rowOf(refusal: RefusalSummary): string[] {
  const { id, plugin, name, receivedAt, ip, bodyBytes, scheme, reason, requestId } = refusal;
  const bytes = String(bodyBytes ?? '');
  return [id, plugin, name, timeOf(receivedAt), ip, bytes, scheme, reason, requestId].map(plain);
}

function counts({ terminal }: CliContext, flags: InboxFlags, found: RefusalCounts): void {
  if (flags['json'] === true) return terminal.printJson(found);
  const rows = found.counts.map(({ plugin, name, scheme, reason, count, latestAt }) =>
    [plugin, name, scheme, reason, String(count), timeOf(latestAt)].map(plain),
  );
  if (rows.length === 0) terminal.print('Nothing.');
  else terminal.print(formatTable(['PLUGIN', 'ENDPOINT', 'SCHEME', 'REASON', 'COUNT', 'LATEST'], rows));
  if (found.dropped > 0) terminal.print(`\n${found.dropped} more were not kept: too many came at once.`);
}

async function show(
  { terminal }: CliContext,
  flags: InboxFlags,
  desk: QuarantineDesk,
  id: string,
): Promise<void> {
  const refusal = await desk.refusal(id);
  if (flags['json'] === true) return terminal.printJson(refusal);
  const { plugin, name, scheme, reason, receivedAt, ip, method, target, headers, body, requestId } = refusal;
  const lines = [
    `refused   ${refusal.id}`,
    `endpoint  ${plugin} ${name}`,
    `received  ${timeOf(receivedAt)} from ${ip}`,
    `reason    ${reason} (${scheme})`,
    `request   ${requestId}`,
    '',
    `${method} ${target}`,
    ...headers.map(([header, value]) => `${header}: ${value}`),
    '',
    body === undefined ? 'Its body is not kept.' : Buffer.from(body, 'base64').toString(),
  ];
  terminal.print(plain(lines.join('\n')));
}

async function purge(
  { terminal }: CliContext,
  flags: InboxFlags,
  desk: QuarantineDesk,
  id: string | undefined,
  filter: RefusalFilter,
): Promise<void> {
  let removed = 0;
  let after: string | undefined;
  do {
    const step = await desk.purge(id === undefined ? { filter } : { ids: [id] }, after);
    removed += step.changed;
    after = step.next;
  } while (after !== undefined);
  if (flags['json'] === true) terminal.printJson({ removed });
  else terminal.print(`${removed} refused ${removed === 1 ? 'request is' : 'requests are'} removed.`);
}

function filterOf(flags: InboxFlags): RefusalFilter {
  return Object.fromEntries(
    FILTERS.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]]),
  );
}

function short(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
