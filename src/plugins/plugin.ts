import type { Router } from 'express';
import type { Logger } from 'winston';
import { Declarer, type Declaration } from '../core/declaration';
import type { Awaitable, Method } from '../core/exchange';
import type { Tasks } from '../core/job';
import type { PluginInfo } from '../core/plugin-info';
import type { PluginKey } from '../core/plugin-key';
import type { PluginServices } from '../core/plugin-services';
import type { OutgoingHttp } from '../core/ports/outgoing';
import { createChatContext, createMessage } from './chats';
import { endpointDeclaration, type EndpointDefinition, type EndpointOptions, type Handler } from './endpoint';
import {
  cleanupHook,
  disabledHook,
  enabledHook,
  initHook,
  type CleanupHook,
  type InitHook,
  type StateHook,
} from './hooks';
import { checkRouter, routerDeclaration, type RouterOptions } from './mounted-router';
import { aFunction, checkOptions } from '../core/option-issues';
import { PLUGIN, PluginReading } from './plugin-reading';
import { parsePluginInfo } from './plugin-info';
import { scheduleDeclaration, type ScheduleOptions } from './schedule';
import { secretDeclaration, type SecretOptions } from './secret';
import { webhooksDeclaration, type SendsWebhooksOptions } from './sends-webhooks';
import { taskDeclaration, type RunTask, type TaskOptions } from './task';
import type { ChatContext, Config, Message, Secrets } from './tokens';

type HandlerArguments<Path extends string> =
  [handler: Handler<Path>] | [options: EndpointOptions, handler: Handler<Path>];

/**
 * A plugin, written as a function style script: construct it, declare on it at module level, export it as `plugin`.
 * Services (`logger`, `config`, …) work once the host has loaded it; before, touching one raises plugin/not-bound.
 */
export class PluginBase extends Declarer {
  readonly key: PluginKey;
  readonly info: PluginInfo;
  readonly message: Message;
  readonly context: ChatContext;
  /** How the host reads the plugin; not for authors. */
  readonly [PLUGIN]: PluginReading;

  /** @throws plugin/invalid-info listing everything wrong with `info` */
  constructor(info: PluginInfo) {
    super();
    const parsed = parsePluginInfo(info);
    this.key = parsed.key;
    this.info = parsed.info;
    this[PLUGIN] = new PluginReading(parsed.key, parsed.info);
    this.message = createMessage((what) => this[PLUGIN].services(what));
    this.context = createChatContext(this.message);
  }

  /** Adds a declaration of any kind. @throws plugin/sealed after the host has read the plugin */
  declare(declaration: Declaration): void {
    this[PLUGIN].add(declaration.origin.where, () => declaration);
  }

  /**
   * Mounts an Express Router whole at `options.path` (default `/`); may be called several times. The factory runs when
   * the host loads the plugin and returns the Router, not a promise of one.
   * @throws mount/invalid
   */
  mountRouter(factory: () => Router, options: RouterOptions = {}): this {
    const where = `mountRouter(${quoted(options?.path ?? '/')})`;
    checkRouter(this.key, where, factory, options);
    this[PLUGIN].add(where, () => routerDeclaration(where, factory, options));
    return this;
  }

  /** Declares one endpoint. @throws mount/invalid listing everything wrong with the definition */
  endpoint<const Path extends string>(definition: EndpointDefinition<Path>, handler: Handler<Path>): this {
    const where = `endpoint(${String(definition?.method)} ${quoted(definition?.path)})`;
    this.declare(endpointDeclaration(this.key, where, definition, handler));
    return this;
  }

  /** `endpoint` with method GET (HEAD is answered too). @throws mount/invalid */
  get<const Path extends string>(path: Path, ...rest: HandlerArguments<Path>): this {
    return this.#short('GET', path, rest);
  }
  /** `endpoint` with method POST. @throws mount/invalid */
  post<const Path extends string>(path: Path, ...rest: HandlerArguments<Path>): this {
    return this.#short('POST', path, rest);
  }
  /** `endpoint` with method PUT. @throws mount/invalid */
  put<const Path extends string>(path: Path, ...rest: HandlerArguments<Path>): this {
    return this.#short('PUT', path, rest);
  }
  /** `endpoint` with method PATCH. @throws mount/invalid */
  patch<const Path extends string>(path: Path, ...rest: HandlerArguments<Path>): this {
    return this.#short('PATCH', path, rest);
  }
  /** `endpoint` with method DELETE. @throws mount/invalid */
  delete<const Path extends string>(path: Path, ...rest: HandlerArguments<Path>): this {
    return this.#short('DELETE', path, rest);
  }

