import type { Declaration } from '../declaration';
import type { Mount } from '../mount';
import type { PluginKey } from '../plugin-key';
import type { PluginServices } from '../plugin-services';
import type { Deprecations } from './deprecations';
import type { SharedAddress } from './shared-address';

/** One deprecated thing still in use, for operators. Plain data. */
export interface DeprecationUse {
  readonly id: string;
  readonly plugin: string;
  readonly endpoint: string;
  readonly successor: string;
  readonly count: number;
  readonly lastCaller:
    { readonly ip: string; readonly userAgent: string | undefined; readonly at: number } | undefined;
}

/** Everything the compatibility layer adds to a host; a host without one lacks nothing else. */
export interface LegacyLayer {
  readonly deprecations: Deprecations;
  readonly shared: SharedAddress;
  /** Prefixes served in place as `/api/plugin/`. */
  readonly prefixAliases: readonly { readonly prefix: string; readonly deprecated: string }[];
  /** Modules handed to plugins by name, one instance per generation. */
  readonly modules: Readonly<Record<string, (services: () => PluginServices) => unknown>>;
  /** The declarations of a plugin as its operator's settings have them; read before its mount is built. */
  revise(key: PluginKey, declarations: Iterable<Declaration>): Iterable<Declaration>;
  /** Told of each generation that begins to serve. */
  mounted(mount: Mount): void;
  report(): readonly DeprecationUse[];
}
