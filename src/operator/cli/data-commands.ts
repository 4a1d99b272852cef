import type { Command } from 'commander';
import type { DataFilter, StoredDocument } from '../../core/ports/data-desk';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { toLimit } from './inbox-filter';
import { timeOf } from './inbox-report';
import { formatTable, plain } from './terminal';

interface DataFlags {
  readonly collection?: string;
  readonly scope?: string;
  readonly id?: string;
  readonly limit?: number;
  readonly after?: string;
  readonly yes?: true;
}
type Flags = HostFlags & DataFlags;

const WHOSE = 'whose it is, as `data list` shows it: plugin, user/<id>, channel/<chat key>';

/** `data list|show|remove|clear`. */
export function addDataCommands(program: Command, context: CliContext): void {
  const data = program.command('data').description('What plugins of a running host keep');
  addConnectionOptions(data.command('list <key>'))
    .description('List the collections of a plugin')
    .action((key: string, flags: Flags) => list(context, key, flags));
  addConnectionOptions(data.command('show <key>'))
    .option('--collection <name>', 'of this collection')
    .option('--scope <scope>', WHOSE)
    .option('--id <beginning>', 'whose id begins like that')
    .option('--limit <count>', 'at most so many, up to 200; default 50', toLimit)
    .option('--after <cursor>', 'go on where a page ended')
    .description('Show documents of a plugin')
    .action((key: string, flags: Flags) => show(context, key, flags));
  addConnectionOptions(data.command('remove <key> <collection> <id>'))
    .option('--scope <scope>', `${WHOSE}; default plugin`)
    .description('Remove one document')
    .action((key: string, collection: string, id: string, flags: Flags) =>
      remove(context, key, collection, id, flags),
    );
  addConnectionOptions(data.command('clear <key>'))
    .option('--collection <name>', 'this collection alone; without it everything, the cache included')
    .option('--yes', 'do it; without it nothing is removed')
    .description('Remove everything a plugin keeps; it cannot be undone')
    .action((key: string, flags: Flags) => clear(context, key, flags));
}

async function list(context: CliContext, key: string, flags: Flags): Promise<void> {
  const { terminal } = context;
  const collections = await connectionOf(context, flags).data.collections(key);
  if (flags['json'] !== undefined) terminal.printJson({ collections });
  else if (collections.length === 0) terminal.print(plain(`${key} keeps nothing.`));
  else
    terminal.print(
      formatTable(
        ['COLLECTION', 'SCOPE', 'DOCUMENTS'],
        collections.map(({ collection, scope, count }) => [plain(collection), plain(scope), String(count)]),
      ),
    );
}

async function show(context: CliContext, key: string, flags: Flags): Promise<void> {
  const { terminal } = context;
  const { collection, scope, id, limit, after } = flags;
  const filter: DataFilter = { collection, scope, id };
  const page = await connectionOf(context, flags).data.documents(key, filter, { limit, after });
  if (flags['json'] !== undefined) {
    terminal.printJson(page);
    return;
  }
  if (page.items.length === 0) terminal.print('There is nothing like that.');
  for (const document of page.items) terminal.print(plain(textOf(document)));
  if (page.next !== undefined) terminal.complain(plain(`more with --after ${page.next}`));
}

function textOf({ collection, scope, id, version, updatedAt, data }: StoredDocument): string {
  const whose = scope === 'plugin' ? '' : ` of ${scope}`;
  return `${collection}${whose} ${id}, version ${version}, ${timeOf(updatedAt)}\n  ${data}`;
}

async function remove(
  context: CliContext,
  key: string,
  collection: string,
  id: string,
  flags: Flags,
): Promise<void> {
  const { terminal, finish } = context;
  const { scope = 'plugin' } = flags;
  const removed = await connectionOf(context, flags).data.remove(key, collection, scope, id);
  if (flags['json'] !== undefined) terminal.printJson({ removed });
  else
    terminal.print(
      plain(removed ? `${id} of ${collection} is removed` : `there is no ${id} in ${collection}`),
    );
  finish(removed ? 0 : 1);
}

async function clear(context: CliContext, key: string, flags: Flags): Promise<void> {
  const { terminal, finish } = context;
  const { collection, yes } = flags;
  const what = collection === undefined ? `everything ${key} keeps` : `${collection} of ${key}`;
  if (yes === undefined) {
    terminal.complain(plain(`This removes ${what}, and cannot be undone; add --yes to do it.`));
    finish(1);
    return;
  }
  const removed = await connectionOf(context, flags).data.clear(key, collection);
  if (flags['json'] !== undefined) terminal.printJson({ removed });
  else terminal.print(plain(`${removed} documents removed: ${what}`));
}
