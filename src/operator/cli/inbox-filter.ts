import { InvalidArgumentError, type Command } from 'commander';
import { workStates, type InboxFilter, type WorkState } from '../../core/ports/inbox-desk';
import type { HostFlags } from './host-options';

/** Options as commander hands them over: some parsed, the connection's as text. */
export type InboxFlags = Readonly<Record<string, unknown>>;

const MILLISECONDS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const FILTERS = [
  'plugin',
  'name',
  'states',
  'since',
  'until',
  'lane',
  'ip',
  'deliveryId',
  'event',
  'text',
  'orphaned',
] as const satisfies readonly (keyof InboxFilter)[];

/** Adds the options that select receipts and jobs. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--plugin <key>', 'of this plugin')
    .option('--name <name>', 'of this task, or endpoint such as "POST /github"')
    .option(
      '--states <states>',
      `in one of these states, separated by commas: ${workStates.join(', ')}`,
      toStates,
    )
    .option('--since <time>', 'stored at or after: 2026-11-21T07:00Z, or so long ago: 90m, 12h, 30d', toTime)
    .option('--until <time>', 'stored before; written likewise', toTime)
    .option('--lane <lane>', 'of this lane')
    .option('--ip <address>', 'sent from this address')
    .option('--delivery-id <id>', "with the sender's id for it")
    .option('--event <event>', 'of this event')
    .option('--text <text>', 'with this, byte for byte, in the body, the payload or an error')
    .option(
      '--orphaned',
      'of plugins that are gone or disabled, of tasks and endpoints no plugin has any more',
    );
}

/** The filter the options make. */
export function filterOf(flags: InboxFlags): InboxFilter {
  return Object.fromEntries(
    FILTERS.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]]),
  );
}

/** What the connection's own options look for. */
export function hostFlags(flags: InboxFlags): HostFlags {
  const texts = Object.entries(flags).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(texts) as HostFlags;
}

/** A count that pages have. */
export function toLimit(text: string): number {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= 200) return limit;
  throw new InvalidArgumentError('It is a number from 1 to 200.');
}

function toStates(text: string): WorkState[] {
  return text.split(',').map((name) => {
    const state = workStates.find((known) => known === name.trim());
    if (state === undefined) throw new InvalidArgumentError(`States are ${workStates.join(', ')}.`);
    return state;
  });
}

/** A moment, or how long ago it was, as epoch ms. */
export function toTime(text: string): number {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (unit !== undefined)
    return Date.now() - Number(amount) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError('Write 2026-11-21T07:00Z, or 90m, 12h, 30d for so long ago.');
  return at;
}
