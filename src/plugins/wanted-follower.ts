import { toError } from '../core/errors';
import { parsePluginKey, type PluginKey } from '../core/plugin-key';
import type { Hosts } from '../core/ports/hosts';
import type { Transition } from '../core/ports/plugin-registry';
import type { SharedState } from '../core/ports/shared-state';
import { toPluginFailure } from './plugin-failure';
import type { Reconciler } from './reconciler';
import { toSaying, toTransition } from './transition';
import { WANTED_SPACE, type WantedState } from './wanted-state';

export interface FollowerParts {
  readonly reconciler: Reconciler;
  readonly wanted: WantedState;
  readonly shared: SharedState;
  readonly hosts: Hosts;
}

/** Under which topic hosts say what they made of what is wanted of a plugin. */
export const topicOf = (key: PluginKey) => `${WANTED_SPACE} ${key}`;

/**
 * Makes what is wanted of each plugin true on this host whenever it changes, whichever host it was changed on, and says
 * what came of it. Which wishes came in between does not matter: what is wanted now is what counts.
 */
export class WantedFollower {
  readonly #reloads = new Map<string, number>();
  readonly #latest = new Map<string, Promise<Transition | undefined>>();

  /** Before the first scan: plugins that are not loaded yet need no reload. */
  constructor(private readonly parts: FollowerParts) {
    const { shared } = parts;
    for (const { name } of shared.list(WANTED_SPACE)) this.#countReloads(name as PluginKey);
    shared.onChange(WANTED_SPACE, (name) => {
      const key = parsePluginKey(name);
      if (key !== undefined) this.#latest.set(key, this.#follow(key));
    });
  }

  /** What came of the last change here; undefined where no plugin has the key. Never rejects. */
  async latest(key: PluginKey): Promise<Transition | undefined> {
    return this.#latest.get(key);
  }

  async #follow(key: PluginKey): Promise<Transition | undefined> {
    const { reconciler, wanted, hosts } = this.parts;
    // What a host on its way out did not do is for its next start.
    if (reconciler.isStopping) return undefined;
    const revision = wanted.valueOf(key)?.revision ?? 0;
    const transition = await this.#make(key);
    hosts.say(topicOf(key), revision, JSON.stringify(toSaying(transition)));
    return transition;
  }

  /** Synchronous up to the wish: what is disabled is unreachable at once. */
  async #make(key: PluginKey): Promise<Transition | undefined> {
    const { reconciler, wanted } = this.parts;
    const isReload = this.#countReloads(key);
    const plugin = reconciler.find(key);
    if (plugin?.key !== key) return undefined;
    try {
      if (!wanted.admits(plugin.place, key)) await plugin.want('disabled');
      else if (isReload || plugin.wish !== 'live') await plugin.want('live');
      else {
        // Loading already, perhaps; one that failed is tried again, unless it is wanted otherwise by now.
        await plugin.idle();
        if (plugin.live === undefined && plugin.wish === 'live') await plugin.want('live');
        const transition = toTransition(plugin);
        return plugin.live === undefined ? transition : { ...transition, ok: true };
      }
      return toTransition(plugin);
    } catch (thrown) {
      const failure = toPluginFailure(toError(thrown));
      return { key, ok: false, state: plugin.state, generation: plugin.live?.generation ?? 0, failure };
    }
  }

  /** True when it was asked to be loaded again since the last time. */
  #countReloads(key: PluginKey): boolean {
    const reloads = this.parts.wanted.of(key)?.reloads ?? 0;
    const before = this.#reloads.get(key) ?? 0;
    this.#reloads.set(key, reloads);
    return reloads !== before;
  }
}
