import type { Command } from 'commander';
import { HostError } from '../../core/errors';
import type { ConfigIssue, ConfigView } from '../../core/ports/plugin-config';
import { coercionOf } from '../../core/text-coercion';
import type { ConfigChange } from '../config-desk';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { formatTable, plain } from './terminal';

type ConfigFlags = HostFlags & { readonly set?: readonly string[]; readonly unset?: readonly string[] };
type Values = Record<string, unknown>;

/** `plugins config <key>`: shows a configuration; with `--set NAME=VALUE` or `--unset NAME` it stores and reloads. */
export function addConfigCommand(plugins: Command, context: CliContext): void {
  addConnectionOptions(plugins.command('config <key>'))
    .description('Show the configuration of a plugin, or change it and reload the plugin')
    .option('--set <NAME=VALUE...>', 'store a value; lists between commas or as JSON, objects as JSON')
    .option('--unset <NAME...>', 'take away what was stored: the file or the default holds again')
    .action((key: string, flags: ConfigFlags) => run(context, key, flags));
}

async function run(context: CliContext, key: string, flags: ConfigFlags): Promise<void> {
  const { set = [], unset = [], ...options } = flags;
  const { terminal, finish } = context;
  const desk = connectionOf(context, options as HostFlags).configs;
  const view = await desk.view(key);
  if (set.length === 0 && unset.length === 0) {
    if (options['json'] !== undefined) terminal.printJson(view);
    else terminal.print(formatTable(['FIELD', 'VALUE', 'FROM'], rowsOf(view)));
    return;
  }
  try {
    const change = await desk.change(key, changed(view, set, unset), view.revision);
    if (options['json'] !== undefined) terminal.printJson(change);
    else tell(context, key, change);
    finish(change.transition?.ok === false ? 1 : 0);
  } catch (error) {
    const { code, members, message } = error as HostError;
    if (code !== 'plugin/refused-config') throw error;
    const issues = (members?.['detail'] ?? []) as readonly ConfigIssue[];
    if (options['json'] !== undefined) terminal.printJson({ detail: issues });
    else terminal.complain(plain([message, ...issues.map(lineOf)].join('\n')));
    finish(1);
  }
}

function rowsOf({ schema, values, sources, variables }: ConfigView): string[][] {
  const names = new Set([...Object.keys(schema?.properties ?? {}), ...Object.keys(values)]);
  return [...names].map((name) => {
    const value = values[name];
    const isLacking = value === undefined && schema?.required?.includes(name) === true;
    const shown =
      value === undefined
        ? isLacking
          ? '(not set)'
          : ''
        : isMasked(value)
          ? value.isSet
            ? '(set)'
            : '(not set)'
          : JSON.stringify(value);
    return [name, shown, variables[name] ?? sources[name] ?? (isLacking ? '(required)' : '')].map(plain);
  });
}

/** What is stored now, with the changes. @throws plugin/bad-config-request */
function changed(view: ConfigView, set: readonly string[], unset: readonly string[]): Values {
  const stored = Object.entries(view.values).filter(([name]) => view.sources[name] === 'stored');
  const given = set.map((pair): [string, unknown] => {
    const [name = '', ...rest] = pair.split('=');
    if (name === '' || rest.length === 0)
      throw new HostError('plugin/bad-config-request', ['--set takes NAME=VALUE']);
    // Arguments are seen by everybody on the machine, and kept by shells.
    if (view.schema?.properties?.[name]?.['secret'] === true)
      throw new HostError('plugin/bad-config-request', [`${name} is secret; give it on the settings page`]);
    return [name, rest.join('=')];
  });
  const converted = coercionOf(view.schema, 'setting')(Object.fromEntries(given)) as Values;
  const all = Object.entries({ ...Object.fromEntries(stored), ...converted });
  return Object.fromEntries(all.filter(([name]) => !unset.includes(name)));
}

function tell(
  { terminal }: CliContext,
  key: string,
  { revision, taken, transition, notReloaded }: ConfigChange,
): void {
  if (taken === true) terminal.print(plain(`${key}: stored (revision ${revision}), taken without a reload`));
  else if (notReloaded !== undefined)
    terminal.print(plain(`${key}: stored (revision ${revision}), not loaded yet: ${notReloaded.message}`));
  else if (transition?.ok === true)
    terminal.print(
      plain(`${key}: stored (revision ${revision}), generation ${transition.generation} serves`),
    );
  else {
    const why = transition?.failure?.message ?? 'not every host did';
    terminal.complain(plain(`${key}: stored (revision ${revision}), but it does not start with it: ${why}`));
  }
}

const lineOf = ({ loc, msg }: ConfigIssue) => `  ${loc.slice(2).join('.') || 'the whole'}: ${msg}`;

function isMasked(value: unknown): value is { readonly isSet: boolean } {
  return (
    typeof value === 'object' && value !== null && typeof (value as { isSet?: unknown }).isSet === 'boolean'
  );
}
