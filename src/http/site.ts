import type express from 'express';
import { callFor } from '../core/actor';
import type { Alias, Endpoint } from '../core/declaration';
import type { LiveMount } from '../core/live-mount';
import type { Mount } from '../core/mount';
import type { MountTable, Seat } from '../core/mount-table';
import type { PluginKey } from '../core/plugin-key';
import type { Guards } from '../core/ports/guards';
import type { BrokenResponses } from './broken-responses';
import { RouteTable } from './route-table';
import { buildTarget, type ServingSettings, type Target } from './target';

/** What one seat of the mount table serves, made ready: its own addresses and those below each alias base. */
export class Site {
  readonly own: RouteTable;
  readonly aliases: ReadonlyMap<string, AliasTable>;
  /** The application plugins see as `req.app`; made on first use. */
  facade: express.Application | undefined = undefined;
  /** True once a plugin changed a setting of its facade: then nothing about replies may be assumed. */
  tuned = false;

  constructor(
    readonly key: PluginKey,
    /** The prefix of its own addresses. */
    readonly base: string,
    /** Undefined while the plugin is known but serves nothing. */
    readonly live: LiveMount | undefined,
    mount: Mount | undefined,
    settings: ServingSettings,
    guards: Pick<Guards, 'guardOf'>,
    broken: BrokenResponses,
  ) {
    const build = (endpoint: Endpoint) =>
      buildTarget(endpoint, settings, guards.guardOf(key, endpoint), broken);
    // A schema is the plugin's code, and is asked what it takes.
    const targets = (mount?.endpoints ?? []).map((endpoint) =>
      live === undefined ? build(endpoint) : callFor(live.actor, build, endpoint),
    );
    const own = targets.filter(({ endpoint }) => endpoint.path !== '');
    this.own = new RouteTable(own.map((target) => ({ path: target.endpoint.path, target })));
    this.aliases = aliasTables(targets);
  }
}

/** The addresses of one mount below one alias base. */
export interface AliasTable {
  readonly routes: RouteTable;
  readonly share: Alias['share'];
  readonly deprecated: string | undefined;
}

function aliasTables(targets: readonly Target[]): Map<string, AliasTable> {
  const byBase = new Map<string, { alias: Alias; target: Target }[]>();
  for (const target of targets)
    for (const alias of target.endpoint.aliases)
      byBase.set(alias.base, [...(byBase.get(alias.base) ?? []), { alias, target }]);
  const tables = new Map<string, AliasTable>();
  for (const [base, entries] of byBase) {
    const [first] = entries;
    const routes = new RouteTable(entries.map(({ alias, target }) => ({ path: alias.path, target })));
    tables.set(base, {
      routes,
      share: first?.alias.share ?? 'sole',
      deprecated: first?.alias.deprecated,
    });
  }
  return tables;
}

/**
 * The mount table, made ready to serve: one lookup by key gives everything of one generation. It is rewritten in
 * the same synchronous step as the table, so a request sees the old generation or the new, never a mixture.
 */
export class Sites {
  readonly #sites = new Map<string, Site>();
  #deepestBase = 4;

  constructor(
    readonly table: MountTable,
    readonly settings: ServingSettings,
    readonly guards: Pick<Guards, 'guardOf'>,
    readonly broken: BrokenResponses,
  ) {
    for (const key of table.keys()) this.#place(key as PluginKey, table.get(key));
    table.onChange((key, seat) => this.#place(key, seat));
  }

  /** The site of a key, compared literally; undefined when unknown or disabled. */
  get(key: string): Site | undefined {
    return this.#sites.get(key);
  }

  /** The bases that start `path`, longest first, cut at its slashes. */
  basesOf(path: string): string[] {
    const bases: string[] = [];
    let cut = 0;
    for (let depth = 0; depth < this.#deepestBase; depth += 1) {
      const slash = path.indexOf('/', cut + 1);
      cut = slash === -1 ? path.length : slash;
      const base = path.slice(0, cut);
      if (this.table.hasBase(base)) bases.unshift(base);
      if (slash === -1) break;
    }
    return bases;
  }

  /** Every plugin that claims `base`, ordered by key; `live` is undefined for those that serve nothing. */
  claimants(base: string): Site[] {
    return this.table.claimants(base).flatMap(({ key }) => this.#sites.get(key) ?? []);
  }

  #place(key: PluginKey, seat: Seat | undefined): void {
    if (seat === undefined) {
      this.#sites.delete(key);
      return;
    }
    const live = seat.live;
    const mount = live === undefined ? seat.absent.mount : live.mount;
    const { settings, guards, broken } = this;
    const site = new Site(key, `/api/plugin/${key}`, live, mount, settings, guards, broken);
    this.#sites.set(key, site);
    for (const base of site.aliases.keys())
      this.#deepestBase = Math.max(this.#deepestBase, base.split('/').length - 1);
  }
}
