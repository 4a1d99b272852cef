import type { Logger } from 'winston';
import type { Actor } from '../core/actor';
import { HostError } from '../core/errors';
import type { LiveMount } from '../core/live-mount';
import type { Mount } from '../core/mount';
import type { MountTable } from '../core/mount-table';
import type { PluginKey } from '../core/plugin-key';
import type { DeclaredConfig } from '../core/ports/plugin-config';
import type { PluginFailure, PluginState } from '../core/ports/plugin-registry';
import type { RetireReason } from '../core/scope';
import { rediscover, type Found } from './discover';
import { prepareGeneration, type Generation, type GenerationParts, type Refusal } from './generation';
import type { KeyClaims } from './key-claims';
import type { LoadGate } from './load-gate';
import { toPluginFailure } from './plugin-failure';
import type { Retirements } from './retirements';
import type { WantedState } from './wanted-state';
import { WishLoop } from './wish-loop';

/** `refused`: another place has the key. */
export type Wish = 'live' | 'disabled' | 'refused' | 'removed' | 'stopped';

const REASONS: Readonly<Record<Exclude<Wish, 'live'>, RetireReason>> = {
  disabled: 'disable',
  refused: 'remove',
  removed: 'remove',
  stopped: 'shutdown',
};

/** What the plugins of one host share. */
export interface Surroundings {
  readonly generations: GenerationParts;
  readonly table: MountTable;
  readonly wanted: WantedState;
  readonly claims: KeyClaims<PlacedPlugin>;
  readonly gate: LoadGate;
  readonly retirements: Retirements;
  readonly logger: Logger;
  /** Called after each transition. */
  changed(plugin: PlacedPlugin): void;
}

/**
 * One place and the plugin in it. States: loading → live or failed; live → live (reload, whether or not it worked);
 * any → disabled; disabled or failed → loading. Only the last wish counts, and one transition runs at a time.
 * A plugin that changes its key moves: it takes the new key's seat, then the old one is as if it had never been.
 */
export class PlacedPlugin implements Actor {
  /** What the place says its key is; another place may have the key (`owns`). */
  key: PluginKey | undefined;
  live: LiveMount | undefined;
  failure: PluginFailure | undefined;
  /** What the code that was loaded last says of its configuration, also where it failed for it. */
  config: DeclaredConfig | undefined;
  state: PluginState = 'loading';
  /** Of the last good load, absolute. */
  files: readonly string[] = [];
  readonly #loop: WishLoop<Wish>;
  #lastNumber = 0;
  /** What it would serve, while it does not. */
  #absent: Mount | undefined;

  constructor(
    public found: Found,
    /** Position among all places; the lower one keeps a key both claim. */
    public order: number,
    /** The scan that found it. */
    readonly scan: number,
    readonly around: Surroundings,
    initial: Wish,
  ) {
    this.#loop = new WishLoop(initial, (wish, signal) => this.#work(wish, signal));
    if (initial === 'disabled') this.state = 'disabled';
  }

  get place(): string {
    return this.found.place;
  }
  get name(): string {
    return this.key ?? this.place;
  }
  mapStack(stack: string): string {
    return this.live?.mapStack(stack) ?? stack;
  }
  get wish(): Wish {
    return this.#loop.wish;
  }
  /** True when the key's seat in the table is this plugin's to set. */
  get owns(): boolean {
    return this.around.claims.ownerOf(this.key) === this;
  }

  /** Resolves when the wish, or a later one, has come true or failed. Going away is seen by requests at once. */
  async want(wish: Wish): Promise<void> {
    if (wish === 'disabled' || wish === 'removed') this.#leaveTable();
    if (wish === 'disabled') this.state = 'disabled';
    if (wish === 'removed') this.around.claims.release(this.key, this);
    if (wish === 'live') this.#announce();
    if (wish === 'live' && this.state === 'disabled') this.state = 'loading';
    await this.#loop.want(wish);
  }

  /** Resolves when every wish has come true or failed. */
  idle(): Promise<void> {
    return this.#loop.idle();
  }

  /** Another place has the key this one says. */
  refuse(key: PluginKey, keeper: PlacedPlugin): void {
    this.key = key;
    const error = new HostError('plugin/duplicate-key', [key, keeper.place, this.place]);
    this.failure = toPluginFailure(error);
    this.state = 'failed';
    this.around.logger.error(error.message, { plugin: key });
  }

