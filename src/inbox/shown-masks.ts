import { credentialMembers } from '../core/access-credentials';
import type { MountTable } from '../core/mount-table';
import { endpointNamed } from '../core/named-endpoint';
import { parsePluginKey, type PluginKey } from '../core/plugin-key';
import { secretMask, type SecretMask } from '../core/secret-mask';

/** What masks what is shown of a plugin, of its endpoint `POST /path` where that is named. */
export type MaskOf = (plugin: string, name?: string) => SecretMask;

export interface ShownMasksParts {
  readonly table: Pick<MountTable, 'get'>;
  /** All live values of a plugin's secrets. Without it none is known: members are masked by their names. */
  readonly secretsOf?: ((plugin: PluginKey) => readonly string[]) | undefined;
}

/** Masks by what is live now, of secrets and of endpoints. */
export function shownMasks({ table, secretsOf }: ShownMasksParts): MaskOf {
  return (plugin, name = '') => {
    const key = parsePluginKey(plugin);
    if (key === undefined) return secretMask([]);
    const [method = '', path = ''] = name.split(/ (.*)/s, 2);
    const endpoint = endpointNamed(table.get(key)?.live?.mount.endpoints ?? [], method, path);
    const members = credentialMembers(...(endpoint === undefined ? [] : [endpoint.access]));
    return secretMask(secretsOf?.(key) ?? [], members);
  };
}
