import type { Declaration } from '../../core/declaration';
import type { Dialect, Recognised } from '../../core/dialect';
import { HostError } from '../../core/errors';
import type { PluginInfo } from '../../core/plugin-info';
import { parsePluginKey, type PluginKey } from '../../core/plugin-key';
import type { PluginServices } from '../../core/plugin-services';
import { DIALECT, routesDeclarations } from './routes-declarations';
import { isEventRoutes, type EventRoutesOptions } from './event-routes';

/** Plugins that export tables of events: what `eventRoutes({…})` gives. */
export const eventRoutesDialect: Dialect = {
  name: DIALECT,
  recognise({ module = {} }) {
    const found = new Map(
      Object.entries(module).flatMap(([name, value]) => (isEventRoutes(value) ? [[value, name]] : [])),
    );
    const tables = [...found.keys()].map(({ options }) => Object(options) as EventRoutesOptions);
    const [first] = tables;
    if (first === undefined) return undefined;
    const keys = new Set(tables.map(({ author, module: own }) => `${author}.${own}`));
    if (keys.size > 1) throw new HostError('plugin/many-exports', [[...found.values()].join(', ')]);
    return new EventRoutesReading(keyOf(first), infoOf(first), tables);
  },
};

/** One plugin: all its tables. */
class EventRoutesReading implements Recognised {
  #services: PluginServices | undefined;

  constructor(
    private readonly key: PluginKey,
    readonly info: PluginInfo,
    private readonly tables: readonly EventRoutesOptions[],
  ) {}

  bind(services: PluginServices): void {
    this.#services = services;
  }

  /** @throws mount/invalid */
  translate(): Iterable<Declaration> {
    const services = (): PluginServices => {
      if (this.#services === undefined) throw new HostError('plugin/not-bound', ['the event routes']);
      return this.#services;
    };
    const declarations = this.tables.flatMap((options) => routesDeclarations(this.key, options, services));
    // Several addresses may verify with one secret.
    const secrets = new Set<string>();
    return declarations.filter((one) => {
      if (one.kind !== 'secret') return true;
      const isNew = !secrets.has(one.name);
      secrets.add(one.name);
      return isNew;
    });
  }
}

/** @throws plugin/invalid-info */
function keyOf({ author, module }: EventRoutesOptions): PluginKey {
  const key = parsePluginKey(`${author}.${module}`);
  if (key !== undefined) return key;
  throw new HostError('plugin/invalid-info', [
    'author and module are missing, or not a letter or _ followed by letters, digits or _',
  ]);
}

function infoOf({ author, module, name, version, description }: EventRoutesOptions): PluginInfo {
  return Object.freeze({
    ...{ author, module },
    name: text(name, module),
    version: text(version, '1.0.0'),
    description: text(description, ''),
  });
}

/** What is no text is told by `translate`, with everything else. */
const text = (value: unknown, standard: string): string => (typeof value === 'string' ? value : standard);