  /** The seat says "starting" until the first generation is up; an old one that is not seated gets its seat back. */
  #announce(): void {
    const { key, live } = this;
    if (key === undefined || !this.owns || this.around.table.get(key)?.live !== undefined) return;
    if (live !== undefined && !live.signal.aborted) this.around.table.swap(key, live);
    else this.#vacate(key, 'starting');
  }

  async #work(wish: Wish, signal: AbortSignal): Promise<void> {
    try {
      await (wish === 'live' ? this.#rise(signal) : this.#fall(wish));
    } catch (thrown) {
      // Not the plugin's doing: whatever the seat says stays, and the next wish tries again.
      this.failure = toPluginFailure(thrown);
      this.state = this.live === undefined ? 'failed' : 'live';
      this.around.logger.error(this.failure.message, { plugin: this.key, stack: this.failure.stack });
    }
    this.around.changed(this);
  }

  async #fall(wish: Exclude<Wish, 'live'>): Promise<void> {
    const { live } = this;
    this.live = undefined;
    this.#absent = undefined;
    if (wish === 'disabled') {
      this.failure = undefined;
      this.state = 'disabled';
    }
    if (wish !== 'stopped') this.#leaveTable();
    if (wish === 'removed') this.around.claims.release(this.key, this);
    if (live !== undefined) await this.around.retirements.retire(live, REASONS[wish]);
    if (live !== undefined) live.logger.info(`generation ${live.generation} ended: ${REASONS[wish]}`);
  }

  async #rise(signal: AbortSignal): Promise<void> {
    this.state = this.live === undefined ? 'loading' : 'live';
    this.#announce();
    await this.around.gate.run(async () => {
      if (signal.aborted) return;
      this.found = await rediscover(this.found);
      const number = this.#lastNumber + 1;
      const prepared = await prepareGeneration(this.around.generations, this.found, number, signal, this);
      if (!prepared.ok) return signal.aborted ? undefined : this.#fail(prepared);
      const { generation } = prepared;
      if (!signal.aborted) this.config = generation.config;
      if (signal.aborted || !(await this.#admit(generation))) return generation.discard();
      await this.#start(generation, signal);
    });
  }

  /** Whether this key may run, here. Takes the key. */
  async #admit({ key, mount }: Generation): Promise<boolean> {
    const { wanted, claims } = this.around;
    const { keeper, evicted } = claims.claim(key, this);
    if (keeper !== undefined) {
      const error = new HostError('plugin/duplicate-key', [key, keeper.place, this.place]);
      this.#fail({ ok: false, failure: toPluginFailure(error), key });
      return false;
    }
    if (evicted !== undefined) {
      evicted.refuse(key, this);
      this.around.table.vacate(key, { key, why: 'starting', mount });
      void evicted.want('refused');
    }
    if (wanted.admits(this.place, key)) return true;
    this.#moveTo(key);
    wanted.remember(this.place, key, false);
    await this.#fall('disabled');
    return false;
  }

  async #start(generation: Generation, signal: AbortSignal): Promise<void> {
    const { key, mount } = generation;
    const old = this.live;
    if (old !== undefined && (mount.info.exclusive === true || old.mount.info.exclusive === true)) {
      this.live = undefined;
      this.#absent = old.mount;
      this.state = 'loading';
      if (this.key !== undefined) this.#vacate(this.key, 'starting');
      await this.around.retirements.retire(old, 'reload');
    }
    const started = await generation.start();
    if (started.ok && signal.aborted) await this.around.retirements.retire(started.live, 'failed');
    if (signal.aborted) {
      if (key !== this.key) this.around.claims.release(key, this);
    } else if (started.ok) this.#seat(started.live, generation);
    else this.#fail(started);
  }

  /** The swap: one synchronous step, after which no request enters the previous generation. */
  #seat(live: LiveMount, { key, files }: Generation): void {
    const previous = this.live;
    const reason = this.key === key ? 'reload' : 'remove';
    this.live = live;
    this.files = files;
    this.failure = undefined;
    this.#absent = undefined;
    this.state = 'live';
    this.#lastNumber = live.generation;
    this.around.table.swap(key, live);
    this.#moveTo(key);
    if (previous !== undefined) void this.around.retirements.retire(previous, reason);
    this.around.wanted.remember(this.place, key, true);
    live.logger.info(`generation ${live.generation} is live`);
  }

  /** A live generation serves on; without one the seat, if the key is known, says "failed". */
  #fail({ failure, key, mount, config }: Refusal): void {
    this.failure = failure;
    this.config = config ?? this.config;
    const still = this.live === undefined ? '' : ` (generation ${this.live.generation} serves on)`;
    this.around.logger.error(`${failure.message}${still}`, {
      plugin: this.key ?? key ?? this.place,
      stack: failure.stack,
    });
    if (this.live !== undefined) {
      if (key !== this.key && key !== undefined) this.around.claims.release(key, this);
      this.#announce();
      return;
    }
    this.state = 'failed';
    if (key !== undefined) this.#moveTo(key);
    this.#absent = mount ?? this.#absent;
    if (this.key !== undefined && this.owns) this.#vacate(this.key, 'failed');
  }

  /** Leaves the seat of the key it had, and takes `key` if it is free. */
  #moveTo(key: PluginKey): void {
    const had = this.key;
    if (had === key) return;
    this.around.claims.claim(key, this);
    this.#leaveTable();
    this.key = key;
    this.around.claims.release(had, this);
  }

  #leaveTable(): void {
    if (this.key !== undefined && this.owns) this.around.table.remove(this.key);
  }

  #vacate(key: PluginKey, why: 'failed' | 'starting'): void {
    const mount = this.#absent;
    if (mount !== undefined) {
      this.around.table.vacate(key, { key, why, mount });
      return;
    }
    const { dialects } = this.around.generations;
    const bases = dialects.flatMap((dialect) => dialect.basesOf?.(this.found, key) ?? []);
    this.around.table.vacate(key, { key, why, bases });
  }
}
