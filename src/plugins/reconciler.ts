import path from 'node:path';
import type { Logger } from 'winston';
import { HostError } from '../core/errors';
import type { MountTable } from '../core/mount-table';
import { parsePluginKey, type PluginKey } from '../core/plugin-key';
import type { Found } from './discover';
import type { GenerationParts } from './generation';
import { KeyClaims } from './key-claims';
import { LoadGate } from './load-gate';
import { PlacedPlugin, type Surroundings, type Wish } from './placed-plugin';
import { Retirements } from './retirements';
import type { WantedState } from './wanted-state';

/** Loads at once: more would only compete for the same core; a load that waits frees its place after a second. */
const LOADS_AT_ONCE = 4;
const LOAD_HOLD_MS = 1_000;

export interface ReconcilerParts {
  readonly discover: () => Promise<Found[]>;
  /** The key a place would have, judged without running it; undefined when nothing says so. */
  readonly guessKey: (found: Found) => Promise<PluginKey | undefined>;
  readonly generations: GenerationParts;
  readonly table: MountTable;
  readonly wanted: WantedState;
  /** Milliseconds a generation may take to finish what it is doing before it is closed. */
  readonly drainMs: number;
  readonly logger: Logger;
}

/**
 * All plugins of this host, kept as they are wanted. Callers change what is wanted; each plugin makes one transition
 * at a time, different plugins at once. Of two places with one key the first in discovery order keeps it, except
 * that a plugin which is already there is never driven out by one found later.
 */
export class Reconciler {
  readonly #places = new Map<string, PlacedPlugin>();
  readonly #around: Surroundings;
  readonly #listeners = new Set<(plugin: PlacedPlugin) => void>();
  readonly #retirements: Retirements;
  #scanning: Promise<void> = Promise.resolve();
  #scans = 0;
  #stopping = false;

  constructor(readonly parts: ReconcilerParts) {
    this.#retirements = new Retirements(parts.drainMs);
    this.#around = {
      generations: parts.generations,
      table: parts.table,
      wanted: parts.wanted,
      logger: parts.logger,
      claims: new KeyClaims<PlacedPlugin>(
        (claimant, owner) => claimant.scan === owner.scan && claimant.order < owner.order,
        (key) => this.#freed(key),
      ),
      gate: new LoadGate(LOADS_AT_ONCE, LOAD_HOLD_MS),
      retirements: this.#retirements,
      changed: (plugin) => {
        for (const listener of this.#listeners) listener(plugin);
      },
    };
  }

