import { HostError } from '../core/errors';
import { parsePluginKey, type PluginKey } from '../core/plugin-key';
import type { UserSecretInfo, UserSecrets } from '../core/ports/user-secrets';
import type { Secret } from '../core/secret';

/** What operators do with secrets that a plugin keeps for its users; values never come back. As the port `UserSecrets` says. */
export interface UserSecretsDesk {
  list(plugin: string, userId?: string): Promise<readonly UserSecretInfo[]>;
  /** `declared`: as of a secret of the plugin's own. */
  set(
    plugin: string,
    userId: string,
    name: string,
    value: Secret,
  ): Promise<{ readonly id: string; readonly declared: boolean }>;
  /** Works for plugins that are gone, too. */
  remove(plugin: string, userId: string, name: string): Promise<boolean>;
}

/** `declares` throws plugin/unknown for a plugin the host does not know. */
export function createUserSecretsDesk(
  secrets: UserSecrets | undefined,
  declares: (key: PluginKey, name: string) => boolean,
): UserSecretsDesk {
  const kept = () => {
    if (secrets === undefined) throw new HostError('inbox/unavailable', []);
    return secrets;
  };
  const keyOf = (text: string): PluginKey => {
    const key = parsePluginKey(text);
    if (key === undefined) throw new HostError('plugin/unknown', [text]);
    return key;
  };
  return {
    list: async (plugin, userId) => kept().list(keyOf(plugin), userId),
    set: async (plugin, userId, name, value) => {
      const key = keyOf(plugin);
      const declared = declares(key, name);
      return { id: await kept().set(key, userId, name, value.reveal()), declared };
    },
    remove: async (plugin, userId, name) => kept().remove(keyOf(plugin), userId, name),
  };
}
