import type { Logger } from 'winston';
import { HostError, toError } from '../core/errors';
import { parsePluginKey, type PluginKey } from '../core/plugin-key';
import type { SharedState, SharedValue } from '../core/ports/shared-state';
import { PluginsFile, type PlaceRecord } from './plugins-file';

export interface WantedStateOptions {
  /** Absolute path of the JSON file of this host; its folder is made when missing. */
  readonly file: string;
  /** What is wanted of each key, by all hosts of the database alike. */
  readonly shared: SharedState;
  /** What a plugin that was never seen is. */
  readonly newPlugins: 'enabled' | 'disabled';
  readonly logger: Logger;
}
/** What is wanted of a plugin. Each reload that was asked for adds one to `reloads`. */
export interface Wanted {
  readonly enabled: boolean;
  readonly reloads: number;
}

/** Where `Wanted` values are among what hosts share, as JSON by plugin key. */
export const WANTED_SPACE = 'plugins';
const TRIES = 20;
const RETRY_AFTER = { 'retry-after': '5' };

/**
 * What operators want of each plugin, shared by the hosts of a database; and which key each place of this host last loaded
 * with, in a file. The file repeats what is wanted, for a database that does not know it yet.
 */
export class WantedState {
  readonly #places: Map<string, PlaceRecord>;
  readonly #file: PluginsFile;
  readonly #noting = new Set<Promise<void>>();
  readonly #unfollow: () => void;

  private constructor(
    readonly options: WantedStateOptions,
    places: ReadonlyMap<string, PlaceRecord>,
  ) {
    this.#places = new Map(places);
    this.#file = new PluginsFile(options.file, () => ({ plugins: this.#known(), places: this.#places }));
    this.#unfollow = options.shared.onChange(WANTED_SPACE, () => this.#repeat());
  }

  /**
   * Reads the file; what it wants of plugins the database knows nothing of is taken over there. One that cannot be
   * understood is moved aside with a warning, never overwritten.
   * @throws inbox/unavailable
   */
  static async open(options: WantedStateOptions): Promise<WantedState> {
    const { file, logger, newPlugins } = options;
    const read = await PluginsFile.read(file, (why, aside) => {
      logger.warn(
        `${file} could not be understood (${why}) and was moved to ${aside}; ` +
          `plugins that are not known otherwise count as new, and new plugins are ${newPlugins}`,
      );
    });
    const state = new WantedState(options, read.places);
    await state.#takeOver(read.plugins);
    return state;
  }

  /** Undefined for a plugin that was never seen. */
  of(key: PluginKey): Wanted | undefined {
    const value = this.valueOf(key);
    return value === undefined ? undefined : toWanted(value);
  }
  valueOf(key: PluginKey): SharedValue | undefined {
    return this.options.shared.get(WANTED_SPACE, key);
  }

  isEnabled(key: PluginKey): boolean {
    return this.of(key)?.enabled ?? this.options.newPlugins === 'enabled';
  }

  /** For a place whose key cannot be known before it is loaded. */
  isPlaceEnabled(place: string): boolean {
    return this.#places.get(place)?.enabled ?? this.options.newPlugins === 'enabled';
  }

  /** The key of the place's last good load. */
  keyOf(place: string): PluginKey | undefined {
    return this.#places.get(place)?.key;
  }

