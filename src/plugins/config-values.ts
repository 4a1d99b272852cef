import { readFileSync } from 'node:fs';
import { HostError } from '../core/errors';
import type { PluginKey } from '../core/plugin-key';
import { FILE_SUFFIX, ownVariables, toVariable } from '../core/plugin-variables';
import type { ConfigSource } from '../core/ports/plugin-config';
import type { Environment } from '../core/settings-variables';

export interface ConfigSources {
  /** The process's variables; read once per generation. */
  readonly environment: Environment;
  /** `plugins.<key>.config` of the settings file. */
  readonly file: Readonly<Record<string, unknown>> | undefined;
  /** What operators gave; goes before the file. */
  readonly stored?: Readonly<Record<string, unknown>> | undefined;
  /** Fields that a schema declares: their spelling is the one that counts. */
  readonly declared?: Iterable<string> | undefined;
  /** Every plugin known to the host: a variable belongs to the one whose name fits it best. */
  readonly others: Iterable<PluginKey>;
}

/** One value and where it comes from. */
export interface ConfigEntry {
  readonly value: unknown;
  readonly source: Exclude<ConfigSource, 'default'>;
  /** Its variable, of what the environment gives. */
  readonly variable?: string;
}

/**
 * A plugin's configuration, frozen: the file's values, each overridden by what is stored, and that by
 * `GATEHOUSE_CONFIG_<AUTHOR>_<MODULE>_<NAME>` (always a string). `chatKey` in the file or a schema is `CHAT_KEY` in a variable;
 * a variable that neither names keeps its upper-case name. A variable ending in `_FILE` names a file with the value, white
 * space trimmed.
 * @throws plugin/ambiguous-config when a variable fits two plugins equally well; plugin/config-unreadable
 */
export function readConfigValues(key: PluginKey, sources: ConfigSources): Readonly<Record<string, unknown>> {
  const entries = [...readConfigEntries(key, sources)];
  return Object.freeze(Object.fromEntries(entries.map(([name, { value }]) => [name, value])));
}

/** As `readConfigValues`, each with its source. */
export function readConfigEntries(key: PluginKey, sources: ConfigSources): Map<string, ConfigEntry> {
  const entries = new Map<string, ConfigEntry>();
  for (const source of ['file', 'stored'] as const)
    for (const [name, value] of Object.entries(sources[source] ?? {})) entries.set(name, { value, source });
  const names = new Map(
    [...entries.keys(), ...(sources.declared ?? [])].map((name) => [toVariable(name), name]),
  );
  const { prefix, given, twin } = ownVariables('CONFIG', key, sources.environment, sources.others);
  if (twin !== undefined) throw new HostError('plugin/ambiguous-config', [prefix, key, twin]);
  const set = (name: string, value: string, variable: string) =>
    entries.set(names.get(name) ?? name, { value, source: 'environment', variable });
  for (const [name, value] of given) {
    const plain = name.slice(0, -FILE_SUFFIX.length);
    const variable = prefix + name;
    if (!name.endsWith(FILE_SUFFIX) || plain === '' || names.has(name)) set(name, value, variable);
    else if (!given.has(plain)) set(plain, readValue(variable, value), variable);
  }
  return entries;
}

function readValue(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new HostError('plugin/config-unreadable', [variable, file], { cause: error });
  }
}
