import type { Declaration } from '../core/declaration';
import type { Recognised } from '../core/dialect';
import { HostError, toError } from '../core/errors';
import type { PluginInfo } from '../core/plugin-info';
import type { PluginKey } from '../core/plugin-key';
import type { PluginServices } from '../core/plugin-services';
import { inStartOrder } from './hooks';
import type { Config } from './tokens';

/** Under this, every plugin object carries how it is read; a registered symbol, for copies and realms to agree on. */
export const PLUGIN: unique symbol = Symbol.for('gatehouse.plugin') as never;

/** The host's side of a plugin object: open (declaring) → bound (services) → read (translated, sealed). */
export class PluginReading implements Recognised {
  readonly #entries: (() => Declaration)[] = [];
  #services: PluginServices | undefined;
  #config: Config | undefined;
  #sealed = false;
  /** Rewrites the positions of a stack to the plugin's own sources; the dialect sets it. */
  mapStack = (stack: string): string => stack;

  constructor(
    readonly key: PluginKey,
    readonly info: PluginInfo,
  ) {}

  /** Adds what will be declared when the host reads the plugin. @throws plugin/sealed once it has */
  add(where: string, entry: () => Declaration): void {
    if (this.#sealed) throw new HostError('plugin/sealed', [this.key, where]);
    this.#entries.push(entry);
  }

  /** @throws plugin/bound-twice */
  bind(services: PluginServices): void {
    if (this.#services !== undefined) throw new HostError('plugin/bound-twice', [this.key]);
    this.#services = services;
    this.#config = Object.freeze(Object.assign(Object.create(null) as object, services.config));
  }

  /** Runs the Router factories; what they declare counts too. @throws plugin/bound-twice, and what they throw */
  translate(): Declaration[] {
    if (this.#sealed) throw new HostError('plugin/bound-twice', [this.key]);
    const declarations: Declaration[] = [];
    for (const entry of this.#entries) declarations.push(entry());
    this.#sealed = true;
    return inStartOrder(declarations, (where, thrown) => this.#report(where, thrown));
  }

  /** `what` is the name that was touched, for the error. @throws plugin/not-bound */
  services(what: string): PluginServices {
    if (this.#services === undefined) throw new HostError('plugin/not-bound', [what]);
    return this.#services;
  }

  #report(where: string, thrown: unknown): void {
    const { message, stack = '' } = toError(thrown);
    this.services('logger').logger.error(`${where} failed: ${message}`, { stack: this.mapStack(stack) });
  }

  get config(): Config {
    this.services('config');
    return this.#config ?? Object.create(null);
  }
}
