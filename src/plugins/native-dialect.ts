import { membersOf } from '../core/class-metadata';
import type { Dialect, Recognised } from '../core/dialect';
import { HostError } from '../core/errors';
import type { InjectableClass, PluginContainer } from './container';
import { pluginClassInfo } from './decorators';
import { instantiate, offerServices } from './injection';
import { loadOf } from './loaded-exports';
import { PluginBase } from './plugin';
import { PLUGIN, type PluginReading } from './plugin-reading';

type Exports = Readonly<Record<string, unknown>>;

/** Plugins written for this host: an exported `new Plugin({…})`, or an exported class with `@GatePlugin({…})`. */
export const nativeDialect: Dialect = {
  name: 'native',
  recognise({ module }) {
    if (module === undefined) return undefined;
    const found = pluginsIn(module);
    const [first, ...others] = found.keys();
    if (first === undefined) return undefined;
    if (others.length > 0) throw new HostError('plugin/many-exports', [[...found.values()].join(', ')]);
    const { container, mapStack } = loadOf(module);
    const reading = readingOf(first) ?? new ClassReading(first as InjectableClass, container);
    reading.mapStack = mapStack;
    return reading;
  },
};

/** Each plugin once, with the first name it is exported by: `default` often repeats one. */
function pluginsIn(module: Exports): Map<unknown, string> {
  const found = new Map<unknown, string>();
  for (const [name, value] of Object.entries(module)) {
    const isPlugin = readingOf(value) !== undefined || pluginClassInfo(value) !== undefined;
    if (isPlugin && !found.has(value)) found.set(value, name);
  }
  return found;
}

function readingOf(value: unknown): PluginReading | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as { readonly [PLUGIN]?: PluginReading })[PLUGIN];
}

/** A decorated class, read as the function-style plugin it stands for. */
class ClassReading implements Recognised {
  readonly #target: InjectableClass;
  readonly #plugins: PluginContainer;
  readonly #plugin: PluginBase;

  constructor(target: InjectableClass, plugins: PluginContainer) {
    this.#target = target;
    this.#plugins = plugins;
    this.#plugin = new PluginBase(pluginClassInfo(target) as PluginBase['info']);
  }

  get info(): PluginBase['info'] {
    return this.#plugin.info;
  }

  set mapStack(mapStack: PluginReading['mapStack']) {
    this.#plugin[PLUGIN].mapStack = mapStack;
  }

  bind(services: Parameters<Recognised['bind']>[0]): void {
    this.#plugin[PLUGIN].bind(services);
    offerServices(this.#plugins, this.#plugin, services);
  }

  /** @throws plugin/not-injectable, mount/invalid, and what the constructor throws */
  translate(): ReturnType<Recognised['translate']> {
    const instance = instantiate(this.#target, this.#plugins);
    for (const declare of membersOf(this.#target.prototype as object)) declare(instance, this.#plugin);
    return this.#plugin[PLUGIN].translate();
  }
}
