import { HostError } from '../../core/errors';
import type { PluginKey } from '../../core/plugin-key';
import type { PluginServices } from '../../core/plugin-services';

/** Tools of other plugins: `context.<dependency>.<tool>(input)`. */
export type HandlerContext = Readonly<
  Record<string, Readonly<Record<string, (input?: unknown) => Promise<unknown>>>>
>;

/**
 * `context` of a handler: the dependencies of the manifest by name.
 * @throws plugin/not-available for a name that is not among them, where it is used
 */
export function handlerContext(
  services: Pick<PluginServices, 'key' | 'extensions'>,
  dependencies: Readonly<Record<string, PluginKey>>,
): HandlerContext {
  return named((name) => {
    const plugin = dependencies[name];
    if (plugin === undefined)
      throw new HostError('plugin/not-available', [
        services.key,
        `context.${name}`,
        'informer.yaml names no such dependency; write it as `dependencies: { name: author.module }`',
      ]);
    return named((tool) => (input?: unknown) => services.extensions.call(plugin, tool, input));
  });
}

/** An object whose members are made as they are asked for; a promise it is not, and nothing looks into it. */
function named<T>(make: (name: string) => T): Readonly<Record<string, T>> {
  return new Proxy(Object.create(null) as Record<string, T>, {
    get: (_target, name) => (typeof name === 'symbol' || name === 'then' ? undefined : make(name)),
  });
}
