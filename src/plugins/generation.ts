import assert from 'node:assert';
import type { Logger } from 'winston';
import { actorNamed, callFor, type Actor } from '../core/actor';
import type { Declaration, Effect, Endpoint } from '../core/declaration';
import { secretsOf } from '../core/declared-secrets';
import type { Dialect, EntrySource, PluginSource, Recognised } from '../core/dialect';
import { HostError, isHostError, toError } from '../core/errors';
import type { Awaitable } from '../core/exchange';
import { HOST_KEY } from '../core/host-key';
import { LiveMount } from '../core/live-mount';
import { buildMount, type Mount } from '../core/mount';
import { parsePluginKey, type PluginKey } from '../core/plugin-key';
import type { PluginServices } from '../core/plugin-services';
import type { DeclaredConfig } from '../core/ports/plugin-config';
import type { PluginFailure } from '../core/ports/plugin-registry';
import { Scope } from '../core/scope';
import { declaredConfig } from './config-check';
import type { Found } from './discover';
import { loadableOf } from './folder-entry';
import type { ServicesFactory } from './generation-services';
import { LateServices } from './late-services';
import { migrationsOf } from './migrations';
import { toPluginFailure } from './plugin-failure';
import { assertPagePlace } from './plugin-info';
import { StartBudget } from './start-budget';

/** The code of one generation, evaluated. */
export interface LoadedPlugin {
  /** The entry's exports. */
  readonly module: Readonly<Record<string, unknown>>;
  /** Every file that went into it, absolute: what the watcher watches. */
  readonly files: readonly string[];
  /** Rewrites the positions of a stack to the plugin's own sources. */
  mapStack(stack: string): string;
  /** Lets go of the code; called last. */
  dispose(): Awaitable<void>;
}

/** A place that has an entry, or a dialect that stands in for it. */
export type Loadable = Found & { readonly entry: string; readonly source?: EntrySource };
/** Rejects when `signal` aborts. */
export type LoadPlugin = (
  found: Loadable,
  late: LateServices,
  signal: AbortSignal,
  actor: Actor,
) => Promise<LoadedPlugin>;

export interface GenerationParts {
  readonly load: LoadPlugin;
  /** Asked in this order; the first that recognises a plugin translates it. */
  readonly dialects: readonly Dialect[];
  readonly services: ServicesFactory;
  /** Gives declarations as the operator wants them, before the mount is built. */
  readonly revise?:
    ((key: PluginKey, declarations: Iterable<Declaration>) => Iterable<Declaration>) | undefined;
  /** What is wrong with an endpoint's access beyond its shape: refuses the mount. */
  readonly accessIssues?: ((endpoint: Endpoint) => readonly string[]) | undefined;
  /** Runs once the mount is built, before its effects start. */
  readonly provideAddresses?: ((mount: Mount) => Promise<void>) | undefined;
  /** Milliseconds until import and effects must have settled. */
  readonly startMs: number;
  readonly logger: Logger;
}

export interface Refusal {
  readonly ok: false;
  readonly failure: PluginFailure;
  /** As far as the generation came. */
  readonly key?: PluginKey;
  /** Known as soon as the key is: what operators gave may be what is wrong. */
  readonly config?: DeclaredConfig;
  readonly mount?: Mount;
}
export type Prepared = { readonly ok: true; readonly generation: Generation } | Refusal;
export type Started = { readonly ok: true; readonly live: LiveMount } | Refusal;

/** One step of a generation's life at a time is owned by its caller: prepare, then exactly one of start, discard. */
export interface Generation {
  readonly key: PluginKey;
  readonly mount: Mount;
  readonly files: readonly string[];
  /** What it says of its configuration, when it does. */
  readonly config: DeclaredConfig | undefined;
  /** Starts the effects in order. When one fails, those before it are undone and the code is let go. */
  start(): Promise<Started>;
  /** Lets go of it without having started it. */
  discard(): Promise<void>;
}

/**
 * Loads a place on the side, up to a Mount that could serve: import, recognise, bind, translate, build. Nothing is
 * left behind when it is refused. `signal` gives it up early; `actor` is whose code it is.
 */
export async function prepareGeneration(
  parts: GenerationParts,
  found: Found,
  number: number,
  signal: AbortSignal,
  actor: Actor = actorNamed(found.place),
): Promise<Prepared> {
  const draft = new Draft(parts, found, number, new StartBudget(parts.startMs, signal), actor);
  try {
    await draft.build();
    return { ok: true, generation: draft.generation() };
  } catch (thrown) {
    return draft.refuse(thrown);
  }
}

class Draft {
  readonly #scope: Scope;
  /** Bound services outlive the moment they are made in, so their signal cannot be the live mount's own. */
  readonly #retiring = new AbortController();
  /** The code is let go of: nothing it began goes on. */
  readonly #released = new AbortController();
  #mapStack = (stack: string) => stack;
  #files: readonly string[] = [];
  #key: PluginKey | undefined;
  #config: DeclaredConfig | undefined;
  #mount: Mount | undefined;
  #services: PluginServices | undefined;
  #live: LiveMount | undefined;

  constructor(
    readonly parts: GenerationParts,
    readonly found: Found,
    readonly number: number,
    readonly budget: StartBudget,
    readonly actor: Actor,
  ) {
    this.#scope = new Scope(actor);
  }

