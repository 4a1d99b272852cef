import { Secret } from '../core/secret';
import { listIn, type OperatorConnection } from './operator-connection';
import type { SecretChange, SecretsDesk, SecretStatus, WaitingSecret } from './secrets-desk';

/** The secrets of a host in another process: every verb as one request. */
export function connectSecrets({ where, read }: OperatorConnection): SecretsDesk {
  const at = (plugin: string, name: string) =>
    `secrets/${encodeURIComponent(plugin)}/${encodeURIComponent(name)}`;
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
    dismiss: async (plugin, name) =>
      (await read('DELETE', `${at(plugin, name)}/proposal`))['dismissed'] === true,
  };
}

function changeIn({ id, declared, value, approved }: Readonly<Record<string, unknown>>): SecretChange {
  const waited = approved === undefined ? {} : { approved: approved as WaitingSecret };
  const change = { id: String(id), declared: declared === true, ...waited };
  return typeof value === 'string' ? { ...change, generated: new Secret(value) } : change;
}
