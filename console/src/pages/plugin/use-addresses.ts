import type { EndpointStatus } from '../../../../src/core/ports/plugin-registry';
import type { UrlStatus } from '../../../../src/operator/urls-desk';
import { hostBase } from '../../api';
import { useRead } from '../../live';
import { idOf, type ShownPlugin } from './plugin-facts';

type Address = Pick<UrlStatus, 'url' | 'note' | 'signed'>;

/** Where an endpoint answers, as a sender writes it: by the host's public URL, else by the address of this page. */
export function useAddresses(plugin: ShownPlugin): (endpoint: EndpointStatus) => readonly Address[] {
  const path = `/plugins/${encodeURIComponent(idOf(plugin))}/urls`;
  const { data } = useRead<{ readonly urls: readonly UrlStatus[] }>(path, ['plugins', 'secrets']);
  return (endpoint) => {
    const own: Address[] = endpoint.url === '' ? [] : [{ url: endpoint.url, note: '' }];
    const others = endpoint.aliases.map(({ url, deprecated }): Address => ({
      url,
      note: deprecated ? 'deprecated' : '',
    }));
    return [...own, ...others].map((address) => {
      const known = data?.urls.find(
        ({ method, url }) => method === endpoint.method && (url.split('?')[0] ?? '').endsWith(address.url),
      );
      return absolute(known ?? address);
    });
  };
}

function absolute<A extends Address>(address: A): A {
  return address.url.startsWith('/') ? { ...address, url: `${hostBase}${address.url}` } : address;
}
