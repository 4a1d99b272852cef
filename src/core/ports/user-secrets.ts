import type { PluginKey } from '../plugin-key';

export interface UserSecretInfo {
  readonly plugin: PluginKey;
  readonly userId: string;
  readonly name: string;
  readonly id: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** Secrets that a plugin keeps for each of its users, apart from its own: one value per name, sealed, shared by all hosts. */
export interface UserSecrets {
  /** By user and name, without the values. */
  list(plugin: PluginKey, userId?: string): readonly UserSecretInfo[];
  /**
   * What an operator sets in the name of a user. Answers the value's id.
   * @throws users/bad-id, secrets/plugins-own where the plugin alone may, secrets/too-many-for-users, secrets/bad-name,
   * secrets/empty-value, secrets/too-large, inbox/unavailable
   */
  set(plugin: PluginKey, userId: string, name: string, value: string): Promise<string>;
  /** False when there was none. @throws inbox/unavailable */
  remove(plugin: PluginKey, userId: string, name: string): Promise<boolean>;
}
