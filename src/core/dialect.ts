import type { Declaration } from './declaration';
import type { PluginInfo } from './plugin-info';
import type { PluginKey } from './plugin-key';
import type { PluginServices } from './plugin-services';
import type { StandardSchema } from './standard-schema';

export interface PluginSource {
  /** The name of its folder, file or package. Default: the folder's. */
  readonly id?: string;
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
  /**
   * Where callers are told that a path of it is, as an absolute URL path; asked with the path below the plugin, its leading slash
   * included. Default: below `/api/plugin/<key>`.
   */
  addressOf?(path: string): string;
  /** Gives the plugin its services; called once, before `translate`. */
  bind(services: PluginServices): void;
  /** Pure but for running the author's own factories. Throws what they throw. */
  translate(): Iterable<Declaration>;
}

/** An entry for a folder that has none of its own. It and what it imports may import only files of the folder, by relative paths. */
export interface EntrySource {
  /** A module: it imports what the folder holds and exports what the dialect reads. */
  readonly source: string;
  /** A module whose exports stand free in every file of the folder. */
  readonly globals?: string;
}

/** A way of writing plugins: a thin translator to declarations. */
export interface Dialect {
  readonly name: string;
  /**
   * The entry of a folder that is written this way; asked before anything is loaded. `file`: what would be the entry otherwise,
   * whether or not it is there. Throws HostError when the folder is written this way, but wrongly.
   */
  entryOf?(folder: string, file: string | undefined): Promise<EntrySource | undefined>;
  /** The bases of the aliases that a plugin at this place has, were it written this way and its key so; its code is not known. */
  basesOf?(source: Omit<PluginSource, 'module'>, key: PluginKey): readonly string[];
  /** Undefined when the source is not written this way. Throws HostError when it is, but wrongly. */
  recognise(source: PluginSource): Recognised | undefined;
}
