import type { LiveMount } from './live-mount';
import { shortBase, type Mount } from './mount';
import type { PluginKey } from './plugin-key';

/** A known plugin that serves nothing right now: it failed, or an exclusive one is between two generations. */
export interface Absent {
  readonly key: PluginKey;
  readonly why: 'failed' | 'starting';
  /** What it would serve, when that is known. */
  readonly mount?: Mount;
  /** Where it would serve besides, as far as its key tells, while that is not known. */
  readonly bases?: readonly string[];
}
export type Seat = { readonly live: LiveMount } | { readonly live: undefined; readonly absent: Absent };

/** A plugin that claims an alias base: a live one, or one that would if it served. */
export interface Claimant {
  readonly key: PluginKey;
  readonly live: LiveMount | undefined;
}

/** Which generation serves each key. Each change is one synchronous write: a reader sees the old or the new. */
export class MountTable {
  readonly #seats = new Map<string, Seat>();
  readonly #claims = new Map<string, Set<string>>();
  readonly #listeners = new Set<(key: PluginKey, seat: Seat | undefined) => void>();

  /** The seat of a key; undefined when unknown or disabled. */
  get(key: string): Seat | undefined {
    return this.#seats.get(key);
  }

  keys(): string[] {
    return [...this.#seats.keys()];
  }

  /** All plugins that claim `base` (e.g. `/api/webhook`), ordered by key. */
  claimants(base: string): Claimant[] {
    return [...(this.#claims.get(base) ?? [])]
      .sort()
      .map((key) => ({ key: key as PluginKey, live: this.#seats.get(key)?.live }));
  }

  hasBase(base: string): boolean {
    return this.#claims.has(base);
  }

  /** Puts `next` in the seat and returns what sat there. */
  swap(key: PluginKey, next: LiveMount): LiveMount | undefined {
    return this.#seat(key, { live: next });
  }

  /** The plugin is known but serves nothing. */
  vacate(key: PluginKey, absent: Absent): LiveMount | undefined {
    return this.#seat(key, { live: undefined, absent });
  }

  /** The plugin is gone or disabled: as if it had never been. */
  remove(key: PluginKey): LiveMount | undefined {
    return this.#seat(key, undefined);
  }

  /** Calls `listener` after each change. */
  onChange(listener: (key: PluginKey, seat: Seat | undefined) => void): void {
    this.#listeners.add(listener);
  }

  #seat(key: PluginKey, next: Seat | undefined): LiveMount | undefined {
    const before = this.#seats.get(key);
    for (const base of basesOf(key, before)) {
      const keys = this.#claims.get(base);
      keys?.delete(key);
      if (keys?.size === 0) this.#claims.delete(base);
    }
    if (next === undefined) this.#seats.delete(key);
    else this.#seats.set(key, next);
    for (const base of basesOf(key, next)) {
      const keys = this.#claims.get(base) ?? new Set();
      this.#claims.set(base, keys.add(key));
    }
    for (const listener of this.#listeners) listener(key, next);
    return before?.live;
  }
}

function basesOf(key: PluginKey, seat: Seat | undefined): Set<string> {
  if (seat === undefined) return new Set();
  const absent = seat.live === undefined ? seat.absent : undefined;
  const mount = seat.live?.mount ?? absent?.mount;
  if (mount === undefined) return new Set([shortBase(key), ...(absent?.bases ?? [])]);
  return new Set(mount.endpoints.flatMap((endpoint) => endpoint.aliases.map((alias) => alias.base)));
}
