import type { PluginKey } from '../core/plugin-key';

/** Which of several claimants has a key. `T` is whatever stands for a plugin. */
export class KeyClaims<T> {
  readonly #owners = new Map<PluginKey, T>();

  constructor(
    /** True when `claimant` may take the key from `owner`. */
    readonly precedes: (claimant: T, owner: T) => boolean,
    /** Told when a key becomes free. */
    readonly freed: (key: PluginKey) => void,
  ) {}

  ownerOf(key: PluginKey | undefined): T | undefined {
    return key === undefined ? undefined : this.#owners.get(key);
  }

  /** Undefined when the claimant now has the key, else who keeps it. `evicted` is who had to leave. */
  claim(key: PluginKey, claimant: T): { readonly keeper?: T; readonly evicted?: T } {
    const owner = this.#owners.get(key);
    if (owner === claimant) return {};
    if (owner !== undefined && !this.precedes(claimant, owner)) return { keeper: owner };
    this.#owners.set(key, claimant);
    return owner === undefined ? {} : { evicted: owner };
  }

  /** Gives the key up if `owner` has it. */
  release(key: PluginKey | undefined, owner: T): void {
    if (key === undefined || this.#owners.get(key) !== owner) return;
    this.#owners.delete(key);
    this.freed(key);
  }
}
