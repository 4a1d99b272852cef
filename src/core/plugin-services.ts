import type { Logger } from 'winston';
import type { Awaitable } from './exchange';
import type { Tasks } from './job';
import type { PluginInfo } from './plugin-info';
import type { PluginKey } from './plugin-key';
import type { Channels } from './ports/channels';
import type { Outgoing } from './ports/outgoing';
import type { PluginSecrets } from './ports/secrets';
import type { SignatureSchemes } from './ports/signature-schemes';

/** What the host binds to one generation of a plugin before its effects start. */
export interface PluginServices {
  readonly key: PluginKey;
  readonly info: PluginInfo;
  readonly logger: Logger;
  /** The plugin's own folder, created. */
  readonly dataDir: string;
  /** Values from the environment and the settings file. */
  readonly config: Readonly<Record<string, unknown>>;
  /** This plugin's only. */
  readonly secrets: PluginSecrets;
  readonly channels: Channels;
  /** For verifying by hand. */
  readonly signatures: SignatureSchemes;
  /** Durable work of this plugin. */
  readonly tasks: Tasks;
  /** Guarded requests to elsewhere, and webhooks. */
  readonly outgoing: Outgoing;
  /** Aborts when this generation begins to retire: end streams and pollers. */
  readonly signal: AbortSignal;
  /** Tracked in-process work; see `Exchange.background`. */
  spawn(work: (signal: AbortSignal) => Awaitable<unknown>): string;
  /**
   * The public address of a path of this plugin; absolute once `publicUrl` is set. Where the endpoint's address is signed
   * it carries its `?token=`.
   */
  webhookUrl(path: string): string;
}
