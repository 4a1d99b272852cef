import type { Rekeyed } from '../core/ports/rekeying';
import type { UserSecretInfo } from '../core/ports/user-secrets';
import { Secret } from '../core/secret';
import { listIn, type OperatorConnection } from './operator-connection';
import type { SecretChange, SecretsDesk, SecretStatus, WaitingSecret } from './secrets-desk';

/** The secrets of a host in another process: every verb as one request. */
export function connectSecrets({ where, read }: OperatorConnection): SecretsDesk {
  const at = (plugin: string, name: string) =>
    `secrets/${encodeURIComponent(plugin)}/${encodeURIComponent(name)}`;
  const ofUser = (plugin: string, userId: string, name: string) =>
    `${at(plugin, name)}?${String(new URLSearchParams({ user: userId }))}`;
  return {
    list: async (plugin) => {
      const query = plugin === undefined ? '' : `?${String(new URLSearchParams({ plugin }))}`;
      return listIn<SecretStatus>(await read('GET', `secrets${query}`), 'secrets', where);
    },
    set: async (plugin, name, value) =>
      changeIn(await read('PUT', at(plugin, name), { value: value.reveal() })),
    rotate: async (plugin, name, overlapMs, value) => {
      const what = value === undefined ? { generate: true } : { value: value.reveal() };
      return changeIn(await read('POST', `${at(plugin, name)}/rotate`, { overlapMs, ...what }));
    },
    remove: async (plugin, name) => (await read('DELETE', at(plugin, name)))['removed'] === true,
    approve: async (plugin, name, id, isTold = false) => {
      const what = { ...(id !== undefined && { id }), ...(isTold && { show: true }) };
      return changeIn(await read('POST', `${at(plugin, name)}/approve`, what));
    },
    users: {
      list: async (plugin, userId) => {
        const query = userId === undefined ? '' : `?${String(new URLSearchParams({ user: userId }))}`;
        const path = `secrets/${encodeURIComponent(plugin)}/users${query}`;
        return listIn<UserSecretInfo>(await read('GET', path), 'secrets', where);
      },
      set: async (plugin, userId, name, value) =>
        changeIn(await read('PUT', ofUser(plugin, userId, name), { value: value.reveal() })),
      remove: async (plugin, userId, name) =>
        (await read('DELETE', ofUser(plugin, userId, name)))['removed'] === true,
    },
    rekey: async () => (await read('POST', 'secrets/rekey', {})) as unknown as Rekeyed,
    dismiss: async (plugin, name) =>
      (await read('DELETE', `${at(plugin, name)}/proposal`))['dismissed'] === true,
  };
}

function changeIn({ id, declared, value, approved }: Readonly<Record<string, unknown>>): SecretChange {
  const waited = approved === undefined ? {} : { approved: approved as WaitingSecret };
  const change = { id: String(id), declared: declared === true, ...waited };
  return typeof value === 'string' ? { ...change, generated: new Secret(value) } : change;
}
