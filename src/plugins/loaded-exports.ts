import { createPluginContainer, type PluginContainer } from './container';

/** What a dialect may want to know of the load that a module's exports came from. */
export interface Load {
  readonly container: PluginContainer;
  /** Rewrites the positions of a stack to the plugin's own sources. */
  mapStack(stack: string): string;
}

const loads = new WeakMap<object, Load>();

export function rememberLoad(loaded: object, load: Load): void {
  loads.set(loaded, load);
}

/** The load of these exports; of exports that no loader made, a fresh container and stacks as they are. */
export function loadOf(loaded: object): Load {
  return loads.get(loaded) ?? { container: createPluginContainer(), mapStack: (stack) => stack };
}
