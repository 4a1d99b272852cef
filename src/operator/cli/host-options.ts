import type { Command } from 'commander';
import { flagOf } from '../../core/settings-resolver';
import { settingsTable, variablesOf, type SettingPath } from '../../core/settings-table';
import { loadSettings, type LoadedSettings } from '../load-settings';
import type { CliContext } from './cli-context';

/** The settings worth a flag, with the name of the flag's value; the rest are variables and lines of the file. */
const FLAGS = {
  port: 'number',
  host: 'address',
  'plugins.folders': 'folders',
  data: 'folder',
  publicUrl: 'url',
  trustProxy: 'proxies',
  'log.level': 'level',
} as const satisfies Partial<Record<SettingPath, string>>;

export type HostFlags = Readonly<Record<string, string | undefined>>;

/** Adds `--config` and the flags of settings. */
export function addSettingsOptions(command: Command, only?: readonly SettingPath[]): Command {
  command.option(
    '--config <file>',
    'settings file (default: gatehouse.yaml of the working folder, if there)',
  );
  for (const [path, value] of Object.entries(FLAGS) as [keyof typeof FLAGS, string][]) {
    if (only !== undefined && !only.includes(path)) continue;
    const { doc, standard } = settingsTable[path];
    const usual = standard === undefined ? '' : `; default ${String(standard)}`;
    command.option(`${flagOf(path)} <${value}>`, `${doc} [${variablesOf(path)[0]}${usual}]`);
  }
  return command;
}

/** @throws settings/unreadable, settings/invalid */
export function settingsOf(context: CliContext, options: HostFlags): LoadedSettings {
  const flags: Partial<Record<SettingPath, string>> = {};
  for (const path of Object.keys(FLAGS) as (keyof typeof FLAGS)[]) {
    const given = options[optionName(flagOf(path))];
    if (given !== undefined) flags[path] = given;
  }
  const { env, cwd } = context;
  const loaded = loadSettings({ flags, env, workingFolder: cwd, configFile: options['config'] });
  for (const warning of loaded.warnings) context.terminal.complain(`warning: ${warning}`);
  return loaded;
}

/** `--public-url` → `publicUrl`, as commander names it. */
function optionName(flag: string): string {
  return flag.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
