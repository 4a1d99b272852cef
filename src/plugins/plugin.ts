import type { Declaration } from '../core/declaration';
import type { Method } from '../core/exchange';
import type { PluginInfo } from '../core/plugin-info';
import type { PluginKey } from '../core/plugin-key';
import type { PluginServices } from '../core/plugin-services';
import { createChatContext, createMessage } from './chats';
import { cloudEventsDeclarations, type CloudEventsOptions, type HandleCloudEvent } from './cloud-events';
import { createConfigReader, type ConfigReader } from './config-reader';
import { endpointDeclaration } from './endpoint';
import type { DeclareAt, DeclareEndpoint } from './endpoint-forms';
import type { EndpointDefinition } from './endpoint-types';
import type { AnswerError, ErrorClass } from './error-map';
import { listenerDeclaration, type HandleEvent, type ListenerOptions } from './event-listener';
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
import type { MountableRouter } from './api-router';
import { aFunction, checkOptions } from '../core/option-issues';
import { PLUGIN, PluginReading } from './plugin-reading';
import { parsePluginInfo } from './plugin-info';
import { scheduleDeclaration, type ScheduleOptions } from './schedule';
import { ServiceFaces } from './service-faces';
import { secretDeclaration, type SecretOptions } from './secret';
import { webhooksDeclaration, type SendsWebhooksOptions } from './sends-webhooks';
import { socketDeclaration, type DeclareSocket, type SocketOptions } from './socket';
import { checkStatic, staticDeclarations, type StaticOptions } from './static-files';
import { taskDeclaration, type RunTask, type TaskOptions } from './task';
import type { ChatContext, Message } from './tokens';
import { toolDeclaration, type CallTool, type ToolOptions } from './tool';

/**
 * A plugin, written as a function style script: construct it, declare on it at module level, export it as `plugin`.
 * Services (`logger`, `config`, …) work once the host has loaded it; before, touching one raises plugin/not-bound.
 */
export class PluginBase extends ServiceFaces {
  readonly key: PluginKey;
  readonly info: PluginInfo;
  readonly message: Message;
  readonly context: ChatContext;
  /**
   * Values from the environment, what operators gave and the settings file, read-only; a name nobody set is undefined. Called
   * with a schema it declares them: `const config = plugin.config(z.object({ CHANNEL: z.string() }))`.
   */
  readonly config: ConfigReader;
  /** How the host reads the plugin; not for authors. */
  readonly [PLUGIN]: PluginReading;

  /** Declares one endpoint by its whole definition. */
  readonly endpoint: DeclareEndpoint<this> = (definition, handler) => {
    const written = definition as EndpointDefinition;
    const where = `endpoint(${String(written?.method)} ${quoted(written?.path)})`;
    this.declare(endpointDeclaration(this.key, where, written, handler));
    return this;
  };
  /** Declares an endpoint for GET; HEAD is answered too. */
  readonly get: DeclareAt<this> = this.#short('GET');
  /** Declares an endpoint for POST. */
  readonly post: DeclareAt<this> = this.#short('POST');
  /** Declares an endpoint for PUT. */
  readonly put: DeclareAt<this> = this.#short('PUT');
  /** Declares an endpoint for PATCH. */
  readonly patch: DeclareAt<this> = this.#short('PATCH');
  /** Declares an endpoint for DELETE. */
  readonly delete: DeclareAt<this> = this.#short('DELETE');
  /**
   * Declares a WebSocket endpoint: the handler is called with each connection, which goes on after it returns. It may stand
   * beside a GET endpoint at the same path.
   */
  readonly socket: DeclareSocket<this> = (path: string, ...rest: unknown[]) => {
    const [options, handler] = rest.length > 1 ? rest : [{}, rest[0]];
    const where = `socket(${quoted(path)})`;
    this.declare(socketDeclaration(this.key, where, path, options as SocketOptions, handler));
    return this;
  };

  /** @throws plugin/invalid-info listing everything wrong with `info` */
  constructor(info: PluginInfo) {
    super();
    const parsed = parsePluginInfo(info);
    this.key = parsed.key;
    this.info = parsed.info;
    this[PLUGIN] = new PluginReading(parsed.key, parsed.info);
    this.message = createMessage((what) => this[PLUGIN].services(what));
    this.context = createChatContext(this.message);
    this.config = createConfigReader(
      this.key,
      () => this[PLUGIN].config,
      (schema) => this[PLUGIN].declareConfig(schema),
    );
  }

  /** Adds a declaration of any kind. @throws plugin/sealed after the host has read the plugin */
  declare(declaration: Declaration): void {
    this[PLUGIN].add(declaration.origin.where, () => declaration);
  }

  /**
   * Mounts what the factory returns at `options.path` (default `/`): what `createRouter()` made, or an Express Router whole.
   * May be called several times. The factory runs when the host loads the plugin and is not async.
   * @throws mount/invalid
   */
  mountRouter(factory: () => AnyRouter, options?: RouterOptions): this;
  // Last, for what the compiler says of a router that needs what nobody provides.
  mountRouter(factory: () => MountableRouter, options?: RouterOptions): this;
  mountRouter(factory: () => AnyRouter, options: RouterOptions = {}): this {
    const where = `mountRouter(${quoted(options?.path ?? '/')})`;
    checkRouter(this.key, where, factory, options);
    this[PLUGIN].add(where, () => routerDeclarations(this.key, where, factory, options));
    return this;
  }

