import { membersOf } from '../core/class-metadata';
import type { Dialect, Recognised } from '../core/dialect';
import { HostError } from '../core/errors';
import { makeTogether } from '../core/option-issues';
import type { InjectableClass, PluginContainer } from './container';
import { classConfigSchema, pluginClassInfo } from './decorators';
import { instantiate, offerServices } from './injection';
import { loadOf } from './loaded-exports';
import { PluginBase } from './plugin';
import { PLUGIN } from './plugin-reading';

type Exports = Readonly<Record<string, unknown>>;

/** Plugins written for this host: an exported `new Plugin({…})`, or an exported class with `@GatePlugin({…})`. */
export const nativeDialect: Dialect = {
  name: 'native',
  recognise({ module, folder }) {
    if (module === undefined) return undefined;
    const found = pluginsIn(module);
    const [first, ...others] = found.keys();
    if (first === undefined) return undefined;
    if (others.length > 0) throw new HostError('plugin/many-exports', [[...found.values()].join(', ')]);
    const { container, mapStack } = loadOf(module);
    const plugin = isPlugin(first) ? first : new PluginBase(pluginClassInfo(first) as PluginBase['info']);
    Object.assign(plugin[PLUGIN], { mapStack, container, folder });
    const schema = isPlugin(first) ? undefined : classConfigSchema(first);
    if (schema !== undefined) plugin[PLUGIN].declareConfig(schema, '@ConfigSchema()');
    return isPlugin(first)
      ? new ObjectReading(plugin, container)
      : new ClassReading(plugin, container, first as InjectableClass);
  },
};

/** Each plugin once, with the first name it is exported by: `default` often repeats one. */
function pluginsIn(module: Exports): Map<unknown, string> {
  const found = new Map<unknown, string>();
  for (const [name, value] of Object.entries(module))
    if ((isPlugin(value) || pluginClassInfo(value) !== undefined) && !found.has(value))
      found.set(value, name);
  return found;
}

/** By its brand: the plugin may hold another copy of the class. */
function isPlugin(value: unknown): value is PluginBase {
  return typeof value === 'object' && value !== null && (value as Partial<PluginBase>)[PLUGIN] !== undefined;
}

/** A function-style plugin. */
class ObjectReading implements Recognised {
  constructor(
    protected readonly plugin: PluginBase,
    protected readonly plugins: PluginContainer,
  ) {}

  get info(): PluginBase['info'] {
    return this.plugin[PLUGIN].info;
  }

  get configSchema(): Recognised['configSchema'] {
    return this.plugin[PLUGIN].configSchema;
  }

  /** @throws plugin/bound-twice */
  bind(services: Parameters<Recognised['bind']>[0]): void {
    this.plugin[PLUGIN].bind(services);
    offerServices(this.plugins, this.plugin, services);
  }

  /** @throws mount/invalid, and what the author's factories throw */
  translate(): ReturnType<Recognised['translate']> {
    return this.plugin[PLUGIN].translate();
  }
}

/** A decorated class, read as the function-style plugin it stands for. */
class ClassReading extends ObjectReading {
  readonly #target: InjectableClass;

  constructor(plugin: PluginBase, plugins: PluginContainer, target: InjectableClass) {
    super(plugin, plugins);
    this.#target = target;
  }

  /** @throws plugin/not-injectable, mount/invalid, and what the constructor throws */
  override translate(): ReturnType<Recognised['translate']> {
    const instance = instantiate(this.#target, this.plugins);
    const members = membersOf(this.#target.prototype as object);
    const { key } = this.plugin;
    let declarations: ReturnType<Recognised['translate']> = [];
    const translateRest = () => {
      declarations = super.translate();
    };
    const declareAll = members.map((declare) => () => declare(instance, this.plugin));
    makeTogether(key, [() => makeTogether(key, declareAll), translateRest]);
    return declarations;
  }
}
