import { inspect } from 'node:util';
import { HostError } from '../core/errors';
import type { PluginKey } from '../core/plugin-key';
import { toVariable, variablePrefix } from '../core/plugin-variables';
import type { StandardSchema } from '../core/standard-schema';
import { isConfigField, shownConfig } from './shown-config';
import type { Config, ConfigValues } from './tokens';

/** What a schema makes. */
type Made<Schema> = Schema extends StandardSchema<infer _Input, infer Output> ? Output : never;

/** Besides reading by name; a field of the configuration that has such a name goes before the method. */
export interface ConfigMethods {
  /** The value of a field; one that no schema declares is found by the name of its variable too: `token` is `TOKEN`. */
  get(name: string): Config[string];
  /** As `get`, but there is one, and it is not blank. @throws plugin/config-missing naming the variable to set */
  require(name: string): Config[string];
}

/**
 * A plugin's configuration. Read by name, it is what was given; printed or serialised as a whole, its secrets are masked; called with a schema, at module level and once, it declares
 * what may be given, and answers the values as the schema makes them: typed, to be read once the host has loaded the plugin.
 */
export interface ConfigReader extends Config, ConfigMethods {
  /** @throws mount/invalid when there is no schema, or another one was declared before */
  <const Schema extends StandardSchema>(schema: Schema): Readonly<Made<Schema>>;
}

/** `read` gives the values, and throws before there are any; `declare` is told of a schema. Nothing is read before a name is. */
export function createConfigReader(
  key: PluginKey,
  read: () => ConfigValues,
  declare: (schema: unknown) => void,
): ConfigReader {
  const target = (schema: unknown) => {
    declare(schema);
    return readingThrough(Object.create(null) as object, read);
  };
  return readingThrough(target, read, methodsOver(key, read)) as unknown as ConfigReader;
}

/** What classes are injected as their `Config`: what the reader is, without the schema. */
export function createInjectedConfig(key: PluginKey, read: () => ConfigValues): Config & ConfigMethods {
  const reading = readingThrough(Object.create(null) as object, read, methodsOver(key, read));
  return reading as Config & ConfigMethods;
}

type Methods = ReadonlyMap<string, unknown>;
const NO_METHODS: Methods = new Map();

function methodsOver(key: PluginKey, read: () => ConfigValues): Methods {
  const get = (name: string): unknown => {
    const values = read();
    const spelt = isConfigField(values, name) ? name : toVariable(name);
    return isConfigField(values, spelt) ? values[spelt] : undefined;
  };
  const require = (name: string): unknown => {
    const value = get(name);
    const isBlank = typeof value === 'string' && value.trim() === '';
    if (value !== undefined && value !== null && !isBlank) return value;
    const variable = variablePrefix('CONFIG', key) + toVariable(name);
    throw new HostError('plugin/config-missing', [key, name, variable]);
  };
  return new Map(Object.entries({ get, require }));
}

/** What prints a proxy looks through it, at its target. */
function readingThrough(target: object, read: () => ConfigValues, methods = NO_METHODS): object {
  return new Proxy(
    Object.assign(target, { [inspect.custom]: () => shownConfig(present(read)) }),
    readingTraps(read, methods),
  );
}

/** What module loaders, promises and test frameworks ask any value for: until there are values, it has none of these. */
const ASKED_OF_ANYTHING: ReadonlySet<string> = new Set([
  'then',
  'toJSON',
  'constructor',
  'prototype',
  'default',
  '__esModule',
  'asymmetricMatch',
]);

/** The values, and none before there are any: whoever lists or prints them means no value in particular. */
function present(read: () => ConfigValues): ConfigValues {
  try {
    return read();
  } catch {
    return {};
  }
}

/**
 * Whatever is asked of the object is asked of the values. Nothing may be said of it that its target contradicts, so its
 * properties can be configured, as far as anybody sees.
 */
function readingTraps(read: () => ConfigValues, methods: Methods): ProxyHandler<object> {
  return {
    get: (_target, name) => {
      if (typeof name === 'symbol') return undefined;
      const values = ASKED_OF_ANYTHING.has(name) || methods.has(name) ? present(read) : read();
      if (isConfigField(values, name)) return values[name];
      if (methods.has(name)) return methods.get(name);
      return name === 'toJSON' ? () => shownConfig(values) : undefined;
    },
    has: (_target, name) => typeof name === 'string' && isConfigField(present(read), name),
    ownKeys: () => Object.keys(present(read)),
    getOwnPropertyDescriptor: (_target, name) => {
      const values = present(read);
      if (typeof name === 'symbol' || !isConfigField(values, name)) return undefined;
      return { value: values[name] as unknown, enumerable: true, configurable: true, writable: false };
    },
    getPrototypeOf: () => null,
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  };
}
