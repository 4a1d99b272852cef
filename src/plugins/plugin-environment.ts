import { inspect } from 'node:util';
import { toVariable } from '../core/plugin-variables';
import type { PluginSecrets } from '../core/ports/secrets';
import type { PluginServices } from '../core/plugin-services';

export interface EnvironmentParts {
  readonly secrets: Pick<PluginSecrets, 'get'>;
  /** Names of secrets that are declared or have a value. */
  secretNames(): Iterable<string>;
  /** The configuration as it is now. */
  config(): Readonly<Record<string, unknown>>;
}

/**
 * `services.env`: by name the newest live value of a secret, else a value of the configuration that is a text, a number or
 * true or false, as text; undefined for the rest. Asked at each use, so it is always what holds then. What can be listed is what
 * is declared or set. Nothing of the process's own environment is in it, and printing it shows names alone.
 */
export function createPluginEnvironment(parts: EnvironmentParts): PluginServices['env'] {
  const valueOf = (name: string) => parts.secrets.get(name) ?? textOf(configured(parts.config(), name));
  const names = () => {
    const fields = Object.entries(parts.config()).filter(([, value]) => textOf(value) !== undefined);
    return [...new Set([...parts.secretNames(), ...fields.map(([name]) => name)])];
  };
  const masked = () => Object.fromEntries(names().map((name) => [name, '[hidden]']));
  const isKnown = (name: PropertyKey): name is string =>
    typeof name === 'string' && (names().includes(name) || valueOf(name) !== undefined);
  // What prints a proxy looks through it, at its target.
  const target = Object.assign(Object.create(null) as object, { [inspect.custom]: masked });
  return new Proxy(target as PluginServices['env'], {
    get: (_target, name) => {
      if (typeof name !== 'string') return undefined;
      return valueOf(name) ?? (name === 'toJSON' ? masked : undefined);
    },
    has: (_target, name) => isKnown(name),
    ownKeys: () => names(),
    getOwnPropertyDescriptor: (_target, name) =>
      isKnown(name)
        ? { value: valueOf(name), enumerable: true, configurable: true, writable: false }
        : undefined,
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  });
}

/** A name that no schema spells otherwise is a variable's. */
function configured(config: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(config, name)) return config[name];
  const variable = toVariable(name);
  return Object.hasOwn(config, variable) ? config[variable] : undefined;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return ['number', 'boolean', 'bigint'].includes(typeof value) ? String(value) : undefined;
}
