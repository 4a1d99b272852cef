import type { PluginKey } from '../plugin-key';
import type { PluginStatus } from './plugin-registry';

/** What was kept for a plugin and is gone. */
export interface ErasedState {
  readonly plugin: string;
  readonly documents: number;
  readonly cached: number;
  /** Configuration, secrets, those of its users, and tokens of addresses. */
  readonly values: number;
}

/** Removes what a plugin kept: documents, cache, its own database and folder, configuration, secrets, tokens of addresses. */
export interface PluginEraser {
  /** Nothing of the plugin runs. May be asked again where it failed half-way. @throws inbox/unavailable, sql/unavailable */
  erase(key: PluginKey): Promise<ErasedState>;
}

/** What follows a change of the files that plugins stand in. */
export interface UpkeepDesk {
  /** Looks for plugins again: new ones load, those that are gone retire. Answers what there is then. */
  rescan(): Promise<readonly PluginStatus[]>;
  /** Removes what a plugin kept. @throws plugin/still-served unless it is gone or disabled, plugin/unknown for what is no key */
  erase(key: string): Promise<ErasedState>;
}
