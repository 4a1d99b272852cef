import type { PluginKey } from '../plugin-key';

/** The pages of one plugin that is wanted. */
export interface PluginPlace {
  /** It serves; until then its own page is not there. */
  readonly isLive: boolean;
  /** It declares a configuration: the host has a page to set it. */
  readonly hasSettings: boolean;
  /** `webuiPath` as its author wrote it: a route with a slash ahead, or a file below `folder`. */
  readonly webuiPath: string | undefined;
  /** The plugin's folder, absolute. */
  readonly folder: string;
}

/** Where the pages of this host's plugins are. */
export interface PluginPages {
  /** Undefined for a plugin that is not there, or disabled. */
  find(key: PluginKey): PluginPlace | undefined;
}
