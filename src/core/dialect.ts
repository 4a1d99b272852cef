import type { Declaration } from './declaration';
import type { PluginInfo } from './plugin-info';
import type { PluginServices } from './plugin-services';
import type { StandardSchema } from './standard-schema';

export interface PluginSource {
  readonly folder: string;
  /** The parsed package.json, or an empty object. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** The entry module's exports, when the folder has an entry. */
  readonly module?: Readonly<Record<string, unknown>>;
}

/** One plugin as a dialect read it, before it becomes declarations. */
export interface Recognised {
  readonly info: PluginInfo;
  /** The schema of its configuration, when it declares one. */
  readonly configSchema?: StandardSchema | undefined;
  /** Gives the plugin its services; called once, before `translate`. */
  bind(services: PluginServices): void;
  /** Pure but for running the author's own factories. Throws what they throw. */
  translate(): Iterable<Declaration>;
}

/** A way of writing plugins: a thin translator to declarations. */
export interface Dialect {
  readonly name: string;
  /** Undefined when the source is not written this way. Throws HostError when it is, but wrongly. */
  recognise(source: PluginSource): Recognised | undefined;
}