  /**
   * Declares code that works jobs: `plugin.tasks.enqueue(name, payload)` stores one. `run` may be run again when the
   * process dies or it throws; what it writes through `job.store` counts once.
   * @throws mount/invalid
   */
  task<Payload = unknown>(name: string, run: RunTask<Payload>): this;
  task<Input = unknown, Payload = Input>(
    name: string,
    options: TaskOptions<Input, Payload>,
    run: RunTask<Payload>,
  ): this;
  task(name: string, ...rest: unknown[]): this {
    const [options, run] = rest.length > 1 ? rest : [{}, rest[0]];
    this.declare(taskDeclaration(this.key, `task(${quoted(name)})`, name, options as TaskOptions, run));
    return this;
  }

  /** Enqueues a task whenever the clock says so, each due time once over all hosts. @throws mount/invalid */
  schedule(cron: string, options: ScheduleOptions): this {
    this.declare(scheduleDeclaration(this.key, `schedule(${quoted(cron)})`, cron, options));
    return this;
  }

  /** Declares a secret by name, for operators to give it a value. @throws mount/invalid */
  secret(name: string, options: SecretOptions = {}): this {
    this.declare(secretDeclaration(this.key, `secret(${quoted(name)})`, name, options));
    return this;
  }

  /** Declares that `http.webhook` is used: its webhooks are sent as this says. @throws mount/invalid */
  sendsWebhooks(options: SendsWebhooksOptions = {}): this {
    this.declare(webhooksDeclaration(this.key, 'sendsWebhooks()', options, () => this.services));
    return this;
  }

  /** Runs before the plugin takes traffic, in order of declaration; a failure keeps it from starting. */
  onInit(run: InitHook): this {
    return this.#hook('onInit', run, (where) => initHook(where, run));
  }
  /** Runs whenever this generation ends (reload and shutdown too), last declared first. */
  onCleanup(run: CleanupHook): this {
    return this.#hook('onCleanup', run, (where) => cleanupHook(where, run));
  }
  /** Runs once everything is initialised; a failure is only logged. */
  onEnabled(run: StateHook): this {
    return this.#hook('onEnabled', run, (where) => enabledHook(where, run));
  }
  /** Runs when an operator disables the plugin, before it is taken down. */
  onDisabled(run: StateHook): this {
    return this.#hook('onDisabled', run, (where) => disabledHook(where, run));
  }

  /** Everything the host bound to this generation. @throws plugin/not-bound */
  get services(): PluginServices {
    return this[PLUGIN].services('services');
  }
  get logger(): Logger {
    return this[PLUGIN].services('logger').logger;
  }
  /** The plugin's own folder, created. */
  get dataDir(): string {
    return this[PLUGIN].services('dataDir').dataDir;
  }
  /** Values from the environment and the settings file, read-only; a name nobody set is undefined. */
  get config(): Config {
    return this[PLUGIN].config;
  }
  /** This plugin's secrets, sealed where they are stored; `set` replaces a value on every host. */
  get secrets(): Secrets {
    return this[PLUGIN].services('secrets').secrets;
  }
  /** Durable work of this plugin: what is enqueued survives the process. */
  get tasks(): Tasks {
    return this[PLUGIN].services('tasks').tasks;
  }
  /** Requests to elsewhere: https to public addresses, unless the operator allows more. */
  get http(): OutgoingHttp {
    return this[PLUGIN].services('http').outgoing.http;
  }
  /** Aborts when this generation begins to retire: end streams and pollers. */
  get signal(): AbortSignal {
    return this[PLUGIN].services('signal').signal;
  }
  /** Runs work in this process, tracked; a failure is logged. Returns its id. */
  spawn(work: (signal: AbortSignal) => Awaitable<unknown>): string {
    return this[PLUGIN].services('spawn').spawn(work);
  }
  /**
   * The public address of a path of this plugin; absolute once `publicUrl` is set. Where the endpoint's address is signed
   * it carries its `?token=`, so it is a secret then; ask for it in `onInit` or later.
   */
  webhookUrl(path: string): string {
    return this[PLUGIN].services('webhookUrl').webhookUrl(path);
  }

  #short(method: Method, path: string, rest: readonly unknown[]): this {
    const [options, handler] = rest.length > 1 ? rest : [{}, rest[0]];
    const where = `${method.toLowerCase()}(${quoted(path)})`;
    const definition = { ...(options as EndpointOptions), method, path };
    this.declare(endpointDeclaration(this.key, where, definition, handler));
    return this;
  }

  #hook(where: string, run: unknown, create: (where: string) => Declaration): this {
    const issue = aFunction(run);
    checkOptions(this.key, where, {}, {}, [issue === undefined ? undefined : `the hook ${issue}`]);
    this.declare(create(where));
    return this;
  }
}

const quoted = (value: unknown): string => JSON.stringify(value) ?? String(value);
