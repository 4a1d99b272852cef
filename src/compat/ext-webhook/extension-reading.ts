import { HostError } from '../../core/errors';
import type { PluginServices } from '../../core/plugin-services';
import { isStandardSchema, type StandardSchema } from '../../core/standard-schema';
import type { ChatFunction } from './chat-extension';
import type { ExtensionSecret, ExtensionWebhook, ScheduledFunction } from './extension';

/** Known by this in whatever copy of the class. */
export const EXTENSION = Symbol.for('gatehouse.Extension');

/** Names in the registry that belong to webhooks. */
export const WEBHOOK_ENTRY = '__webhook__';

/** A webhook as it is registered. */
export interface WebhookDef {
  /** Without its leading slash. */
  readonly path: string;
  readonly func: ExtensionWebhook;
  readonly method: string;
  readonly secret_header: string;
}
/** Something that is dispatched by name. */
export interface ToolDef {
  readonly name: string;
  readonly description: string;
  readonly func: (...args: never[]) => unknown;
}

/** One `ext.webhook`, as written; `options` unchecked, its names in camel case. */
export interface WrittenWebhook {
  readonly where: string;
  /** As endpoints have it. */
  readonly path: string;
  readonly options: unknown;
  readonly def: WebhookDef;
}
export interface WrittenFunction {
  readonly where: string;
  readonly name: string;
  readonly options: unknown;
  readonly run: ChatFunction;
}
export interface WrittenSchedule {
  readonly where: string;
  readonly first: unknown;
  readonly options: unknown;
  readonly run: ScheduledFunction;
}

/** What an extension's author wrote, kept until the host reads it. */
export class ExtensionReading {
  readonly webhooks: WrittenWebhook[] = [];
  readonly functions: WrittenFunction[] = [];
  readonly schedules: WrittenSchedule[] = [];
  readonly secrets: ExtensionSecret[] = [];
  readonly chats: unknown[] = [];
  readonly webhooksByPath: Record<string, WebhookDef> = Object.create(null) as Record<string, WebhookDef>;
  readonly tools: Record<string, ToolDef> = Object.create(null) as Record<string, ToolDef>;
  /** What is wrong with what was registered, told with all else when the host reads it. */
  readonly faults: string[] = [];
  /** Registrations that still wait for their function. */
  readonly #open = new Set<{ readonly where: string }>();
  #appId: string;
  #services: PluginServices | undefined;

  constructor(
    /** As the author typed it. */
    readonly id: unknown,
    readonly options: unknown,
  ) {
    this.#appId = String(id);
  }

  get configSchema(): StandardSchema | undefined {
    const { config } = Object(this.options) as { readonly config?: unknown };
    return isStandardSchema(config) ? config : undefined;
  }
  /** @throws plugin/not-bound before the host bound the generation */
  get services(): PluginServices {
    if (this.#services === undefined) throw new HostError('plugin/not-bound', ['ctx']);
    return this.#services;
  }
  /** Registered without a function: a decorator that was never applied. */
  get unfinished(): readonly string[] {
    return [...this.#open].map(({ where }) => where);
  }

  /** The app id is the folder's from now on. */
  name(appId: string): void {
    this.#appId = appId;
  }
  /** @throws plugin/bound-twice */
  bind(services: PluginServices): void {
    if (this.#services !== undefined) throw new HostError('plugin/bound-twice', [services.key]);
    this.#services = services;
  }

  /** Registers `func` and answers it; without one answers what takes it. */
  add(where: string, func: unknown, register: (func: unknown) => void): unknown {
    const registration = { where };
    const complete = (given: unknown) => {
      this.#open.delete(registration);
      if (typeof given === 'function') register(given);
      else this.faults.push(`${where}: what it is given must be a function`);
      return given;
    };
    if (func !== undefined) return complete(func);
    this.#open.add(registration);
    return complete;
  }

  addWebhook(where: string, path: string, options: unknown, func: ExtensionWebhook): void {
    const { method = 'POST', secretHeader = '' } = Object(options) as Readonly<Record<string, unknown>>;
    const name = path.slice(1);
    const def = {
      path: name,
      func,
      method: String(method).toUpperCase(),
      secret_header: String(secretHeader),
    };
    this.webhooks.push({ where, path, options, def });
    this.webhooksByPath[name] = def;
    this.tools[`${WEBHOOK_ENTRY}${name}`] = { name: `${WEBHOOK_ENTRY}${name}`, description: '', func };
  }

  manifest(): Readonly<Record<string, unknown>> {
    const said = Object(this.options) as Readonly<Record<string, unknown>>;
    return {
      app_id: this.#appId,
      version: said['version'],
      display_name: said['displayName'],
      description: said['description'],
      icon: said['icon'],
      actions_explicit: said['actionsExplicit'],
      capabilities: said['capabilities'],
      tools: Object.values(this.tools)
        .filter(({ name }) => !name.startsWith(WEBHOOK_ENTRY))
        .map(({ name, description }) => ({ name, description })),
      chats: this.chats,
      webhooks: this.webhooks.map(({ def: { func: _func, ...told } }) => told),
    };
  }
}
