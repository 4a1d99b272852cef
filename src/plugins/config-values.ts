import { readFileSync } from 'node:fs';
import { HostError } from '../core/errors';
import type { PluginKey } from '../core/plugin-key';

const FILE_SUFFIX = '_FILE';

export interface ConfigSources {
  /** The process's variables; read once per generation. */
  readonly environment: Readonly<Record<string, string | undefined>>;
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
  const prefix = prefixOf(key);
  const rivals = [...sources.others].filter((other) => other !== key);
  for (const [variable, value] of Object.entries(sources.environment)) {
    if (value === undefined || !variable.startsWith(prefix) || variable.length === prefix.length) continue;
    const fitting = rivals.filter((other) => variable.startsWith(prefixOf(other)));
    if (fitting.some((other) => prefixOf(other).length > prefix.length)) continue;
    const twin = fitting.find((other) => prefixOf(other) === prefix);
    if (twin !== undefined) throw new HostError('plugin/ambiguous-config', [prefix, key, twin]);
    const given = variable.slice(prefix.length);
    const plain = given.slice(0, -FILE_SUFFIX.length);
    if (!given.endsWith(FILE_SUFFIX) || plain === '' || names.has(given))
      values.set(names.get(given) ?? given, value);
    else if (sources.environment[prefix + plain] === undefined)
      values.set(names.get(plain) ?? plain, readValue(variable, value));
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

/** `acme.ci` → `GATEHOUSE_CONFIG_ACME_CI_`. */
function prefixOf(key: PluginKey): string {
  return `GATEHOUSE_CONFIG_${key.replace('.', '_').toUpperCase()}_`;
}
function toVariable(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}