  /**
   * Resolves once every host of the database can see it; whoever changes it at the same time comes before or after. Answers
   * the revision.
   * @throws plugin/change-refused, and nothing has changed
   */
  async change(key: PluginKey, next: (now: Wanted) => Wanted): Promise<number> {
    const { shared } = this.options;
    let cause: unknown;
    try {
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const now = this.valueOf(key);
        const wanted = next(now === undefined ? { enabled: this.isEnabled(key), reloads: 0 } : toWanted(now));
        if (await shared.put(WANTED_SPACE, key, JSON.stringify(wanted), now?.revision ?? 0))
          return this.valueOf(key)?.revision ?? 0;
      }
    } catch (thrown) {
      cause = thrown;
    }
    throw new HostError('plugin/change-refused', [key], { cause, headers: RETRY_AFTER });
  }

  async setEnabled(key: PluginKey, enabled: boolean): Promise<number> {
    return this.change(key, (now) => ({ ...now, enabled }));
  }

  /** Takes a change back that turned out to be about no plugin at all, unless somebody changed it since. Never rejects. */
  async undo(key: PluginKey, revision: number, before: SharedValue | undefined): Promise<void> {
    await this.options.shared.put(WANTED_SPACE, key, before?.value, revision).catch(() => undefined);
  }

  /** For a place without a key; of this host alone. Counts at once; resolves when it is on disk. @throws plugin/state-unsaved */
  async setPlaceEnabled(place: string, enabled: boolean): Promise<void> {
    this.#places.set(place, { ...this.#places.get(place), enabled });
    await this.#file.save(`The plugin in ${place} is ${enabled ? 'enabled' : 'disabled'}`);
  }

  /** True when the plugin `key`, found in `place`, may run: a yes given to the place passes to its new key. */
  admits(place: string, key: PluginKey): boolean {
    return this.of(key)?.enabled ?? this.isPlaceEnabled(place);
  }

  /** Notes which key a place has. With `loaded`, the plugin is no longer new. Failing to write is only logged. */
  remember(place: string, key: PluginKey, loaded: boolean): void {
    if (loaded && this.valueOf(key) === undefined) this.#note(key);
    if (this.#places.get(place)?.key === key) return;
    this.#places.set(place, { key });
    this.#file.save(`Plugin ${key} is known`).catch((error: Error) => {
      this.options.logger.warn(error.message);
    });
  }

  /** Resolves when everything noted so far is stored, or could not be. */
  async flush(): Promise<void> {
    await Promise.all(this.#noting);
    await this.#file.flush();
  }

  /** As `flush`; the file is not written any more. */
  async close(): Promise<void> {
    this.#unfollow();
    await this.flush();
  }

  /** Another host may be first, and may want otherwise. */
  #note(key: PluginKey): void {
    const wanted = JSON.stringify({ enabled: true, reloads: 0 } satisfies Wanted);
    const noting: Promise<void> = this.options.shared.put(WANTED_SPACE, key, wanted, 0).then(
      () => undefined,
      (thrown: unknown) => {
        this.options.logger.warn(
          `that plugin ${key} is known could not be stored: ${toError(thrown).message}`,
        );
      },
    );
    this.#noting.add(noting);
    void noting.finally(() => this.#noting.delete(noting));
  }

  async #takeOver(plugins: ReadonlyMap<PluginKey, boolean>): Promise<void> {
    const { shared, logger, file } = this.options;
    await Promise.all(
      [...plugins].map(async ([key, enabled]) => {
        const known = this.of(key);
        if (known === undefined)
          await shared.put(WANTED_SPACE, key, JSON.stringify({ enabled, reloads: 0 } satisfies Wanted), 0);
        else if (known.enabled !== enabled)
          logger.info(
            `plugin ${key} is ${known.enabled ? 'enabled' : 'disabled'}, as the database has it; ${file} had it otherwise`,
          );
      }),
    );
  }

  /** What is wanted changed. A file that cannot be written is no reason to refuse: it only repeats. */
  #repeat(): void {
    this.#file.save('What is wanted of plugins changed').catch((error: Error) => {
      this.options.logger.warn(error.message);
    });
  }

  /** What is no key the file could not be read with. */
  #known(): ReadonlyMap<string, boolean> {
    const { shared } = this.options;
    const values = shared.list(WANTED_SPACE).filter(({ name }) => parsePluginKey(name) !== undefined);
    return new Map(values.map((value) => [value.name, toWanted(value).enabled]));
  }
}

/** What cannot be understood wants nothing to run. */
function toWanted({ value }: SharedValue): Wanted {
  try {
    const { enabled, reloads } = JSON.parse(value) as Partial<Record<keyof Wanted, unknown>>;
    return { enabled: enabled === true, reloads: typeof reloads === 'number' ? reloads : 0 };
  } catch {
    return { enabled: false, reloads: 0 };
  }
}
