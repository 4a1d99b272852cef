import type { PluginKey } from '../plugin-key';

/** One value of a secret. Several may be live at once while it is rotated. */
export interface LiveSecret {
  /** Names the value without telling it: shown to operators, handed to plugins as `verified.secretId`. */
  readonly id: string;
  readonly value: string;
}

export interface SecretInfo {
  readonly plugin: PluginKey;
  readonly name: string;
  readonly id: string;
  readonly origin: 'environment' | 'stored';
  /** Epoch ms. */
  readonly createdAt: number | undefined;
  /** Epoch ms after which it no longer counts; undefined: until it is replaced. */
  readonly notAfter: number | undefined;
}

/**
 * Secrets of plugins, by name. Values are in memory, sealed at rest, shared by the hosts of one database; an empty value
 * is no secret. What the environment gives is live besides, and cannot be changed here.
 */
export interface Secrets {
  /** Live values, newest first. Synchronous: asked for by each request. */
  live(plugin: PluginKey, name: string, now: number): readonly LiveSecret[];
  list(plugin?: PluginKey): readonly SecretInfo[];
  /** Replaces all stored values of the name. Answers the new one's id. @throws inbox/unavailable, secrets/from-environment */
  set(plugin: PluginKey, name: string, value: string): Promise<string>;
  /** A further value; those there now end after `overlapMs`. @throws inbox/unavailable, secrets/from-environment */
  rotate(plugin: PluginKey, name: string, value: string, overlapMs: number): Promise<string>;
  /** False when there was none. @throws inbox/unavailable, secrets/from-environment */
  remove(plugin: PluginKey, name: string): Promise<boolean>;
}