  async build(): Promise<void> {
    const { found, parts, budget, actor } = this;
    const late = new LateServices();
    const source = await budget.run(found.place, 'its import', (signal) => this.#load(late, signal));
    const recognised = callFor(actor, () => this.#recognise(source));
    const { info } = recognised;
    const key = parsePluginKey(`${info.author}.${info.module}`);
    if (key === undefined)
      throw new HostError('plugin/invalid-info', [`${info.author}.${info.module} is no key`]);
    if (key === HOST_KEY) throw new HostError('plugin/reserved-key', [key, found.place]);
    assertPagePlace(info, found);
    this.#key = key;
    this.#config = callFor(actor, () => declaredConfig(recognised.configSchema));
    const services = await this.#provide(recognised, key);
    this.#services = services;
    late.bind(services);
    callFor(actor, () => recognised.bind(services));
    const { revise = (_key, declarations) => declarations, accessIssues } = parts;
    this.#mount = callFor(actor, () =>
      buildMount(key, info, revise(key, recognised.translate()), accessIssues),
    );
    await this.#provideAddresses(this.#mount);
  }

  /** What the plugin is bound to; its configuration is checked, which may take a validator's time. */
  async #provide(recognised: Recognised, key: PluginKey): Promise<PluginServices> {
    return this.budget.run(key, 'its configuration', () =>
      this.parts.services({
        key,
        info: recognised.info,
        actor: this.actor,
        config: this.#config,
        addressOf: recognised.addressOf?.bind(recognised),
        signal: this.#retiring.signal,
        released: this.#released.signal,
        spawn: (work) => this.#spawn(work),
        declaredTasks: () => this.#mount?.tasks ?? [],
        declaredEndpoints: () => this.#mount?.endpoints ?? [],
        declaredSecrets: () => this.#mount && secretsOf(this.#mount),
      }),
    );
  }

  async #provideAddresses(mount: Mount): Promise<void> {
    const { provideAddresses } = this.parts;
    if (provideAddresses === undefined) return;
    await this.budget.run(mount.key, 'its signed addresses', () => provideAddresses(mount));
  }

  generation(): Generation {
    const mount = this.#mount;
    assert(mount !== undefined, 'build() ran');
    return {
      key: mount.key,
      mount,
      files: this.#files,
      config: this.#config,
      start: () => this.#start(mount),
      discard: async () => void (await this.#undo()),
    };
  }

  async refuse(thrown: unknown): Promise<Refusal> {
    const where = this.#key ?? this.found.place;
    const error = isHostError(thrown)
      ? thrown
      : new HostError('plugin/load-failed', [where], { cause: toError(thrown) });
    const failure = toPluginFailure(error, this.#mapStack);
    await this.#undo();
    return {
      ok: false,
      failure,
      ...(this.#key === undefined ? {} : { key: this.#key }),
      ...(this.#config === undefined ? {} : { config: this.#config }),
      ...(this.#mount === undefined ? {} : { mount: this.#mount }),
    };
  }

  /** The loaded code is deferred first: it goes last, after everything that may still need it. */
  async #load(late: LateServices, signal: AbortSignal): Promise<PluginSource> {
    const { id, folder, manifest } = this.found;
    const loadable = await loadableOf(this.found, this.parts.dialects);
    if (loadable === undefined) return { id, folder, manifest };
    const loaded = await this.parts.load(loadable, late, signal, this.actor);
    this.#scope.defer('module', () => {
      this.#released.abort();
      return loaded.dispose();
    });
    this.#mapStack = (stack) => loaded.mapStack(stack);
    this.#files = loaded.files;
    return { id, folder, manifest, module: loaded.module };
  }

  #recognise(source: PluginSource): Recognised {
    for (const dialect of this.parts.dialects) {
      const recognised = dialect.recognise(source);
      if (recognised !== undefined) return recognised;
    }
    throw this.found.entry === undefined
      ? new HostError('plugin/no-entry', [this.found.folder])
      : new HostError('plugin/no-export', [this.found.entry]);
  }

  async #start(mount: Mount): Promise<Started> {
    const logger = this.parts.logger.child({ plugin: mount.key });
    const live = new LiveMount(mount, this.number, this.#scope, logger, this.#mapStack, this.actor);
    live.signal.addEventListener('abort', () => this.#retiring.abort(live.signal.reason), { once: true });
    this.#live = live;
    try {
      for (const effect of [...(await this.#migrations()), ...mount.effects])
        await this.#startEffect(mount.key, effect);
      return { ok: true, live };
    } catch (thrown) {
      return this.refuse(thrown);
    }
  }

  #migrations(): Promise<readonly Effect[]> {
    return migrationsOf(this.found, () => {
      assert(this.#services !== undefined, 'build() ran');
      return this.#services;
    });
  }

  async #startEffect(key: PluginKey, effect: Effect): Promise<void> {
    try {
      await this.budget.run(key, effect.label, () =>
        callFor(this.actor, (scope) => effect.start(scope), this.#scope),
      );
    } catch (thrown) {
      if (isHostError(thrown) && TOLD_AS_IT_IS.has(thrown.code)) throw thrown;
      throw new HostError('plugin/start-failed', [key, effect.label], { cause: toError(thrown) });
    }
  }

  #spawn(work: (signal: AbortSignal) => Awaitable<unknown>): string {
    if (this.#live === undefined) throw new HostError('plugin/start-too-early', ['spawn']);
    return this.#live.spawn(work);
  }

  async #undo(): Promise<void> {
    const why = new Error(`generation ${this.number} was given up`);
    callFor(this.actor, () => this.#retiring.abort(why));
    const failures =
      this.#live === undefined
        ? await this.#scope.dispose('failed')
        : (await this.#live.retire(0, 'failed')).failures;
    for (const { label, error } of failures)
      this.parts.logger.error(`undoing ${label} failed`, {
        plugin: this.#key ?? this.found.place,
        stack: toPluginFailure(error, this.#mapStack).stack,
      });
  }
}

const TOLD_AS_IT_IS: ReadonlySet<string> = new Set([
  'plugin/start-timeout',
  'plugin/superseded',
  'plugin/no-service',
]);
