import type { PluginKey } from '../plugin-key';
import type { RequestOrigin } from '../signed-request';

/** One value of a secret. Several may be live at once while it is rotated. */
export interface LiveSecret {
  /** Names the value without telling it: shown to operators, handed to plugins as `verified.secretId`. */
  readonly id: string;
  /** Neither printed nor serialised with the object it is on. */
  readonly value: string;
}

export interface SecretInfo {
  readonly plugin: PluginKey;
  /** As it was stored; what the environment gives is known by the upper-case end of its variable. */
  readonly name: string;
  /** The variable's name, of what the environment gives. */
  readonly id: string;
  readonly origin: 'environment' | 'stored';
  /** Epoch ms. */
  readonly createdAt: number | undefined;
  /** Epoch ms after which it no longer counts; undefined: until it is replaced. */
  readonly notAfter: number | undefined;
}

/** A value that a sender chose for itself, without telling it: no secret until an operator approves. */
export interface ProposedSecret {
  readonly plugin: PluginKey;
  readonly name: string;
  readonly id: string;
  /** Epoch ms. */
  readonly createdAt: number;
  /** The first 8 hex digits of the value's SHA-256: enough to compare with what the sender shows. */
  readonly fingerprint: string;
  /** Whose request brought it. */
  readonly from?: RequestOrigin | undefined;
}

/** What one plugin sees of its secrets. */
export interface PluginSecrets {
  /** The newest live value; undefined when there is none. */
  get(name: string): string | undefined;
  /**
   * Replaces all stored values of the name; resolves once it is committed.
   * @throws secrets/not-yours where operators and users alone may, secrets/from-environment, secrets/bad-name,
   * secrets/empty-value, secrets/too-large, inbox/unavailable
   */
  set(name: string, value: string): Promise<void>;
}

/**
 * Secrets of plugins, by name. Values are in memory, sealed at rest, shared by the hosts of one database; an empty value
 * is no secret. What the environment gives is live besides, and cannot be changed here.
 */
export interface Secrets {
  /** Live values: the environment's, then those stored, newest first. Synchronous: asked for by each request. */
  live(plugin: PluginKey, name: string, now: number): readonly LiveSecret[];
  /** Live values without telling them. */
  list(plugin?: PluginKey): readonly SecretInfo[];
  /** Names that have a value, stored ones as they are, the environment's in upper case. */
  namesOf(plugin: PluginKey): Iterable<string>;
  /**
   * What an operator sets: replaces all stored values of the name. Answers the new one's id.
   * @throws inbox/unavailable, secrets/plugins-own where the plugin alone may, secrets/from-environment, secrets/bad-name,
   * secrets/empty-value, secrets/too-large
   */
  set(plugin: PluginKey, name: string, value: string): Promise<string>;
  /**
   * A further value; those there now end after `overlapMs`, or earlier where that was said before.
   * @throws as `set`, and secrets/too-many
   */
  rotate(plugin: PluginKey, name: string, value: string, overlapMs: number): Promise<string>;
  /**
   * Takes all stored values away, also beside one of the environment. False when there was none.
   * @throws inbox/unavailable, secrets/from-environment when that is all there is
   */
  remove(plugin: PluginKey, name: string): Promise<boolean>;
  /**
   * Keeps a value that a sender chose while it was set up, sealed; it is no secret before `approve`. Answers its id, for a
   * value that waits already too; undefined where the name has a live value, or another one waits, which is logged.
   * @throws secrets/bad-name, secrets/empty-value, secrets/too-large, inbox/unavailable
   */
  propose(plugin: PluginKey, name: string, value: string, from?: RequestOrigin): Promise<string | undefined>;
  /** Values that wait, at most one per name. `set`, `rotate` and `remove` of the name end the waiting. */
  proposals(plugin?: PluginKey): readonly ProposedSecret[];
  /**
   * Makes what waits the value of the name, and answers its id from then on; undefined when none waits. `id`: the one that
   * was looked at, and no other.
   * @throws secrets/other-waits, secrets/already-set, secrets/plugins-own, secrets/from-environment, inbox/unavailable
   */
  approve(plugin: PluginKey, name: string, id?: string): Promise<string | undefined>;
  /** Forgets what waits. False when none does. @throws inbox/unavailable */
  dismiss(plugin: PluginKey, name: string): Promise<boolean>;
}
