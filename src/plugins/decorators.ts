import { methodOf, recordMember, type Member } from '../core/class-metadata';
import type { Declaration, Declarer } from '../core/declaration';
import { HostError } from '../core/errors';
import type { Method } from '../core/exchange';
import type { PluginInfo } from '../core/plugin-info';
import type { StandardSchema } from '../core/standard-schema';
import { endpointDeclaration } from './endpoint';
import type { DecorateAt, DecorateEndpoint, Decorates } from './endpoint-forms';
import type { EndpointDefinition } from './endpoint-types';
import type { AnswerError, ErrorClass } from './error-map';
import { listenerDeclaration, type ListenerOptions } from './event-listener';
import {
  cleanupHook,
  disabledHook,
  enabledHook,
  initHook,
  type CleanupHook,
  type ConfigHook,
  type InitHook,
  type StateHook,
} from './hooks';
import { checkRouter, routerDeclarations, type AnyRouter, type RouterOptions } from './mounted-router';
import { parsePluginInfo } from './plugin-info';
import { scheduleDeclaration, type ScheduleOptions } from './schedule';
import { secretDeclaration, type SecretOptions } from './secret';
import { webhooksDeclaration, type SendsWebhooksOptions } from './sends-webhooks';
import type { PluginBase } from './plugin';
import { socketDeclaration, type DecorateSocket, type SocketOptions } from './socket';
import { taskDeclaration, type TaskOptions } from './task';
import { toolDeclaration, type ToolOptions } from './tool';

const PLUGIN_CLASS = Symbol.for('gatehouse.plugin-class');
const CONFIG_SCHEMA: unique symbol = Symbol.for('gatehouse.config-schema') as never;

/** A class as decorators see one: any constructor parameters. */
export type PluginClass = abstract new (...values: never[]) => object;
type AnyFunction = (...values: never[]) => unknown;

/**
 * Makes a class a plugin: export it, under any name. The host builds one instance per generation and injects its
 * constructor.
 * @throws plugin/invalid-info listing everything wrong with `info`
 */
export function GatePlugin(info: PluginInfo): (target: PluginClass) => void {
  const parsed = parsePluginInfo(info);
  return (target) => {
    Object.defineProperty(target, PLUGIN_CLASS, { value: parsed.info });
  };
}

/** What `@GatePlugin` was given, when `value` is a class that carries it itself. */
export function pluginClassInfo(value: unknown): PluginInfo | undefined {
  if (typeof value !== 'function') return undefined;
  return Object.getOwnPropertyDescriptor(value, PLUGIN_CLASS)?.value as PluginInfo | undefined;
}

/** Declares the method as one endpoint. The class is refused (mount/invalid) when the definition is wrong. */
export const Endpoint: DecorateEndpoint = (definition) => {
  const written = definition as EndpointDefinition;
  const called = `@Endpoint(${String(written?.method)} ${JSON.stringify(written?.path)})`;
  return member(called, (where, { key }, method) => endpointDeclaration(key, where, written, method));
};

const shortForm =
  (name: string, method: Method): DecorateAt =>
  (path: string, options: object = {}) =>
    member(`@${name}(${JSON.stringify(path)})`, (where, { key }, handler) =>
      endpointDeclaration(key, where, { ...options, method, path }, handler),
    );

/** `@Endpoint` with method GET. */
export const Get: DecorateAt = shortForm('Get', 'GET');
/** `@Endpoint` with method POST. */
export const Post: DecorateAt = shortForm('Post', 'POST');
/** `@Endpoint` with method PUT. */
export const Put: DecorateAt = shortForm('Put', 'PUT');
/** `@Endpoint` with method PATCH. */
export const Patch: DecorateAt = shortForm('Patch', 'PATCH');
/** `@Endpoint` with method DELETE. */
export const Delete: DecorateAt = shortForm('Delete', 'DELETE');

/** The method serves a WebSocket: `(socket, exchange)`, called with each connection. */
export const Socket: DecorateSocket = (path: string, options: object = {}) =>
  member(`@Socket(${JSON.stringify(path)})`, (where, { key }, handler) =>
    socketDeclaration(key, where, path, options as SocketOptions, handler),
  );

/** The method returns a router to be mounted, as `plugin.mountRouter` takes it; it runs when the host loads the plugin. */
export function MountRouter(options: RouterOptions = {}): Decorates<() => AnyRouter> {
  return member(`@MountRouter(${JSON.stringify(options?.path ?? '/')})`, (where, { key }, factory) => {
    checkRouter(key, where, factory, options);
    return routerDeclarations(key, where, factory as () => unknown, options);
  });
}

/** The method says what is answered in place of errors of a class and its subclasses; see `plugin.onError`. */
export function OnError<Thrown>(thrown: ErrorClass<Thrown>): Decorates<AnswerError<Thrown>> {
  return member(`@OnError(${String(thrown?.name)})`, (_where, declarer, answer) => {
    (declarer as PluginBase).onError(thrown, answer as AnswerError<Thrown>);
    return [];
  });
}

/** The method `(payload, job)` works the jobs of this name. */
export function Task<Input = unknown, Payload = Input>(
  name: string,
  options: TaskOptions<Input, Payload> = {},
): Decorates<AnyFunction> {
  return member(`@Task(${JSON.stringify(name)})`, (where, { key }, run) =>
    taskDeclaration(key, where, name, options as TaskOptions, run),
  );
}

