import type { PluginKey } from './plugin-key';
import type { Environment } from './settings-variables';

/** Ends the name of a variable that names a file with the value. */
export const FILE_SUFFIX = '_FILE';

export interface OwnVariables {
  /** What the names of all of them begin with, `GATEHOUSE_CONFIG_ACME_CI_`. */
  readonly prefix: string;
  /** Values by what follows the prefix; never empty names. */
  readonly given: ReadonlyMap<string, string>;
  /** Another plugin that the variables, if there are any, fit as well. */
  readonly twin: PluginKey | undefined;
}

/**
 * The variables `GATEHOUSE_<kind>_<AUTHOR>_<MODULE>_<NAME>` that belong to a plugin: one that fits several belongs to the
 * plugin whose key fits it best.
 */
export function ownVariables(
  kind: 'CONFIG' | 'SECRET',
  key: PluginKey,
  environment: Environment,
  plugins: Iterable<PluginKey>,
): OwnVariables {
  const prefix = variablePrefix(kind, key);
  const rivals = [...plugins].filter((other) => other !== key);
  const prefixes = rivals.map((other) => variablePrefix(kind, other));
  const given = new Map<string, string>();
  for (const [variable, value] of Object.entries(environment)) {
    if (value === undefined || !variable.startsWith(prefix) || variable.length === prefix.length) continue;
    if (prefixes.some((other) => other.length > prefix.length && variable.startsWith(other))) continue;
    given.set(variable.slice(prefix.length), value);
  }
  const twin = given.size === 0 ? undefined : rivals[prefixes.indexOf(prefix)];
  return { prefix, given, twin };
}

/** `acme.ci` → `GATEHOUSE_CONFIG_ACME_CI_`. */
export function variablePrefix(kind: 'CONFIG' | 'SECRET', key: PluginKey): string {
  return `GATEHOUSE_${kind}_${key.replace('.', '_').toUpperCase()}_`;
}

/** `chatKey` → `CHAT_KEY`. */
export function toVariable(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}
