import type { Declaration } from '../core/declaration';
import type { Recognised } from '../core/dialect';
import { HostError, toError } from '../core/errors';
import type { PluginInfo } from '../core/plugin-info';
import type { PluginKey } from '../core/plugin-key';
import type { PluginServices } from '../core/plugin-services';
import type { Scope } from '../core/scope';
import { checkOptions, makeTogether } from '../core/option-issues';
import { isStandardSchema, type StandardSchema } from '../core/standard-schema';
import type { PluginContainer } from './container';
import { ErrorMap, type AnswerError, type ErrorClass } from './error-map';
import { configEffect, inStartOrder, type ConfigHook } from './hooks';
import { wireServices } from './injected';
import type { Config } from './tokens';

/** Under this, every plugin object carries how it is read; a registered symbol, for copies and realms to agree on. */
export const PLUGIN: unique symbol = Symbol.for('gatehouse.plugin') as never;

/** What is declared once the host reads the plugin; several where a router is mounted. */
type Entry = () => Declaration | readonly Declaration[];

/** The host's side of a plugin object: open (declaring) → bound (services) → read (translated, sealed). */
export class PluginReading implements Recognised {
  readonly #entries: Entry[] = [];
  readonly #errors = new ErrorMap();
  readonly #configHooks: { readonly where: string; readonly run: ConfigHook }[] = [];
  #services: PluginServices | undefined;
  /** The values that were read last, and where they came from. */
  #config: { readonly from: PluginServices['config']; readonly values: Config } | undefined;
  #configSchema: StandardSchema | undefined;
  #sealed = false;
  /** Rewrites the positions of a stack to the plugin's own sources; the dialect sets it. */
  mapStack = (stack: string): string => stack;
  /** Of this load; the dialect sets it. */
  container: PluginContainer | undefined;
  /** Where the plugin's own files are, absolute; the dialect sets it. */
  folder = process.cwd();

  constructor(
    readonly key: PluginKey,
    readonly info: PluginInfo,
  ) {}

  /** Adds what will be declared when the host reads the plugin. @throws plugin/sealed once it has */
  add(where: string, entry: Entry): void {
    if (this.#sealed) throw new HostError('plugin/sealed', [this.key, where]);
    this.#entries.push(entry);
  }

  get configSchema(): StandardSchema | undefined {
    return this.#configSchema;
  }

  /** @throws mount/invalid unless it is the first, and a schema; plugin/sealed */
  declareConfig(schema: unknown, where = 'config()'): void {
    if (this.#services !== undefined) throw new HostError('plugin/sealed', [this.key, where]);
    const issues = [
      isStandardSchema(schema) ? undefined : 'the schema must be a Standard Schema, such as z.object({ … })',
      this.#configSchema === undefined ? undefined : 'a schema was declared before; join the two',
    ];
    checkOptions(this.key, where, {}, {}, issues);
    if (isStandardSchema(schema)) this.#configSchema = schema;
  }

  /** Adds what is called after changes of the configuration. @throws plugin/sealed */
  addConfigHook(where: string, run: ConfigHook): void {
    if (this.#sealed) throw new HostError('plugin/sealed', [this.key, where]);
    this.#configHooks.push({ where, run });
  }

  /** Adds what is answered in place of errors of a class. False when it has an answer. @throws plugin/sealed */
  addAnswer<Thrown>(where: string, thrown: ErrorClass<Thrown>, answer: AnswerError<Thrown>): boolean {
    if (this.#sealed) throw new HostError('plugin/sealed', [this.key, where]);
    return this.#errors.add(thrown, answer);
  }

  /** @throws plugin/bound-twice */
  bind(services: PluginServices): void {
    if (this.#services !== undefined) throw new HostError('plugin/bound-twice', [this.key]);
    this.#services = services;
  }

  /**
   * Runs the Router factories; what they declare counts too.
   * @throws plugin/bound-twice, mount/invalid with what is wrong with any of them, and what they throw
   */
  translate(): Declaration[] {
    if (this.#sealed) throw new HostError('plugin/bound-twice', [this.key]);
    const declarations = makeTogether(this.key, this.#entries).flat();
    this.#sealed = true;
    if (this.#configHooks.length > 0) declarations.push(configEffect((scope) => this.#followConfig(scope)));
    const wired = wireServices(this.#withErrors(declarations), this.container);
    return inStartOrder(wired, (where, thrown) => this.#report(where, thrown));
  }

  #withErrors(declarations: readonly Declaration[]): readonly Declaration[] {
    if (this.#errors.isEmpty) return declarations;
    const mapError = this.#errors.map;
    return declarations.map((declaration) =>
      declaration.kind === 'endpoint' ? { mapError, ...declaration } : declaration,
    );
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
    const { config } = this.services('config');
    if (this.#config?.from !== config) {
      const fields = Object.getOwnPropertyDescriptors(config);
      const values = Object.freeze(Object.defineProperties(Object.create(null) as Config, fields));
      this.#config = { from: config, values };
    }
    return this.#config.values;
  }

  #followConfig(scope: Scope): void {
    const { configChanges, spawn } = this.services('onConfigChanged');
    const stop = configChanges?.follow((values, before) => {
      // Tracked: a generation that retires meanwhile waits for it.
      for (const { where, run } of this.#configHooks)
        spawn(async () => {
          try {
            await run(values, before);
          } catch (thrown) {
            this.#report(where, thrown);
          }
        });
    });
    if (stop !== undefined) scope.defer('onConfigChanged', stop);
  }
}
