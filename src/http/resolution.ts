import { HostError } from '../core/errors';
import type { LiveMount } from '../core/live-mount';
import { RESERVED_SEGMENTS } from '../core/mount';
import type { PluginKey } from '../core/plugin-key';
import type { Match } from '../core/segment-tree';
import { throughAlias } from './alias-resolution';
import type { GatewayParts } from './gate';
import { missed, notReady, refusal } from './refused-resolution';
import { inspectPath, isSuspect, pathOf } from './request-path';
import type { RouteTable } from './route-table';
import type { Site, Sites } from './site';
import type { Target } from './target';

/** An old address that was used: the id of its family, and where its callers should go. */
export interface OldAddress {
  readonly id: string;
  readonly key: PluginKey;
  /** Of a Router, the path asked for; of an endpoint, its own. */
  readonly endpoint: string;
  readonly successor: string;
}

interface Found {
  readonly site: Site;
  readonly live: LiveMount;
  /** The prefix before `path`, as used. */
  readonly base: string;
  /** Starts with `/`, no query. */
  readonly path: string;
  readonly old: OldAddress | undefined;
}

/** What answers a request, decided before anything runs. */
export type Resolution =
  | ({ readonly kind: 'endpoint'; readonly match: Match<Target> } & Found)
  | ({ readonly kind: 'routers'; readonly routes: RouteTable } & Found)
  /** Perhaps a request that sets up a sender, which the host answers; `otherwise` when it is none. */
  | ({ readonly kind: 'handshake'; readonly match: Match<Target>; readonly otherwise: Resolution } & Found)
  /** `OPTIONS` of declared endpoints, answered by the host. */
  | { readonly kind: 'options'; readonly allow: string; readonly old: OldAddress | undefined }
  | { readonly kind: 'shared'; readonly sites: readonly Site[]; readonly base: string; readonly path: string }
  /** The host's own application. */
  | { readonly kind: 'host' }
  | {
      readonly kind: 'refusal';
      readonly error: HostError;
      readonly isLegacy: boolean;
      /** Of a plugin that serves: refusing a caller does not make the address any younger. */
      readonly old?: OldAddress | undefined;
      /** Of an address that several plugins claim, none of which the caller may learn of. */
      readonly unnamed?: readonly OldAddress[];
      /** For the log only: what the caller must not learn. */
      readonly note?: string;
    };

/** Receives each decision in plain words; only `explain` asks for them. */
export type Trace = ((step: string) => void) | undefined;

const PREFIX = '/api/plugin/';

/**
 * Decides what answers `method` at `url`, an origin-form target. Reads only.
 * @throws request/bad-path
 */
export function resolve(
  sites: Sites,
  aliases: GatewayParts['prefixAliases'],
  method: string,
  url: string,
  trace?: Trace,
): Resolution {
  const path = pathOf(url);
  if (path.startsWith(PREFIX)) {
    const end = keyEnd(path, PREFIX.length);
    const site = sites.get(path.slice(PREFIX.length, end));
    if (site !== undefined) {
      trace?.(`the key ${site.key} is known`);
      return inSite(sites, site, method, path.slice(end), site.base, undefined, trace);
    }
    return unknownKey(sites, method, path, path.slice(PREFIX.length, end), trace);
  }
  for (const { prefix, deprecated } of aliases ?? []) {
    if (!path.startsWith(prefix)) continue;
    const end = keyEnd(path, prefix.length);
    const site = sites.get(path.slice(prefix.length, end));
    trace?.(`${prefix} is an old prefix, served as ${PREFIX}`);
    if (site === undefined) return unknownKey(sites, method, path, path.slice(prefix.length, end), trace);
    return inSite(sites, site, method, path.slice(end), path.slice(0, end), deprecated, trace);
  }
  if (isSuspect(path)) inspectPath(path);
  const alias = throughAlias(sites, method, path, trace);
  if (alias !== undefined) return alias;
  trace?.('no plugin claims this address: it is the host application’s');
  return { kind: 'host' };
}

function keyEnd(path: string, from: number): number {
  const slash = path.indexOf('/', from);
  return slash === -1 ? path.length : slash;
}

function unknownKey(sites: Sites, method: string, path: string, key: string, trace: Trace): Resolution {
  if (key.includes('%')) return refusal(new HostError('request/not-found', [path]));
  if (isSuspect(path)) inspectPath(path);
  trace?.(`no enabled plugin has the key "${key}"`);
  return throughAlias(sites, method, path, trace) ?? refusal(new HostError('request/not-found', [path]));
}

/** Below a plugin's own prefix: exact endpoints, the host's reserved segments, subtrees, then 405 or 404. */
function inSite(
  sites: Sites,
  site: Site,
  method: string,
  rest: string,
  base: string,
  deprecated: string | undefined,
  trace: Trace,
): Resolution {
  const hasEmptySegment = isSuspect(rest) && inspectPath(rest);
  const { live, own } = site;
  if (deprecated === undefined && isHostsOwn(rest)) {
    trace?.(`${site.base}${rest} is the host’s own: ${hostsOwn(rest)} of ${site.key}`);
    return { kind: 'host' };
  }
  if (live === undefined) return notReady(site, deprecated !== undefined);
  const path = rest === '' ? '/' : rest;
  const match = hasEmptySegment ? undefined : own.find(method, path);
  const old = (endpoint: string): OldAddress | undefined =>
    deprecated === undefined
      ? undefined
      : { id: deprecated, key: site.key, endpoint, successor: site.base + rest };
  if (match !== undefined) {
    trace?.('a declared endpoint matches');
    const oldAddress = deprecated === undefined ? undefined : old(match.target.endpoint.path);
    return { kind: 'endpoint', site, live, match, base, path, old: oldAddress };
  }
  if (isReserved(path)) {
    trace?.('the segment after the key is reserved for the host');
    return (
      throughAlias(sites, method, site.base + rest, trace) ??
      refusal(new HostError('request/not-found', [base + rest]))
    );
  }
  let otherwise: Resolution;
  if (own.subtree(path, 0) !== undefined) {
    trace?.('no declared endpoint matches; a Router covers the path');
    otherwise = { kind: 'routers', site, live, routes: own, base, path, old: old(path) };
  } else otherwise = missed(method, base + rest, hasEmptySegment ? [] : own.allowed(path), old(path), trace);
  const handshake = hasEmptySegment ? undefined : own.findHandshake(method, path);
  return handshake === undefined
    ? otherwise
    : { kind: 'handshake', site, live, match: handshake, base, path, old: old(path), otherwise };
}

/** What it is that the host serves below a key. */
function hostsOwn(rest: string): string {
  if (rest.startsWith('/openapi.json')) return 'the description (routes.docs)';
  if (rest.startsWith('/docs')) return 'the page of its description (routes.docs)';
  return rest.startsWith('/__webui__/settings') ? 'the settings page' : 'the page';
}

/**
 * What the host serves below a key whether or not the plugin serves: `docs`, `openapi.json`, `__webui__`; at `webhook` plugins do.
 * Asked of every request, so by the first letter first.
 */
function isHostsOwn(rest: string): boolean {
  const first = rest.charCodeAt(1);
  return (first === 100 || first === 111 || first === 95) && isReserved(rest);
}

function isReserved(path: string): boolean {
  const slash = path.indexOf('/', 1);
  return RESERVED_SEGMENTS.includes(slash === -1 ? path.slice(1) : path.slice(1, slash));
}
