import { HostError } from '../core/errors';
import type { PluginRegistry, PluginStatus, Transition } from '../core/ports/plugin-registry';
import type { PlacedPlugin } from './placed-plugin';
import { toPluginStatus } from './plugin-status';
import type { Reconciler } from './reconciler';
import type { WantedState } from './wanted-state';

/**
 * The plugins of this process. Every verb takes a key, or the folder (or its name) of a plugin that has no key yet;
 * such a one, if its key is still unknown afterwards, rejects with plugin/unidentified.
 */
export class LocalPluginRegistry implements PluginRegistry {
  constructor(
    readonly reconciler: Reconciler,
    readonly wanted: WantedState,
  ) {}

  list(): readonly PluginStatus[] {
    return this.reconciler.all().map(toPluginStatus);
  }

  find(key: string): PluginStatus | undefined {
    const plugin = this.reconciler.find(key);
    return plugin === undefined ? undefined : toPluginStatus(plugin);
  }

  /** Loads it, or tries again when it failed. @throws plugin/unknown, plugin/state-unsaved, host/stopping */
  async enable(key: string): Promise<Transition> {
    const plugin = this.#known(key);
    const saved = this.#save(plugin, true);
    const serves = plugin.live !== undefined && plugin.wish === 'live';
    if (!serves) await plugin.want('live');
    const transition = toTransition(plugin);
    await saved();
    return serves ? { ...transition, ok: true } : transition;
  }

  /**
   * Resolves when it is torn down; unreachable from the call on.
   * @throws as enable, and plugin/duplicate-key for a place whose key another place has
   */
  async disable(key: string): Promise<Transition> {
    const plugin = this.#known(key);
    this.#assertOwner(plugin);
    const saved = this.#save(plugin, false);
    await plugin.want('disabled');
    const transition = toTransition(plugin);
    await saved();
    return transition;
  }

  /** @throws plugin/unknown, plugin/disabled, host/stopping */
  async reload(key: string): Promise<Transition> {
    const plugin = this.#known(key);
    if (plugin.state === 'disabled') throw new HostError('plugin/disabled', [key]);
    await plugin.want('live');
    return toTransition(plugin);
  }

  rescan(): Promise<void> {
    return this.reconciler.rescan();
  }

  #known(key: string): PlacedPlugin {
    this.reconciler.assertRunning();
    const plugin = this.reconciler.find(key);
    if (plugin === undefined) throw new HostError('plugin/unknown', [key]);
    return plugin;
  }

  #assertOwner({ key, place, owns }: PlacedPlugin): void {
    if (key === undefined || owns) return;
    throw new HostError('plugin/duplicate-key', [key, this.reconciler.find(key)?.place ?? '', place]);
  }

  /** Counts at once; what it returns waits for the disk, so that a full one does not keep a plugin running. */
  #save({ key, place }: PlacedPlugin, enabled: boolean): () => Promise<void> {
    const saving =
      key === undefined ? this.wanted.setPlaceEnabled(place, enabled) : this.wanted.setEnabled(key, enabled);
    saving.catch(() => undefined);
    return () => saving;
  }
}

function toTransition({ key, place, state, live, failure }: PlacedPlugin): Transition {
  if (key === undefined) throw new HostError('plugin/unidentified', [place, failure?.message ?? '']);
  return {
    key,
    ok: failure === undefined,
    state,
    generation: live?.generation ?? 0,
    ...(failure === undefined ? {} : { failure }),
  };
}
