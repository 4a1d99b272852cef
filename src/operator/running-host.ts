import type { Writable } from 'node:stream';
import type { Clock } from '../core/clock';
import type { Channels } from '../core/ports/channels';
import type { PluginRegistry } from '../core/ports/plugin-registry';
import type { Settings } from '../core/settings';
import type { Environment } from '../core/settings-variables';
import type { OperatorToken } from './operator-token';

export interface HostOptions {
  readonly settings: Settings;
  /** Plugins reload when their files change. */
  readonly watch: boolean;
  /** For plugins' own values, `GATEHOUSE_CONFIG_*` and `GATEHOUSE_SECRET_*`. */
  readonly env: Environment;
  /** Takes the log; default: stdout. */
  readonly output?: Writable;
  /** Where plugins' messages go; default: into the log. */
  readonly channels?: Channels;
  /** What the inbox, the gate and secrets go by; default: the system's. Timeouts and leases go by the machine all the same. */
  readonly clock?: Clock | undefined;
  /** Further modules that plugins get from the host, by name. */
  readonly modules?: (name: string) => unknown;
}

/** A host that listens. */
export interface RunningHost {
  /** Where it can be reached from this machine, no trailing slash. */
  readonly url: string;
  readonly registry: PluginRegistry;
  readonly settings: Settings;
  readonly operatorToken: OperatorToken;
  /** Resolves once nothing of the inbox is due, ready or running here. */
  idle(): Promise<void>;
  /** Stops accepting, drains, tears down; resolves within `timeouts.stopMs`. */
  stop(): Promise<void>;
}

/** Resolves once the host listens and every plugin is live or failed. */
export type StartHost = (options: HostOptions) => Promise<RunningHost>;
