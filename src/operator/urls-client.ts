import { HostError } from '../core/errors';
import { listIn, refusalOf, type OperatorConnection } from './operator-connection';
import type { UrlsDesk, UrlStatus } from './urls-desk';

/** The addresses of a host in another process: every verb as one request. */
export function connectUrls({ where, ask }: OperatorConnection): UrlsDesk {
  const read = async (method: string, plugin: string, rest: string, body?: unknown) => {
    const answer = await ask(method, `plugins/${encodeURIComponent(plugin)}/urls${rest}`, body);
    if (answer.body['code'] === 'plugin/unknown') throw new HostError('plugin/unknown', [plugin]);
    if (answer.status !== 200) throw refusalOf(where, answer);
    return answer.body;
  };
  return {
    list: async (plugin, isShown) =>
      listIn<UrlStatus>(await read('GET', plugin, isShown ? '?show=true' : ''), 'urls', where),
    issue: async (plugin, path, overlapMs) => {
      const issued = await read('POST', plugin, '', {
        path,
        ...(overlapMs !== undefined && { overlapMs }),
      });
      return { id: String(issued['id']), path: String(issued['path'] ?? path), url: String(issued['url']) };
    },
    revoke: async (plugin, path, id) => {
      const query = String(new URLSearchParams({ path }));
      return (await read('DELETE', plugin, `/${encodeURIComponent(id)}?${query}`))['revoked'] === true;
    },
  };
}
