import { inspect } from 'node:util';
import type { StandardSchema } from '../core/standard-schema';
import type { Config } from './tokens';

/** What a schema makes. */
type Made<Schema> = Schema extends StandardSchema<infer _Input, infer Output> ? Output : never;

/**
 * A plugin's configuration. Read by name, it is what was given; called with a schema, at module level and once, it declares
 * what may be given, and answers the values as the schema makes them: typed, to be read once the host has loaded the plugin.
 */
export interface ConfigReader extends Config {
  /** @throws mount/invalid when there is no schema, or another one was declared before */
  <const Schema extends StandardSchema>(schema: Schema): Readonly<Made<Schema>>;
}

/** `read` gives the values, and throws before there are any; `declare` is told of a schema. Nothing is read before a name is. */
export function createConfigReader(read: () => Config, declare: (schema: unknown) => void): ConfigReader {
  const target = (schema: unknown) => {
    declare(schema);
    return readingThrough(Object.create(null) as object, read);
  };
  return readingThrough(target, read) as unknown as ConfigReader;
}

/** What prints a proxy looks through it, at its target. */
function readingThrough(target: object, read: () => Config): object {
  return new Proxy(
    Object.assign(target, { [inspect.custom]: () => ({ ...present(read) }) }),
    readingTraps(read),
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
function present(read: () => Config): Config {
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
function readingTraps(read: () => Config): ProxyHandler<object> {
  return {
    get: (_target, name) => {
      if (typeof name === 'symbol') return undefined;
      const values = ASKED_OF_ANYTHING.has(name) ? present(read) : read();
      if (Object.hasOwn(values, name)) return values[name];
      return name === 'toJSON' ? () => ({ ...values }) : undefined;
    },
    has: (_target, name) => typeof name === 'string' && Object.hasOwn(present(read), name),
    ownKeys: () => Object.keys(present(read)),
    getOwnPropertyDescriptor: (_target, name) => {
      const values = present(read);
      if (typeof name === 'symbol' || !Object.hasOwn(values, name)) return undefined;
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
