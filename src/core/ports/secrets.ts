import type { PluginKey } from '../plugin-key';

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

/** What one plugin sees of its secrets. */
export interface PluginSecrets {
  /** The newest live value; undefined when there is none. */
  get(name: string): string | undefined;
  /**
   * Replaces all stored values of the name; resolves once it is committed.
   * @throws secrets/from-environment, secrets/bad-name, secrets/empty-value, secrets/too-large, inbox/unavailable
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
  /**
   * Replaces all stored values of the name. Answers the new one's id.
   * @throws inbox/unavailable, secrets/from-environment, secrets/bad-name, secrets/empty-value, secrets/too-large
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
}
