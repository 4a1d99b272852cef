import type { Command } from 'commander';
import type {
  HostTransition,
  PluginFailure,
  PluginStatus,
  Transition,
} from '../../core/ports/plugin-registry';
import type { CliContext } from './cli-context';
import { addConfigCommand } from './config-command';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { describeState } from './start-report';
import { formatTable, plain, type Terminal } from './terminal';
import { addPluginsAddCommands } from './plugins-add-commands';
import { addUrlsCommand } from './urls-command';

/** `plugins list|enable|disable|reload|rescan|add|update|remove|urls|config`. */
export function addPluginCommands(program: Command, context: CliContext): void {
  const plugins = program.command('plugins').description('Look at and change the plugins of a running host');
  addConnectionOptions(plugins.command('list'))
    .description('List every plugin with its state')
    .action((options: HostFlags) => list(context, options));
  for (const verb of ['enable', 'disable', 'reload'] as const)
    addConnectionOptions(plugins.command(`${verb} <key>`))
      .description(CHANGES[verb].description)
      .action((key: string, options: HostFlags) => change(context, verb, key, options));
  addConnectionOptions(plugins.command('rescan'))
    .description('Have the host look at its plugins folders again: new plugins load, removed ones go')
    .action((options: HostFlags) => rescan(context, options));
  addPluginsAddCommands(plugins, context);
  addUrlsCommand(plugins, context);
  addConfigCommand(plugins, context);
}

const CHANGES = {
  enable: { description: 'Enable a plugin, now and at every start', done: 'enabled' },
  disable: { description: 'Disable a plugin: 404 everywhere until enabled', done: 'disabled' },
  reload: { description: "Load a plugin's files again without failing a request", done: 'reloaded' },
} as const;

async function list(context: CliContext, options: HostFlags): Promise<void> {
  print(context, options, await connectionOf(context, options).plugins());
}

async function rescan(context: CliContext, options: HostFlags): Promise<void> {
  print(context, options, await connectionOf(context, options).upkeep.rescan());
}

function print({ terminal }: CliContext, options: HostFlags, plugins: readonly PluginStatus[]): void {
  if (options['json'] !== undefined) terminal.printJson({ plugins });
  else if (plugins.length === 0) terminal.print('The host has no plugins.');
  else
    terminal.print(
      formatTable(['PLUGIN', 'VERSION', 'GENERATION', 'OPEN', 'URL', 'STATE'], plugins.map(rowOf(terminal))),
    );
}

function rowOf(terminal: Terminal): (plugin: PluginStatus) => string[] {
  return (plugin) => [
    plain(plugin.key ?? plugin.folder),
    plain(plugin.version),
    String(plugin.generation),
    openOf(plugin, terminal),
    plain(plugin.url),
    describeState(plugin, terminal),
  ];
}

/** How many endpoints anybody may ask without telling who, of how many. */
function openOf({ endpoints }: PluginStatus, { colors }: Terminal): string {
  const open = endpoints.filter(({ isOpen }) => isOpen).length;
  return open === 0 ? '' : colors.yellow(`${open} of ${endpoints.length}`);
}

async function change(
  context: CliContext,
  verb: keyof typeof CHANGES,
  key: string,
  options: HostFlags,
): Promise<void> {
  const { terminal, finish } = context;
  const transition = await connectionOf(context, options)[verb](key);
  if (options['json'] !== undefined) terminal.printJson(transition);
  else if (transition.hosts !== undefined)
    printHosts(terminal, key, CHANGES[verb].done, transition.ok, transition.hosts);
  else if (transition.ok) terminal.print(`${key} ${CHANGES[verb].done}: ${describeTransition(transition)}`);
  else {
    terminal.complain(`${key} was not ${CHANGES[verb].done}: ${describeTransition(transition)}`);
    if (transition.failure !== undefined) terminal.complain(describeFailure(transition.failure));
  }
  finish(transition.ok ? 0 : 1);
}

function describeTransition({ state, generation }: Transition): string {
  return generation > 0 ? `${state}, generation ${generation} serves` : state;
}

function describeFailure({ code, message, stack }: PluginFailure): string {
  return plain(`${code}: ${message}\n${stack}`);
}

/** One line per host, then in full what failed where. */
function printHosts(
  terminal: Terminal,
  key: string,
  done: string,
  isEverywhere: boolean,
  hosts: readonly HostTransition[],
): void {
  const rows = hosts.map(({ node, url, outcome, generation }) =>
    [url, node, OUTCOMES[outcome], generation === 0 ? '' : String(generation)].map(plain),
  );
  const did = hosts.filter(({ outcome }) => outcome === 'done').length;
  if (isEverywhere) terminal.print(`${key} ${done} on ${did} of ${hosts.length} hosts`);
  else terminal.complain(`${key} was ${done} on ${did} of ${hosts.length} hosts only`);
  terminal.print(formatTable(['URL', 'HOST', 'OUTCOME', 'GENERATION'], rows));
  for (const { url, failure } of hosts)
    if (failure !== undefined) terminal.complain(`${plain(url)}: ${describeFailure(failure)}`);
}

const OUTCOMES: Readonly<Record<HostTransition['outcome'], string>> = {
  done: 'done',
  failed: 'failed',
  absent: 'absent: no such plugin there',
  silent: 'silent: obeys when it is reached',
};
