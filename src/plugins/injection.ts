import type { InjectionToken } from 'tsyringe';
import { HostError } from '../core/errors';
import type { PluginServices } from '../core/plugin-services';
import { createInjectedConfig } from './config-reader';
import type { InjectableClass, PluginContainer } from './container';
import type { PluginBase } from './plugin';
import { PLUGIN } from './plugin-reading';
import {
  AgentRuns,
  Cache,
  ChatContext,
  Config,
  Events,
  Extensions,
  Http,
  Logger,
  Mail,
  Message,
  PluginDetails,
  Secrets,
  Sql,
  Store,
  Tasks,
} from './tokens';

/** Puts what a plugin's classes may ask for into its own container. */
export function offerServices(
  { container }: PluginContainer,
  plugin: PluginBase,
  services: PluginServices,
): void {
  const offered = new Map<unknown, unknown>([
    [Logger, services.logger],
    [PluginDetails, services],
    [Message, plugin.message],
    [ChatContext, plugin.context],
    [Config, createInjectedConfig(plugin.key, () => plugin[PLUGIN].config)],
    [Tasks, services.tasks],
    [Secrets, services.secrets],
    [Http, services.outgoing.http],
  ]);
  for (const [token, value] of offered) container.register(token as InjectionToken, { useValue: value });
  // Asked for when somebody wants it: a host may not have it.
  const faces = new Map<unknown, () => unknown>([
    [Store, () => services.store],
    [Cache, () => services.cache],
    [Sql, () => services.sql],
    [Events, () => services.events],
    [Extensions, () => services.extensions],
    [AgentRuns, () => services.agent],
    [Mail, () => services.mail],
  ]);
  for (const [token, face] of faces) container.register(token as InjectionToken, { useFactory: face });
}

/**
 * One instance of a plugin's class, its constructor injected.
 * @throws plugin/not-injectable naming the class, the parameter and what to write instead
 */
export function instantiate(target: InjectableClass, plugins: PluginContainer): object {
  refuseLostTypes(target, plugins, new Set());
  return plugins.lend(target, () => plugins.container.resolve(target));
}

/**
 * What stands under a token, constructors injected.
 * @throws plugin/not-injectable, and what the container and constructors throw
 */
export function serviceOf(token: InjectionToken, plugins: PluginContainer): unknown {
  if (isClass(token) && plugins.constructs(token)) return instantiate(token, plugins);
  return plugins.container.resolve(token);
}

/**
 * Types exist at run time only as what the compiler left of them: `import type` of a class leaves Object, and
 * tsyringe would inject an empty object without a word. Looks through the classes the container would construct.
 */
function refuseLostTypes(target: InjectableClass, plugins: PluginContainer, seen: Set<unknown>): void {
  if (seen.has(target)) return;
  seen.add(target);
  const types = (Reflect.getMetadata('design:paramtypes', target) as unknown[] | undefined) ?? [];
  const tokens = (Reflect.getOwnMetadata('injectionTokens', target) as object | undefined) ?? {};
  for (let index = 0; index < Math.max(types.length, target.length); index += 1) {
    if (index in tokens) continue;
    const type = types[index];
    if (!isClass(type)) throw new HostError('plugin/not-injectable', [target.name, index, nameOf(type)]);
    if (plugins.constructs(type)) refuseLostTypes(type, plugins, seen);
  }
}

/** Object, String, Promise and their like come from the compiler, not from the author, whatever their realm. */
function isClass(type: unknown): type is InjectableClass {
  return (
    typeof type === 'function' && !/\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(type))
  );
}

function nameOf(type: unknown): string {
  return typeof type === 'function' ? type.name : type === undefined ? 'not known' : String(type);
}
