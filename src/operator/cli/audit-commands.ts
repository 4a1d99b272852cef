import type { Command } from 'commander';
import type { AuditEntry } from '../../core/ports/audit';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { toLimit, toTime } from './inbox-filter';
import { timeOf } from './inbox-report';
import { formatTable, plain } from './terminal';

interface AuditFlags {
  readonly who?: string;
  readonly verb?: string;
  readonly subject?: string;
  readonly since?: number;
  readonly until?: number;
  readonly limit?: number;
  readonly after?: string;
}

/** `audit list`. */
export function addAuditCommands(program: Command, context: CliContext): void {
  const audit = program.command('audit').description('What was changed on a host, and by whom');
  addConnectionOptions(audit.command('list'))
    .option('--who <name>', 'by the holder of this token, or "operator"')
    .option('--verb <verb>', 'of this kind, e.g. plugins.disable')
    .option('--subject <subject>', 'about this, e.g. acme.ci')
    .option('--since <time>', 'at or after: 2026-11-21T07:00Z, or so long ago: 90m, 12h, 30d', toTime)
    .option('--until <time>', 'before; written likewise', toTime)
    .option('--limit <count>', 'at most so many, up to 200; default 50', toLimit)
    .option('--after <cursor>', 'go on where a page ended')
    .description('List changes, the latest first')
    .action((flags: HostFlags & AuditFlags) => list(context, flags));
}

async function list(context: CliContext, flags: HostFlags & AuditFlags): Promise<void> {
  const { terminal } = context;
  const { who, verb, subject, since, until, limit, after } = flags;
  const filter = { who, verb, subject, since, until };
  const page = await connectionOf(context, flags).audit.list(filter, { limit, after });
  if (flags['json'] !== undefined) terminal.printJson(page);
  else if (page.items.length === 0) terminal.print('Nothing was changed.');
  else terminal.print(formatTable(['AT', 'WHO', 'VIA', 'VERB', 'SUBJECT', 'OUTCOME'], page.items.map(rowOf)));
  if (flags['json'] === undefined && page.next !== undefined)
    terminal.complain(plain(`more with --after ${page.next}`));
}

function rowOf({ at, who, via, ip, verb, subject, outcome }: AuditEntry): string[] {
  return [
    timeOf(at),
    plain(who),
    ip === undefined ? via : `${via} ${plain(ip)}`,
    plain(verb),
    plain(subject),
    plain(outcome),
  ];
}
