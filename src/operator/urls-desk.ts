import type { Clock } from '../core/clock';
import { normaliseEndpoint } from '../core/endpoint-path';
import { HostError } from '../core/errors';
import { parsePluginKey, type PluginKey } from '../core/plugin-key';
import type { EndpointStatus, PluginRegistry, PluginStatus } from '../core/ports/plugin-registry';
import type { SignedUrlInfo, SignedUrls } from '../core/ports/signed-urls';

/** One address that a plugin answers at. */
export interface UrlStatus {
  readonly plugin: string;
  readonly method: string;
  /** Absolute once the host's own address is known. A token in it is `***` unless it was asked for. */
  readonly url: string;
  readonly access: string;
  /** Anybody may ask, and nothing tells who did. */
  readonly isOpen: boolean;
  /** What a sender has to set to be let in; absent where that is no header, or not known. */
  readonly headers?: readonly string[];
  /** Names of the plugin's secrets that it is judged by; absent where there is none. */
  readonly secretNames?: readonly string[];
  readonly note: '' | 'and below' | 'deprecated';
  /** Of an address with a `?token=`: what its tokens go by, and those that are live, newest first. */
  readonly signed?: {
    readonly path: string;
    readonly tokens: readonly Pick<SignedUrlInfo, 'id' | 'createdAt' | 'notAfter'>[];
  };
}

export interface IssuedUrl {
  readonly id: string;
  /** What its tokens go by, as `UrlStatus.signed` has it, however it was asked for. */
  readonly path: string;
  /** With its token: told this once, as long as nobody asks for it. */
  readonly url: string;
}

/** The addresses of plugins, and the tokens of those that are signed. */
export interface UrlsDesk {
  /** The endpoint's own address before old ones. `isShown`: with the newest token in clear. @throws plugin/unknown */
  list(plugin: string, isShown: boolean): Promise<readonly UrlStatus[]>;
  /**
   * A further token; with `overlapMs` those until now end after it.
   * @throws plugin/unknown, plugin/no-signed-address, inbox/unavailable, secrets/too-many-urls
   */
  issue(plugin: string, path: string, overlapMs?: number): Promise<IssuedUrl>;
  /** False when there is none of that id; also for plugins that are gone. @throws plugin/unknown, inbox/unavailable */
  revoke(plugin: string, path: string, id: string): Promise<boolean>;
}

export interface UrlsDeskParts {
  readonly registry: Pick<PluginRegistry, 'find'>;
  /** Absent in a host that stores nothing: no address is signed there. */
  readonly signedUrls: SignedUrls | undefined;
  /** Where callers reach this host. */
  readonly publicUrl: string | undefined;
  readonly clock: Clock;
}

const MASK = '***';

/** The addresses of this very process's host. */
export function createUrlsDesk({ registry, signedUrls, publicUrl = '', clock }: UrlsDeskParts): UrlsDesk {
  const statusOf = (plugin: string): PluginStatus => {
    const status = registry.find(plugin);
    if (status === undefined) throw new HostError('plugin/unknown', [plugin]);
    return status;
  };
  const urls = (): SignedUrls => {
    if (signedUrls === undefined) throw new HostError('inbox/unavailable', []);
    return signedUrls;
  };
  const tokenOf = (key: PluginKey | undefined, path: string) =>
    key === undefined ? undefined : signedUrls?.current(key, path, clock.now());
  return {
    list: async (plugin, isShown) => {
      const { key, folder, endpoints } = statusOf(plugin);
      const tokens = key === undefined ? [] : (signedUrls?.list(key) ?? []);
      return endpoints.flatMap((endpoint) => {
        const token = endpoint.signedPath === undefined ? undefined : tokenOf(key, endpoint.signedPath);
        const query = token === undefined ? '' : `?token=${isShown ? token : MASK}`;
        const common = commonOf(key ?? folder, endpoint, tokens);
        return addressesOf(endpoint).map(({ url, note }) => ({
          ...common,
          ...{ url: `${publicUrl}${url}${query}`, note },
        }));
      });
    },
    issue: async (plugin, path, overlapMs) => {
      const { key, endpoints } = statusOf(plugin);
      const endpoint = endpoints.find(({ signedPath }) => isSame(signedPath, path));
      if (key === undefined || endpoint?.signedPath === undefined)
        throw new HostError('plugin/no-signed-address', [plugin, path, signedPathsOf(endpoints)]);
      const { id, token } = await urls().issue(key, endpoint.signedPath, overlapMs);
      const { signedPath: declared } = endpoint;
      return { id, path: declared, url: `${publicUrl}${addressesOf(endpoint)[0]?.url ?? ''}?token=${token}` };
    },
    revoke: async (plugin, path, id) => {
      const key = parsePluginKey(plugin);
      if (key === undefined) throw new HostError('plugin/unknown', [plugin]);
      const known = registry.find(plugin)?.endpoints.find(({ signedPath }) => isSame(signedPath, path));
      return urls().revoke(key, known?.signedPath ?? normaliseEndpoint(path), id);
    },
  };
}

function commonOf(
  plugin: string,
  { method, access, isOpen, headers, secretNames, signedPath }: EndpointStatus,
  tokens: readonly SignedUrlInfo[],
): Omit<UrlStatus, 'url' | 'note'> {
  const common = {
    ...{ plugin, method, access, isOpen },
    ...(headers !== undefined && { headers }),
    ...(secretNames !== undefined && { secretNames }),
  };
  if (signedPath === undefined) return common;
  const own = tokens
    .filter(({ path }) => path === signedPath)
    .map(({ id, createdAt, notAfter }) => ({ id, createdAt, notAfter }));
  return { ...common, signed: { path: signedPath, tokens: own } };
}

function addressesOf({ url, reach, aliases }: EndpointStatus): Pick<UrlStatus, 'url' | 'note'>[] {
  const own = { url, note: reach === 'subtree' ? 'and below' : '' } as const;
  const others = aliases.map((alias) => ({
    url: alias.url,
    note: alias.deprecated ? ('deprecated' as const) : ('' as const),
  }));
  return url === '' ? others : [own, ...others];
}

const isSame = (signedPath: string | undefined, path: string) =>
  signedPath !== undefined && normaliseEndpoint(signedPath) === normaliseEndpoint(path);

function signedPathsOf(endpoints: readonly EndpointStatus[]): string {
  const paths = endpoints.flatMap(({ signedPath }) => (signedPath === undefined ? [] : [signedPath]));
  return [...new Set(paths)].join(', ');
}
