import { parsePluginKey } from './plugin-key';
import { nearestName } from './nearest-name';
import { isMapping } from './settings-kinds';
import { asMapping, readPluginSettings } from './settings-per-plugin';
import { settingPaths, settingsTable, toVariableName, type SettingPath } from './settings-table';
import type { PluginSettings, Settings } from './settings';

export interface FileReading {
  readonly values: ReadonlyMap<SettingPath, unknown>;
  readonly perPlugin: Settings['perPlugin'];
  readonly issues: readonly string[];
}

const SECTIONS: ReadonlySet<string> = new Set(
  settingPaths.filter((path) => path.includes('.')).map((path) => path.slice(0, path.indexOf('.'))),
);

/** Settings with others below them: a mapping in their place gives those, and their own value as `mode`. */
const HEADS: ReadonlySet<string> = new Set(
  settingPaths.filter((path) => settingPaths.some((other) => other.startsWith(`${path}.`))),
);
const HEAD_NAME = 'mode';

/** Sorts an already parsed settings file into settings and plugins' values; refuses what it does not know. Never throws. */
export function readFileValues(file: unknown): FileReading {
  const issues: string[] = [];
  const values = new Map<SettingPath, unknown>();
  const perPlugin = new Map<string, PluginSettings>();
  const top = asMapping(file, 'the file', issues);
  for (const [name, value] of Object.entries(top)) {
    if (!SECTIONS.has(name)) take(name, value);
    else
      for (const [inner, innerValue] of Object.entries(asMapping(value, name, issues)))
        if (name === 'plugins' && inner.includes('.')) takePlugin(inner, innerValue);
        else take(`${name}.${inner}`, innerValue);
  }
  issues.push(...sharedVariables(perPlugin));
  return { values, perPlugin: Object.fromEntries(perPlugin), issues };

  function take(path: string, value: unknown): void {
    if (isMapping(value) && HEADS.has(path))
      for (const [inner, innerValue] of Object.entries(value))
        take(inner === HEAD_NAME ? path : `${path}.${inner}`, innerValue);
    else if (!isSettingPath(path))
      issues.push(`${path} is not a setting; the nearest is ${nearestPath(path)}`);
    // `key:` without a value is YAML's null: as if the line were not there.
    else if (value !== null) values.set(path, value);
  }
  function takePlugin(key: string, value: unknown): void {
    const at = `plugins.${key}`;
    if (parsePluginKey(key) === undefined)
      issues.push(`${at} is not a plugin key; it is written author.module, letters, digits and _ only`);
    perPlugin.set(key, readPluginSettings(at, value, issues));
  }
}

function isSettingPath(path: string): path is SettingPath {
  return Object.hasOwn(settingsTable, path);
}

/** Siblings first: a slip inside a section is rarely meant for another one. */
function nearestPath(path: string): string | undefined {
  const section = path.slice(0, path.indexOf('.') + 1);
  const siblings = settingPaths.filter((known) => section !== '' && known.startsWith(section));
  return nearestName(path, siblings.length > 0 ? siblings : [...settingPaths, ...SECTIONS]);
}

/** Values of plugins that one variable would set: the environment could not tell them apart. */
function sharedVariables(perPlugin: ReadonlyMap<string, PluginSettings>): string[] {
  const owners = new Map<string, string>();
  const issues: string[] = [];
  for (const [key, { config }] of perPlugin)
    for (const name of Object.keys(config ?? {})) {
      const variable = `GATEHOUSE_CONFIG_${key.replace('.', '_').toUpperCase()}_${toVariableName(name)}`;
      const owner = owners.get(variable);
      const at = `plugins.${key}.config.${name}`;
      if (owner === undefined) owners.set(variable, at);
      else issues.push(`${owner} and ${at} are both set by the variable ${variable}; rename one`);
    }
  return issues;
}
