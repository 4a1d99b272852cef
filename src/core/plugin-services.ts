import type { Logger } from 'winston';
import type { Agent } from './agent-run';
import type { DocumentStore } from './documents';
import type { Events } from './event';
import type { Awaitable } from './exchange';
import type { Job, Tasks } from './job';
import type { Messages } from './messages';
import type { PluginInfo } from './plugin-info';
import type { PluginKey } from './plugin-key';
import type { Cache } from './ports/cache';
import type { Mail } from './ports/mail';
import type { Outgoing } from './ports/outgoing';
import type { ConfigChanges } from './ports/plugin-config';
import type { PluginSql } from './ports/plugin-sql';
import type { PluginSecrets } from './ports/secrets';
import type { SignatureSchemes } from './ports/signature-schemes';
import type { Extensions } from './tool-call';
import type { UserServices } from './user-services';

/** What the host binds to one generation of a plugin before its effects start. */
export interface PluginServices {
  readonly key: PluginKey;
  readonly info: PluginInfo;
  readonly logger: Logger;
  /** The plugin's own folder, created. */
  readonly dataDir: string;
  /** Values from the environment and the settings file. */
  readonly config: Readonly<Record<string, unknown>>;
  /** How to take changes of it while the generation serves; undefined where there are none before the next load. */
  readonly configChanges?: ConfigChanges | undefined;
  /** This plugin's only. */
  readonly secrets: PluginSecrets;
  /** Chats. */
  readonly message: Messages;
  readonly store: DocumentStore;
  readonly cache: Cache;
  readonly sql: PluginSql;
  readonly events: Events;
  /** Tools of other plugins. */
  readonly extensions: Extensions;
  readonly agent: Agent;
  readonly mail: Mail;
  /** Secrets and values of the configuration by name, as text; read-only, asked at each use. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** With a job: what is written and sent in the user's name is kept back until it succeeds. @throws users/bad-id */
  asUser(userId: string, job?: Pick<Job, 'store' | 'message'>): UserServices;
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
