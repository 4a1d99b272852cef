import { HostError } from '../core/errors';
import { parsePluginKey, type PluginKey } from '../core/plugin-key';
import type { Hosts } from '../core/ports/hosts';
import type { PluginRegistry, PluginState, PluginStatus, Transition } from '../core/ports/plugin-registry';
import type { RowOf } from '../core/sender-headers';
import type { PlacedPlugin } from './placed-plugin';
import { toPluginStatus } from './plugin-status';
import type { Reconciler } from './reconciler';
import { acrossHosts, toTransition } from './transition';
import { topicOf, type WantedFollower } from './wanted-follower';
import type { Wanted, WantedState } from './wanted-state';

export interface RegistryParts {
  readonly reconciler: Reconciler;
  readonly wanted: WantedState;
  readonly follower: WantedFollower;
  readonly hosts: Hosts;
  /** Milliseconds the other hosts get to say what came of a change. */
  readonly hearMs: number;
  /** Whether a secret has a live value; without it none has. */
  readonly hasSecret?: ((key: PluginKey, name: string) => boolean) | undefined;
  /** Of known senders; without it their headers are not told. */
  readonly rowOf?: RowOf | undefined;
}

/**
 * The plugins of this process; changes are made by changing what is wanted, which each host of the database follows, this
 * one too. Every verb takes a key, or the folder (or its name) of a plugin that has no key yet: such a one is changed on
 * this host alone and, if its key is still unknown afterwards, rejects with plugin/unidentified.
 */
export class LocalPluginRegistry implements PluginRegistry {
  constructor(private readonly parts: RegistryParts) {}

  list(): readonly PluginStatus[] {
    return this.parts.reconciler.all().map((plugin) => this.#toStatus(plugin));
  }

  /** How many plugins are how. */
  counts(): Partial<Record<PluginState, number>> {
    const counts: Partial<Record<PluginState, number>> = {};
    for (const { state } of this.parts.reconciler.all()) counts[state] = (counts[state] ?? 0) + 1;
    return counts;
  }

  find(key: string): PluginStatus | undefined {
    const plugin = this.parts.reconciler.find(key);
    return plugin === undefined ? undefined : this.#toStatus(plugin);
  }

  /**
   * Loads it, or tries again where it failed.
   * @throws plugin/unknown, plugin/change-refused, host/stopping; for a place without a key plugin/state-unsaved
   */
  async enable(text: string): Promise<Transition> {
    const plugin = this.#find(text);
    if (plugin !== undefined && !isShared(plugin)) return this.#changePlace(plugin, true);
    return this.#change(this.#keyOf(text, plugin), (now) => ({ ...now, enabled: true }));
  }

  /**
   * Resolves when it is torn down; unreachable as soon as the change is stored.
   * @throws as enable, and plugin/duplicate-key for a place whose key another place has
   */
  async disable(text: string): Promise<Transition> {
    const plugin = this.#find(text);
    if (plugin !== undefined) this.#assertOwner(plugin);
    if (plugin !== undefined && !isShared(plugin)) return this.#changePlace(plugin, false);
    return this.#change(this.#keyOf(text, plugin), (now) => ({ ...now, enabled: false }));
  }

  /** @throws plugin/unknown, plugin/disabled, plugin/change-refused, host/stopping */
  async reload(text: string): Promise<Transition> {
    const plugin = this.#find(text);
    if (plugin?.state === 'disabled') throw new HostError('plugin/disabled', [text]);
    if (plugin !== undefined && (!isShared(plugin) || this.parts.hosts.isAlone)) {
      // Nobody else is to follow: a full disk is no reason not to reload.
      await plugin.want('live');
      return toTransition(plugin);
    }
    const key = this.#keyOf(text, plugin);
    if (plugin === undefined && this.parts.wanted.of(key)?.enabled === false)
      throw new HostError('plugin/disabled', [text]);
    return this.#change(key, ({ enabled, reloads }) => ({ enabled, reloads: reloads + 1 }));
  }

  rescan(): Promise<void> {
    return this.parts.reconciler.rescan();
  }

  #toStatus(plugin: PlacedPlugin): PluginStatus {
    const { hasSecret = () => false, rowOf = () => undefined } = this.parts;
    return toPluginStatus(plugin, hasSecret, rowOf);
  }

  #find(text: string): PlacedPlugin | undefined {
    this.parts.reconciler.assertRunning();
    return this.parts.reconciler.find(text);
  }

  /** A key this host has no plugin of may be another host's. */
  #keyOf(text: string, plugin: PlacedPlugin | undefined): PluginKey {
    const key =
      plugin === undefined && this.parts.hosts.isAlone ? undefined : (plugin?.key ?? parsePluginKey(text));
    if (key === undefined) throw new HostError('plugin/unknown', [text]);
    return key;
  }

  async #change(key: PluginKey, next: (now: Wanted) => Wanted): Promise<Transition> {
    const { wanted, follower, hosts, hearMs } = this.parts;
    const before = wanted.valueOf(key);
    const revision = await wanted.change(key, next);
    const [own, reports] = await Promise.all([
      follower.latest(key),
      hosts.hear(topicOf(key), revision, hearMs),
    ]);
    const transition = acrossHosts(key, { self: hosts.self, enabled: wanted.isEnabled(key) }, own, reports);
    if (transition !== undefined) return transition;
    await wanted.undo(key, revision, before);
    throw new HostError('plugin/unknown', [key]);
  }

  /** What no other host knows of. Counts at once; that a disk is full keeps no plugin running. */
  async #changePlace(plugin: PlacedPlugin, enabled: boolean): Promise<Transition> {
    const { wanted } = this.parts;
    const saving =
      plugin.key === undefined
        ? wanted.setPlaceEnabled(plugin.place, enabled)
        : wanted.setEnabled(plugin.key, enabled);
    saving.catch(() => undefined);
    await plugin.want(enabled ? 'live' : 'disabled');
    const transition = toTransition(plugin);
    await saving;
    return transition;
  }

  #assertOwner({ key, place, owns }: PlacedPlugin): void {
    if (key === undefined || owns) return;
    const keeper = this.parts.reconciler.find(key)?.place ?? '';
    throw new HostError('plugin/duplicate-key', [key, keeper, place]);
  }
}

/** True for the plugin that a key means on this host. */
function isShared({ key, owns }: PlacedPlugin): boolean {
  return key !== undefined && owns;
}