  /**
   * Serves the files of a folder below a path; a relative folder begins at the plugin's own. What lies outside of it once
   * links are followed, and names that begin with a dot, are not there (404).
   * @throws mount/invalid; a folder that is not there keeps the plugin from loading (plugin/no-folder)
   */
  static(path: string, folder: string, options: StaticOptions = {}): this {
    const where = `static(${quoted(path)})`;
    checkStatic(this.key, where, path, folder, options);
    const reading = this[PLUGIN];
    reading.add(where, () => staticDeclarations(where, path, folder, reading.folder, options));
    return this;
  }

  /**
   * Says what is answered in place of errors of a class and its subclasses, whatever endpoint or Router of this plugin throws
   * them; the most specific class counts. `HttpError` and errors of the host are not errors of `Error` here.
   * @throws mount/invalid
   */
  onError<Thrown>(thrown: ErrorClass<Thrown>, answer: AnswerError<Thrown>): this {
    const isClass = typeof thrown === 'function' && typeof thrown.prototype === 'object';
    const where = `onError(${isClass ? thrown.name : String(thrown)})`;
    const issue = aFunction(answer);
    checkOptions(this.key, where, {}, {}, [
      isClass ? undefined : 'the first argument must be a class of errors',
      issue === undefined ? undefined : `what answers ${issue}`,
      isClass && issue === undefined && !this[PLUGIN].addAnswer(where, thrown, answer)
        ? 'the class has an answer already'
        : undefined,
    ]);
    return this;
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

  /**
   * Declares code that works events of a type, or of those that a pattern names: `build.*`. Each event is a job of its own,
   * tried again like any other; several listeners of one pattern need names. In it emit through `job.events`, or with
   * `{ cause: event }`: so a circle of listeners ends after 16 events.
   * @throws mount/invalid
   */
  onEvent<Data = unknown>(pattern: string, handler: HandleEvent<Data>): this;
  onEvent<Input = unknown, Data = Input>(
    pattern: string,
    options: ListenerOptions<Input, Data>,
    handler: HandleEvent<Data>,
  ): this;
  onEvent(pattern: string, ...rest: unknown[]): this {
    const [options, handler] = rest.length > 1 ? rest : [{}, rest[0]];
    const where = `onEvent(${quoted(pattern)})`;
    this.declare(listenerDeclaration(this.key, where, pattern, options as ListenerOptions, handler));
    return this;
  }

  /**
   * Takes CloudEvents at a path, in any mode; unless `answer` says otherwise the sender hears 202 once they are read and stored.
   * Without a handler they are told to whoever listens, each once.
   * @throws mount/invalid
   */
  cloudEvents(path: string, options: CloudEventsOptions = {}, handler?: HandleCloudEvent): this {
    const where = `cloudEvents(${quoted(path)})`;
    const services = () => this.services;
    for (const one of cloudEventsDeclarations(this.key, where, path, options, handler, services))
      this.declare(one);
    return this;
  }

  /** Enqueues a task whenever the clock says so, each due time once over all hosts. @throws mount/invalid */
  schedule(cron: string, options: ScheduleOptions): this {
    this.declare(scheduleDeclaration(this.key, `schedule(${quoted(cron)})`, cron, options));
    return this;
  }

  /**
   * Declares what agents (over MCP), other plugins (`extensions.call`) and operators can call by name. It is gone while the
   * plugin is disabled.
   * @throws mount/invalid
   */
  tool<Input = unknown, Checked = Input>(
    options: ToolOptions<Input, Checked>,
    call: CallTool<Checked>,
  ): this {
    const where = `tool(${quoted(options?.name)})`;
    this.declare(toolDeclaration(this.key, where, options as ToolOptions, call));
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
  /**
   * Takes what operators store as configuration without a reload: `config` has the new values, checked, when this is called. What
   * it throws is logged, and the values stay. Without it they hold from the reload that follows.
   */
  onConfigChanged(run: ConfigHook): this {
    const issue = aFunction(run);
    checkOptions(this.key, 'onConfigChanged', {}, {}, [
      issue === undefined ? undefined : `the hook ${issue}`,
    ]);
    this[PLUGIN].addConfigHook('onConfigChanged', run);
    return this;
  }
  /** Runs when an operator disables the plugin, before it is taken down. */
  onDisabled(run: StateHook): this {
    return this.#hook('onDisabled', run, (where) => disabledHook(where, run));
  }

  protected bound(what: string): PluginServices {
    return this[PLUGIN].services(what);
  }

  #short(method: Method): DeclareAt<this> {
    return (path: string, ...rest: unknown[]) => {
      const [options, handler] = rest.length > 1 ? rest : [{}, rest[0]];
      const where = `${method.toLowerCase()}(${quoted(path)})`;
      const definition = { ...(options as EndpointDefinition), method, path };
      this.declare(endpointDeclaration(this.key, where, definition, handler));
      return this;
    };
  }

  #hook(where: string, run: unknown, create: (where: string) => Declaration): this {
    const issue = aFunction(run);
    checkOptions(this.key, where, {}, {}, [issue === undefined ? undefined : `the hook ${issue}`]);
    this.declare(create(where));
    return this;
  }
}

const quoted = (value: unknown): string => JSON.stringify(value) ?? String(value);
