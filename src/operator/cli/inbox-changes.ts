import type { Command } from 'commander';
import type { BulkVerb, InboxDesk, PauseTarget, Selection } from '../../core/ports/inbox-desk';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import { addFilterOptions, filterOf, hostFlags, type InboxFlags } from './inbox-filter';
import { createProgress } from './progress';
import { plain } from './terminal';

interface Change {
  readonly done: string;
  readonly what: string;
  readonly description: string;
}
const CHANGES: { readonly [V in BulkVerb]: Change } = {
  retry: {
    done: 'retried',
    what: 'jobs',
    description:
      'Run jobs again from their first attempt: dead letters and poisoned ones unless --states says',
  },
  cancel: {
    done: 'cancelled',
    what: 'jobs',
    description: 'End jobs that are not done; one that runs is told to stop',
  },
  drop: {
    done: 'dropped',
    what: 'jobs',
    description: 'Delete jobs that do not run: dead, poisoned and cancelled ones unless --states says',
  },
  replay: {
    done: 'replayed',
    what: 'receipts',
    description: 'Work receipts anew, under the rules of today',
  },
  purge: {
    done: 'purged',
    what: 'receipts',
    description: 'Delete receipts with their finished jobs: of an age, an endpoint, a sender',
  },
};

/** The verbs that change what is stored. */
export function addInboxChanges(inbox: Command, context: CliContext): void {
  for (const verb of Object.keys(CHANGES) as BulkVerb[])
    addFilterOptions(addConnectionOptions(inbox.command(`${verb} [ids...]`)))
      .option('--all', 'without any filter: everything')
      .option('--dry-run', 'only say how many')
      .description(`${CHANGES[verb].description}; by id, or all that the filters select`)
      .action((ids: string[], flags: InboxFlags, command: Command) => {
        const selection = selectionOf(ids, flags, command);
        return change(context, verb, selection, flags);
      });
  for (const verb of ['pause', 'resume'] as const) {
    const command = addConnectionOptions(inbox.command(`${verb} <plugin> [name]`))
      .option('--lane <lane>', 'only this lane of it')
      .description(DESCRIPTIONS[verb])
      .action((plugin: string, name: string | undefined, flags: InboxFlags) =>
        shift(context, verb, { plugin, name, lane: flags['lane'] as string | undefined }, flags),
      );
    if (verb === 'pause') command.option('--reason <text>', 'why, for whoever looks later');
  }
  addConnectionOptions(inbox.command('signal <job> <name> [json]'))
    .description('Give a job the value it waits for under that name, as JSON; null unless given')
    .action((job: string, name: string, text: string | undefined, flags: InboxFlags, command: Command) =>
      signal(context, { job, name, value: valueIn(text, command) }, flags),
    );
}

const DESCRIPTIONS = {
  pause: 'Stop working a plugin, or a task or endpoint of it; what arrives is still stored',
  resume: 'Work it again',
} as const;

function selectionOf(ids: readonly string[], flags: InboxFlags, command: Command): Selection {
  const filter = filterOf(flags);
  const filtered = Object.keys(filter).length > 0;
  if (ids.length > 0 && !filtered && flags['all'] !== true) return { ids };
  if (ids.length > 0) command.error('error: give either ids or filters, not both');
  if (!filtered && flags['all'] !== true) command.error('error: give ids, filters, or --all');
  return { filter };
}

async function change(
  context: CliContext,
  verb: BulkVerb,
  selection: Selection,
  flags: InboxFlags,
): Promise<void> {
  const { terminal, stderr } = context;
  const { done, what } = CHANGES[verb];
  const desk = connectionOf(context, hostFlags(flags)).inbox;
  if (flags['dryRun'] === true) {
    const count = await desk.count(verb, selection);
    if (flags['json'] === true) terminal.printJson({ count });
    else terminal.print(`${amount(count, what)} would be ${done}`);
    return;
  }
  const total = stderr.isTTY === true ? await desk.count(verb, selection) : 0;
  const progress = createProgress(stderr, verb, total);
  const { looked, changed } = await changeAll(desk, verb, selection, progress.show).finally(progress.end);
  if (flags['json'] === true) terminal.printJson({ looked, changed });
  else {
    const left = looked - changed;
    terminal.print(`${amount(changed, what)} ${done}${left === 0 ? '' : `, ${left} left as they were`}`);
  }
  // What was named one by one is expected to change; a filter selects what can.
  context.finish('ids' in selection && changed < looked ? 1 : 0);
}

async function changeAll(
  desk: InboxDesk,
  verb: BulkVerb,
  selection: Selection,
  show: (done: number) => void,
): Promise<{ looked: number; changed: number }> {
  let [looked, changed] = [0, 0];
  let after: string | undefined;
  do {
    const step = await desk.change(verb, selection, after);
    looked += step.looked;
    changed += step.changed;
    after = step.next;
    show(looked);
  } while (after !== undefined);
  return { looked, changed };
}

function valueIn(text: string | undefined, command: Command): unknown {
  try {
    return text === undefined ? null : JSON.parse(text);
  } catch {
    return command.error(`error: the value is not JSON; a text stands in quotation marks: '"yes"'`);
  }
}

async function signal(
  context: CliContext,
  { job, name, value }: { readonly job: string; readonly name: string; readonly value: unknown },
  flags: InboxFlags,
): Promise<void> {
  const { terminal } = context;
  const changed = await connectionOf(context, hostFlags(flags)).inbox.signal(job, name, value);
  if (flags['json'] === true) terminal.printJson({ job, name, changed });
  else terminal.print(plain(`${job} ${changed ? 'has its' : 'is finished, and takes no'} ${name}`));
  context.finish(changed ? 0 : 1);
}

async function shift(
  context: CliContext,
  verb: 'pause' | 'resume',
  target: PauseTarget,
  flags: InboxFlags,
): Promise<void> {
  const { terminal } = context;
  const desk = connectionOf(context, hostFlags(flags)).inbox;
  const changed =
    verb === 'pause'
      ? await desk.pause(target, flags['reason'] as string | undefined)
      : await desk.resume(target);
  if (flags['json'] === true) return terminal.printJson({ ...target, changed });
  const name = [target.plugin, target.name, target.lane && `lane ${target.lane}`].filter(Boolean).join(' ');
  const states = {
    pause: ['is paused', 'was paused already'],
    resume: ['is worked again', 'was not paused'],
  };
  terminal.print(`${name} ${states[verb][changed ? 0 : 1]}`);
}

function amount(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? what.slice(0, -1) : what}`;
}