  /** In discovery order. */
  all(): readonly PlacedPlugin[] {
    return [...this.#places.values()].sort((a, b) => a.order - b.order);
  }

  /** By key, place, or name of folder or package if only one has it. */
  find(text: string): PlacedPlugin | undefined {
    const key = parsePluginKey(text);
    const owner = this.#around.claims.ownerOf(key);
    if (owner !== undefined) return owner;
    const all = this.all();
    const named = all.filter(({ found }) => found.id === text);
    return (
      all.find((plugin) => key !== undefined && plugin.key === key) ??
      this.#places.get(text) ??
      (named.length === 1 ? named[0] : undefined)
    );
  }

  /** The plugin whose code is nearest to the top of a raw stack. */
  attribute(stack: string): PlacedPlugin | undefined {
    const seen = this.all()
      .map((plugin) => ({ plugin, at: indexOfPlace(stack, plugin) }))
      .filter(({ at }) => at >= 0);
    return seen.sort((a, b) => a.at - b.at || b.plugin.place.length - a.plugin.place.length)[0]?.plugin;
  }

  /** Calls `listener` after each transition of a plugin. */
  onChange(listener: (plugin: PlacedPlugin) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads the folders again; also the first time. Resolves when every plugin it touched has settled. */
  rescan(): Promise<void> {
    const next = this.#scanning.then(() => this.#scan());
    this.#scanning = next.catch(() => undefined);
    return next;
  }

  /** Retires everything at once; resolves when all is gone, or after `deadlineMs`. Nothing loads afterwards. */
  async shutdown(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    this.#retirements.hurry(deadlineMs);
    const all = Promise.all(this.all().map((plugin) => plugin.want('stopped')));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    await Promise.race([all.then(() => this.#retirements.settled()), late]);
    clearTimeout(timer);
    await this.parts.wanted.close();
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  /** @throws host/stopping */
  assertRunning(): void {
    if (this.#stopping) throw new HostError('host/stopping', []);
  }

  async #scan(): Promise<void> {
    this.assertRunning();
    this.#scans += 1;
    const found = await this.parts.discover();
    await this.#removeLost(found);
    const settling: Promise<void>[] = [];
    const fresh: Found[] = [];
    found.forEach((one, order) => {
      const known = this.#places.get(one.place);
      if (known === undefined) return void fresh.push(one);
      known.order = order;
      if (isRepaired(known, one)) settling.push(known.want('live'));
    });
    const orders = new Map(found.map((one, order) => [one.place, order]));
    const guesses = await Promise.all(fresh.map((one) => this.#guess(one)));
    this.assertRunning();
    fresh.forEach((one, index) => {
      settling.push(this.#add(one, orders.get(one.place) ?? 0, guesses[index]));
    });
    await Promise.all(settling);
    await this.parts.wanted.flush();
  }

  /** Places that are gone; but when a whole plugins folder cannot be read, nothing counts as gone. */
  async #removeLost(found: readonly Found[]): Promise<void> {
    if (found.some(({ problem }) => problem?.code === 'plugin/folder-unreadable')) return;
    const there = new Set(found.map(({ place }) => place));
    const lost = this.all().filter(({ place }) => !there.has(place));
    for (const { place } of lost) this.#places.delete(place);
    const exclusive = lost.filter(({ live }) => live?.mount.info.exclusive === true);
    const leaving = lost.map((plugin) => ({ plugin, gone: plugin.want('removed') }));
    // What holds something exclusively may have moved: its new place must not start before the old one ended.
    await Promise.all(leaving.filter(({ plugin }) => exclusive.includes(plugin)).map(({ gone }) => gone));
  }

  async #guess(found: Found): Promise<PluginKey | undefined> {
    return this.parts.wanted.keyOf(found.place) ?? (await this.parts.guessKey(found).catch(() => undefined));
  }

  async #add(found: Found, order: number, guess: PluginKey | undefined): Promise<void> {
    const { wanted } = this.parts;
    const { place } = found;
    const enabled = guess === undefined ? wanted.isPlaceEnabled(place) : wanted.admits(place, guess);
    const wish: Wish = enabled ? 'live' : 'disabled';
    const plugin = new PlacedPlugin(found, order, this.#scans, this.#around, wish);
    this.#places.set(place, plugin);
    plugin.key = guess;
    const { keeper } = guess === undefined ? {} : this.#around.claims.claim(guess, plugin);
    // An enabled one is loaded all the same: the guess may be wrong, and only its code knows.
    if (keeper !== undefined && guess !== undefined && !enabled) plugin.refuse(guess, keeper);
    if (enabled) await plugin.want('live');
  }

  #freed(key: PluginKey): void {
    for (const plugin of this.all()) {
      const refused = plugin.failure?.code === 'plugin/duplicate-key' && plugin.key === key;
      if (refused && this.parts.wanted.admits(plugin.place, key) && !this.#stopping) void plugin.want('live');
    }
  }
}

/** A failed plugin whose package.json or entry is not what it was. */
function isRepaired(plugin: PlacedPlugin, found: Found): boolean {
  const { found: before, state, wish } = plugin;
  if (state !== 'failed' || wish !== 'live') return false;
  return before.problem?.message !== found.problem?.message || before.entry !== found.entry;
}

/** A bundle is named after its entry, which lies in the place; other files of it too. */
function indexOfPlace(stack: string, { place, found }: PlacedPlugin): number {
  return stack.indexOf(found.from === 'file' ? `${place}#` : place + path.sep);
}
