import type { Router } from 'express';
import type { Clock } from '../clock';
import type { Declaration } from '../declaration';
import type { Dialect } from '../dialect';
import type { Mount } from '../mount';
import type { MountTable } from '../mount-table';
import type { PluginKey } from '../plugin-key';
import type { PluginServices } from '../plugin-services';
import type { Deprecations } from './deprecations';
import type { OperatorAuth } from './operator-auth';
import type { Secrets } from './secrets';
import type { SharedAddress } from './shared-address';
import type { SignedUrls } from './signed-urls';

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

/** What addresses of the layer's own need of the host. */
export interface LegacyRoutesNeeds {
  readonly table: Pick<MountTable, 'claimants' | 'get'>;
  readonly operatorAuth: Pick<OperatorAuth, 'allows'>;
  readonly secrets: Pick<Secrets, 'set' | 'remove'>;
  readonly signedUrls: Pick<SignedUrls, 'current'>;
  readonly publicUrl: string | undefined;
  readonly clock: Clock;
}
export interface LegacyRoutes {
  /** An absolute URL path. */
  readonly at: string;
  readonly router: Router;
}

/** Everything the compatibility layer adds to a host; a host without one lacks nothing else. */
export interface LegacyLayer {
  readonly deprecations: Deprecations;
  readonly shared: SharedAddress;
  /** Prefixes served in place as `/api/plugin/`. */
  readonly prefixAliases: readonly { readonly prefix: string; readonly deprecated: string }[];
  /** Addresses of the host's own application, to be mounted after the operator's. */
  routes(needs: LegacyRoutesNeeds): readonly LegacyRoutes[];
  /** Further ways of writing plugins, asked in this order after the host's own. */
  readonly dialects: readonly Dialect[];
  /** Modules handed to plugins by name, one instance per generation. */
  readonly modules: Readonly<Record<string, (services: () => PluginServices) => unknown>>;
  /** The declarations of a plugin as its operator's settings have them; read before its mount is built. */
  revise(key: PluginKey, declarations: Iterable<Declaration>): Iterable<Declaration>;
  /** Told of each generation that begins to serve. */
  mounted(mount: Mount): void;
  report(): readonly DeprecationUse[];
}