/**
 * On a method that is no `@Task`: it becomes one, named as the method, and is run whenever the clock says so. With
 * `task` given, that task is enqueued instead, and the method may be anything.
 */
export function Schedule(
  cron: string,
  options: Omit<ScheduleOptions, 'task'> & { readonly task?: string | undefined } = {},
): Decorates<AnyFunction> {
  const called = `@Schedule(${JSON.stringify(cron)})`;
  return (prototype, name, descriptor) => {
    const task = options.task ?? String(name);
    if (options.task === undefined)
      member(called, (where, { key }, run) => taskDeclaration(key, where, task, {}, run))(
        prototype,
        name,
        descriptor,
      );
    member(called, (where, { key }) => scheduleDeclaration(key, where, cron, { ...options, task }))(
      prototype,
      name,
      descriptor,
    );
  };
}

/** The method `(input, context)` is a tool: agents, other plugins and operators call it by name; see `plugin.tool`. */
export function Tool<Input = unknown, Checked = Input>(
  options: ToolOptions<Input, Checked>,
): Decorates<AnyFunction> {
  return member(`@Tool(${JSON.stringify(options?.name)})`, (where, { key }, call) =>
    toolDeclaration(key, where, options as ToolOptions, call),
  );
}

/** The method `(event, job)` works the events that the pattern names; see `plugin.onEvent`. */
export function OnEvent<Input = unknown, Data = Input>(
  pattern: string,
  options: ListenerOptions<Input, Data> = {},
): Decorates<AnyFunction> {
  return member(`@OnEvent(${JSON.stringify(pattern)})`, (where, { key }, handler) =>
    listenerDeclaration(key, where, pattern, options as ListenerOptions, handler),
  );
}

/** Runs before the plugin takes traffic; a failure keeps it from starting. */
export function OnInit(): Decorates<InitHook> {
  return member('@OnInit()', (where, _declarer, run) => initHook(where, run));
}
/** Runs whenever this generation ends. */
export function OnCleanup(): Decorates<CleanupHook> {
  return member('@OnCleanup()', (where, _declarer, run) => cleanupHook(where, run));
}
/** Runs once everything is initialised; a failure is only logged. */
export function OnEnabled(): Decorates<StateHook> {
  return member('@OnEnabled()', (where, _declarer, run) => enabledHook(where, run));
}
/** The method `(values, before)` takes what operators store as configuration; see `plugin.onConfigChanged`. */
export function OnConfigChanged(): Decorates<ConfigHook> {
  return member('@OnConfigChanged()', (_where, declarer, run) => {
    (declarer as PluginBase).onConfigChanged(run);
    return [];
  });
}
/** Runs when an operator disables the plugin, before it is taken down. */
export function OnDisabled(): Decorates<StateHook> {
  return member('@OnDisabled()', (where, _declarer, run) => disabledHook(where, run));
}

/** On the class: what may be given as its configuration; `Config` has the values as the schema makes them. */
export function ConfigSchema(schema: StandardSchema): (target: PluginClass) => void {
  return (target) => {
    if (Object.hasOwn(target, CONFIG_SCHEMA))
      throw new HostError('plugin/bad-decorator', [
        '@ConfigSchema',
        'a schema was declared before; join the two',
      ]);
    Object.defineProperty(target, CONFIG_SCHEMA, { value: schema });
  };
}

/** What `@ConfigSchema` was given, on the class or the nearest of its bases that has one; not checked. */
export function classConfigSchema(target: unknown): unknown {
  return (target as { readonly [CONFIG_SCHEMA]?: unknown })[CONFIG_SCHEMA];
}

/** On the class: declares a secret by name, for operators to give it a value. */
export function Secret(name: string, options: SecretOptions = {}): (target: PluginClass) => void {
  const where = `@Secret(${JSON.stringify(name)})`;
  return (target) =>
    recordMember(target.prototype as object, (_instance, declarer) =>
      declarer.declare(secretDeclaration(declarer.key, where, name, options)),
    );
}

/** On the class: declares that `Http.webhook` is used. */
export function SendsWebhooks(options: SendsWebhooksOptions = {}): (target: PluginClass) => void {
  return (target) =>
    recordMember(target.prototype as object, (_instance, declarer) =>
      declarer.declare(
        webhooksDeclaration(declarer.key, '@SendsWebhooks()', options, () => declarer.services),
      ),
    );
}

type Declare = (
  where: string,
  declarer: Declarer,
  method: (...values: unknown[]) => unknown,
) => Declaration | readonly Declaration[];

function member(called: string, declare: Declare): Decorates<AnyFunction> {
  return (prototype: unknown, name: unknown) => {
    if (typeof name !== 'string' && typeof name !== 'symbol')
      throw new HostError('plugin/bad-decorator', [
        called,
        'it was compiled as a standard decorator; set experimentalDecorators and emitDecoratorMetadata, or ship the TypeScript source',
      ]);
    const where = `${called} ${String(name)}`;
    if (typeof prototype !== 'object' || prototype === null)
      throw new HostError('plugin/bad-decorator', [
        where,
        'the method is static; make it an instance method',
      ]);
    const declareMember: Member = (instance, declarer) => {
      for (const declaration of [declare(where, declarer, methodOf(instance, name))].flat())
        declarer.declare(declaration);
    };
    recordMember(prototype, declareMember);
  };
}
