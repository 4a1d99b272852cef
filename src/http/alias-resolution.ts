import { HostError } from '../core/errors';
import { missed, notReady, refusal } from './refused-resolution';
import { collapseSlashes } from './request-path';
import type { OldAddress, Resolution, Trace } from './resolution';
import type { AliasTable, Site, Sites } from './site';

/** Looks `path` up below each alias base that starts it, the longest first. */
export function throughAlias(
  sites: Sites,
  method: string,
  path: string,
  trace: Trace,
): Resolution | undefined {
  let isOld = false;
  for (const base of sites.basesOf(path)) {
    const claimants = sites.claimants(base);
    const rest = collapseSlashes(path.slice(base.length));
    const hits = claimants.filter((site) => claims(site, base, rest));
    trace?.(`${base} is an alias base of ${claimants.length} plugin(s); ${hits.length} claim(s) ${rest}`);
    const [hit] = hits;
    if (hit === undefined) {
      isOld ||= claimants.some((site) => site.aliases.get(base)?.deprecated !== undefined);
      continue;
    }
    const table = hits.find((site) => site.aliases.has(base))?.aliases.get(base);
    if (table?.share === 'all') return { kind: 'shared', sites: hits, base, path: rest };
    if (claimants.length > 1) {
      const note = `${path} is claimed by ${claimants.map((site) => site.key).join(', ')}; none is served`;
      const unnamed = hits.flatMap((site) => {
        const own = site.aliases.get(base);
        return own === undefined ? [] : (oldAlias(site, own, { base, rest }) ?? []);
      });
      return { ...refusal(new HostError('request/ambiguous-address', []), true), unnamed, note };
    }
    return oneAlias(hit, hit.aliases.get(base), { method, base, rest }, trace);
  }
  return isOld ? refusal(new HostError('request/not-found', [path]), true) : undefined;
}

/** A plugin that failed before it could say what it serves claims everything below its bases. */
function claims(site: Site, base: string, rest: string): boolean {
  const table = site.aliases.get(base);
  if (table === undefined) return site.live === undefined;
  return table.routes.allowed(rest).length > 0 || table.routes.subtree(rest, 0) !== undefined;
}

function oneAlias(
  site: Site,
  table: AliasTable | undefined,
  address: { readonly method: string; readonly base: string; readonly rest: string },
  trace: Trace,
): Resolution {
  const { method, base, rest } = address;
  const isLegacy = table === undefined || table.deprecated !== undefined;
  if (site.live === undefined || table === undefined) return notReady(site, isLegacy);
  const found = { site, live: site.live, base, path: rest };
  const old = oldAlias(site, table, address);
  const match = table.routes.find(method, rest);
  if (match !== undefined) return { kind: 'endpoint', match, ...found, old };
  const otherwise: Resolution =
    table.routes.subtree(rest, 0) === undefined
      ? missed(method, base + rest, table.routes.allowed(rest), old, trace)
      : { kind: 'routers', routes: table.routes, ...found, old };
  const handshake = table.routes.findHandshake(method, rest);
  return handshake === undefined
    ? otherwise
    : { kind: 'handshake', match: handshake, ...found, old, otherwise };
}

/**
 * The old address that an alias is, unless it is not deprecated. Counted by what its author declared, whatever the
 * method: what callers invent must not fill the ledger.
 */
export function oldAlias(
  site: Site,
  table: AliasTable,
  address: { readonly base: string; readonly rest: string },
): OldAddress | undefined {
  if (table.deprecated === undefined) return undefined;
  const { base, rest } = address;
  const declared = table.routes.anyAt(rest)?.endpoint;
  const endpoint = declared?.aliases.find((alias) => alias.base === base)?.path ?? '*';
  const named = declared?.successor;
  const isPattern = named === undefined || /\/[:*]/.test(named);
  return { id: table.deprecated, key: site.key, endpoint, successor: isPattern ? site.base + rest : named };
}
