import { readFileSync } from 'node:fs';
import { HostError } from '../core/errors';
import type { PluginKey } from '../core/plugin-key';
import { FILE_SUFFIX, ownVariables, toVariable } from '../core/plugin-variables';
import type { Environment } from '../core/settings-variables';

export interface ConfigSources {
  /** The process's variables; read once per generation. */
  readonly environment: Environment;
  /** `plugins.<key>.config` of the settings file. */
  readonly file: Readonly<Record<string, unknown>> | undefined;
  /** Every plugin known to the host: a variable belongs to the one whose name fits it best. */
  readonly others: Iterable<PluginKey>;
}

/**
 * A plugin's configuration, frozen: the file's values, each overridden by `GATEHOUSE_CONFIG_<AUTHOR>_<MODULE>_<NAME>`
 * (always a string). `chatKey` in the file is `CHAT_KEY` in a variable; a variable the file does not name keeps its
 * upper-case name. A variable ending in `_FILE` names a file with the value, white space trimmed.
 * @throws plugin/ambiguous-config when a variable fits two plugins equally well; plugin/config-unreadable
 */
export function readConfigValues(key: PluginKey, sources: ConfigSources): Readonly<Record<string, unknown>> {
  const values = new Map<string, unknown>(Object.entries(sources.file ?? {}));
  const names = new Map([...values.keys()].map((name) => [toVariable(name), name]));
  const { prefix, given, twin } = ownVariables('CONFIG', key, sources.environment, sources.others);
  if (twin !== undefined) throw new HostError('plugin/ambiguous-config', [prefix, key, twin]);
  for (const [name, value] of given) {
    const plain = name.slice(0, -FILE_SUFFIX.length);
    if (!name.endsWith(FILE_SUFFIX) || plain === '' || names.has(name))
      values.set(names.get(name) ?? name, value);
    else if (!given.has(plain)) values.set(names.get(plain) ?? plain, readValue(prefix + name, value));
  }
  return Object.freeze(Object.fromEntries(values));
}

function readValue(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new HostError('plugin/config-unreadable', [variable, file], { cause: error });
  }
}
