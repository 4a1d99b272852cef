import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { HostError } from '../../core/errors';
import type { PluginStatus } from '../../core/ports/plugin-registry';
import {
  addPlugin,
  findRemovable,
  updatePlugin,
  type InstallChange,
  type InstallerParts,
} from '../install/plugin-installer';
import { localSocketPath } from '../local-socket';
import { connectOperator } from '../operator-client';
import type { Operator } from '../operator';
import type { CliContext } from './cli-context';
import { addSettingsOptions, settingsOf, type HostFlags } from './host-options';
import { describeState } from './start-report';
import { ifRunning } from './if-running';
import { plain } from './terminal';

type AddFlags = HostFlags & {
  readonly name?: string;
  readonly to?: string;
  readonly deleteData?: boolean;
  readonly yes?: boolean;
};

/** `plugins add|update|remove`: they change files of this machine, and have the host that runs here look at them. */
export function addPluginsAddCommands(plugins: Command, context: CliContext): void {
  withOptions(plugins.command('add <source>'))
    .option('--name <name>', 'of its folder; not for packages of npm')
    .description(
      'Add a plugin at an exact version: a package of npm, a git address (# and a tag), or a folder',
    )
    .action((source: string, flags: AddFlags) => add(context, source, flags));
  withOptions(plugins.command('update <key>'))
    .option('--to <version>', 'a version, or a branch, tag or commit (default: the latest)')
    .description('Bring an added plugin to another version; one that does not load is put back')
    .action((key: string, flags: AddFlags) => update(context, key, flags));
  withOptions(plugins.command('remove <key>'))
    .option('--delete-data', 'remove what it kept, too: documents, its database, configuration, secrets')
    .option('-y, --yes', 'do not ask')
    .description('Remove the files of an added plugin; what it kept stays without --delete-data')
    .action((key: string, flags: AddFlags) => remove(context, key, flags));
}

function withOptions(command: Command): Command {
  command.option('--json', 'print one JSON document instead of text');
  return addSettingsOptions(command, ['plugins.folders', 'data']);
}

async function add(context: CliContext, source: string, { name, ...flags }: AddFlags): Promise<void> {
  const { parts, operator } = placesOf(context, flags);
  const change = await addPlugin(source, name, parts);
  await change.keep();
  const plugins = await ifRunning(() => operator.upkeep.rescan());
  report(context, flags, 'added', change, plugins);
}

async function update(context: CliContext, key: string, { to, ...flags }: AddFlags): Promise<void> {
  const { parts, operator } = placesOf(context, flags);
  const change = await updatePlugin(key, to, parts);
  const loaded = await ifRunning(() => reload(operator, change));
  const failed = loaded?.find((plugin) => plugin.folder === change.place)?.failure;
  if (failed === undefined) await change.keep();
  else {
    await change.undo();
    await ifRunning(() => reload(operator, change));
    throw new HostError('install/does-not-load', [key, change.pinned, failed.message]);
  }
  report(context, flags, 'updated', change, loaded);
}

/** What loads where the plugin stands. A change of its key is a matter of the list. */
async function reload(operator: Operator, { place }: InstallChange): Promise<readonly PluginStatus[]> {
  const before = await operator.upkeep.rescan();
  const found = before.find((plugin) => plugin.folder === place);
  if (found === undefined || found.state === 'disabled') return before;
  await operator.reload(found.key ?? found.folder);
  return operator.plugins();
}

async function remove(context: CliContext, key: string, flags: AddFlags): Promise<void> {
  const { terminal, finish } = context;
  const { deleteData = false, yes, ...rest } = flags;
  const { parts, operator } = placesOf(context, rest);
  const found = await findRemovable(key, parts);
  const before = await ifRunning(() => operator.plugins());
  const known = before?.find((plugin) => plugin.folder === found.place)?.key ?? key;
  if (deleteData && before === undefined) throw new HostError('install/needs-host', [known]);
  if (deleteData && yes !== true && !(await isSure(context, `Remove ${known} and everything it kept?`))) {
    terminal.complain(
      context.stdin().isTTY === true
        ? 'Nothing was removed.'
        : 'Nothing was removed: nobody can be asked without a terminal. Add --yes to remove it and everything it kept.',
    );
    return finish(1);
  }
  await found.remove();
  await ifRunning(() => operator.upkeep.rescan());
  const erased = deleteData ? await operator.upkeep.erase(known) : undefined;
  if (rest['json'] !== undefined) terminal.printJson({ plugin: known, place: found.place, erased });
  else {
    terminal.print(plain(`${known} is removed from ${found.place}`));
    if (erased === undefined)
      terminal.print(`What it kept stays: documents, its database, configuration, secrets.`);
    else
      terminal.print(
        `Gone with it: ${erased.documents} documents, ${erased.cached} cached values, ${erased.values} secrets and settings, its own database and folder.`,
      );
  }
}

function placesOf(
  context: CliContext,
  flags: AddFlags,
): { readonly parts: InstallerParts; readonly operator: Operator } {
  const { cwd, env } = context;
  const { settings } = settingsOf(context, flags as HostFlags);
  const { plugins, data } = settings;
  const operator = connectOperator({ socketPath: localSocketPath(data) });
  return { operator, parts: { cwd, env, data, folders: plugins.folders, packages: plugins.packages } };
}

function report(
  { terminal, finish }: CliContext,
  flags: AddFlags,
  done: 'added' | 'updated',
  { place, pinned, key }: InstallChange,
  plugins: readonly PluginStatus[] | undefined,
): void {
  const plugin = plugins?.find(({ folder }) => folder === place);
  const isFailed = plugins !== undefined && (plugin === undefined || plugin.failure !== undefined);
  finish(isFailed ? 1 : 0);
  if (flags['json'] !== undefined) {
    const { state, failure } = plugin ?? {};
    terminal.printJson({ plugin: plugin?.key ?? key, place, pinned, state, failure });
    return;
  }
  terminal.print(plain(`${plugin?.key ?? key ?? place} is ${done}: ${pinned}, in ${place}`));
  if (plugins === undefined) terminal.print('No host runs here; the next start loads it.');
  else if (plugin === undefined)
    terminal.complain(
      'The host that runs does not look there: start it with the same plugins folders, in the same folder.',
    );
  else terminal.print(`The host has it ${describeState(plugin, terminal)}`);
}

/** Without a terminal nobody can be asked: then it is no. */
async function isSure({ stdin, stderr }: CliContext, question: string): Promise<boolean> {
  const input = stdin();
  if (input.isTTY !== true) return false;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      stderr.write(chunk.toString());
      done();
    },
  });
  const lines = createInterface({ input, output });
  try {
    return /^y(?:es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
