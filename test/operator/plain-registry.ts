import { HostError } from '../../src/core/errors';
import { parsePluginKey } from '../../src/core/plugin-key';
import type { Explainer } from '../../src/core/ports/explain';
import type {
  EndpointStatus,
  PluginRegistry,
  PluginStatus,
  Transition,
} from '../../src/core/ports/plugin-registry';

export function endpointStatus(
  method: string,
  url: string,
  more: Partial<EndpointStatus> = {},
): EndpointStatus {
  return {
    method,
    path: url,
    reach: 'exact',
    access: 'public',
    isOpen: true,
    origin: `endpoint(${url})`,
    url,
    aliases: [],
    ...more,
  };
}

export function pluginStatus(key: string, more: Partial<PluginStatus> = {}): PluginStatus {
  return {
    key: parsePluginKey(key),
    folder: `/plugins/${key}`,
    name: key,
    version: '1.0.0',
    description: '',
    state: 'live',
    generation: 1,
    url: `/api/plugin/${key}/`,
    origin: [],
    hasReadme: false,
    endpoints: [],
    tasks: [],
    schedules: [],
    tools: [],
    secrets: [],
    effects: [],
    leases: 0,
    ...more,
  };
}

export const failure = {
  code: 'plugin/load-failed',
  message: 'index.ts could not be loaded.\u001b[31m',
  stack: 'SyntaxError: oops\n    at index.ts:3:1',
  at: 0,
};

/** The registry's contract on plain data: `*.broken` plugins fail every change. */
export class PlainRegistry implements PluginRegistry {
  readonly #plugins: Map<string, PluginStatus>;

  constructor(plugins: readonly PluginStatus[]) {
    this.#plugins = new Map(plugins.map((plugin) => [plugin.key ?? plugin.folder, plugin]));
  }
  list(): readonly PluginStatus[] {
    return [...this.#plugins.values()];
  }
  find(key: string): PluginStatus | undefined {
    return this.#plugins.get(key);
  }
  enable(key: string): Promise<Transition> {
    return this.#change(key, 'live');
  }
  disable(key: string): Promise<Transition> {
    return this.#change(key, 'disabled');
  }
  reload(key: string): Promise<Transition> {
    return this.#change(key, 'live');
  }
  async rescan(): Promise<void> {}

  async #change(key: string, state: PluginStatus['state']): Promise<Transition> {
    const plugin = this.#plugins.get(key);
    if (plugin?.key === undefined) throw new HostError('plugin/unknown', [key]);
    if (key.endsWith('.broken'))
      return { key: plugin.key, ok: false, state: plugin.state, generation: plugin.generation, failure };
    const next = { ...plugin, state, generation: state === 'disabled' ? 0 : plugin.generation + 1 };
    this.#plugins.set(key, next);
    return { key: plugin.key, ok: true, state, generation: next.generation };
  }
}

export const plainExplainer: Explainer = {
  explain: (method, path) => ({ method, path, status: 404, steps: [`nothing is at ${path}`] }),
};
