import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'winston';
import { HostError } from '../core/errors';
import { parsePluginKey, type PluginKey } from '../core/plugin-key';

export interface WantedStateOptions {
  /** Absolute path of the JSON file; its folder is made when missing. */
  readonly file: string;
  /** What a plugin that was never seen is. */
  readonly newPlugins: 'enabled' | 'disabled';
  readonly logger: Logger;
}
interface PlaceRecord {
  key?: PluginKey;
  /** Decided while the key was unknown. */
  enabled?: boolean;
}

/** What operators want of each plugin, and which key each place last loaded with. Survives restarts and crashes. */
export class WantedState {
  readonly #plugins = new Map<PluginKey, boolean>();
  readonly #places = new Map<string, PlaceRecord>();
  #dirty = false;
  #saving: Promise<void> | undefined;

  private constructor(readonly options: WantedStateOptions) {}

  /** Reads the file. One that cannot be understood is moved aside with a warning, never overwritten. */
  static async open(options: WantedStateOptions): Promise<WantedState> {
    const state = new WantedState(options);
    let text: string;
    try {
      text = await readFile(options.file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return state;
      throw error;
    }
    try {
      state.#parse(JSON.parse(text));
    } catch (error) {
      state.#plugins.clear();
      state.#places.clear();
      const aside = `${options.file}.unreadable-${Date.now()}`;
      await rename(options.file, aside);
      options.logger.warn(
        `${options.file} could not be understood (${(error as Error).message}) and was moved to ${aside}; ` +
          `every plugin counts as new, and new plugins are ${options.newPlugins}`,
      );
    }
    return state;
  }

  isEnabled(key: PluginKey): boolean {
    return this.#plugins.get(key) ?? this.options.newPlugins === 'enabled';
  }

  /** For a place whose key cannot be known before it is loaded. */
  isPlaceEnabled(place: string): boolean {
    return this.#places.get(place)?.enabled ?? this.options.newPlugins === 'enabled';
  }

  /** The key of the place's last good load. */
  keyOf(place: string): PluginKey | undefined {
    return this.#places.get(place)?.key;
  }

  /** Counts at once; resolves when it is on disk. @throws plugin/state-unsaved */
  async setEnabled(key: PluginKey, enabled: boolean): Promise<void> {
    this.#plugins.set(key, enabled);
    await this.#save(`Plugin ${key} is ${enabled ? 'enabled' : 'disabled'}`);
  }

  /** As `setEnabled`, for a place without a key. @throws plugin/state-unsaved */
  async setPlaceEnabled(place: string, enabled: boolean): Promise<void> {
    this.#places.set(place, { ...this.#places.get(place), enabled });
    await this.#save(`The plugin in ${place} is ${enabled ? 'enabled' : 'disabled'}`);
  }

  /** True when the plugin `key`, found in `place`, may run: a yes given to the place passes to its new key. */
  admits(place: string, key: PluginKey): boolean {
    return this.#plugins.get(key) ?? this.isPlaceEnabled(place);
  }

  /** Notes which key a place has. With `loaded`, the plugin is no longer new. Failing to write is only logged. */
  remember(place: string, key: PluginKey, loaded: boolean): void {
    const known = this.#places.get(place)?.key === key && (!loaded || this.#plugins.has(key));
    if (known) return;
    this.#places.set(place, { key });
    if (loaded && !this.#plugins.has(key)) this.#plugins.set(key, true);
    this.#save(`Plugin ${key} is known`).catch((error: Error) => {
      this.options.logger.warn(error.message);
    });
  }

  /** Resolves when everything noted so far is on disk, or could not be written. */
  async flush(): Promise<void> {
    await this.#saving?.catch(() => undefined);
  }

  /** One write at a time; what changes meanwhile shares the next. */
  async #save(what: string): Promise<void> {
    this.#dirty = true;
    this.#saving ??= this.#write();
    try {
      await this.#saving;
    } catch (error) {
      throw new HostError('plugin/state-unsaved', [what, this.options.file], { cause: error });
    }
  }

  async #write(): Promise<void> {
    try {
      await mkdir(path.dirname(this.options.file), { recursive: true });
      while (this.#dirty) {
        this.#dirty = false;
        await replaceFile(this.options.file, `${JSON.stringify(this.#toJson(), undefined, 2)}\n`);
      }
    } finally {
      this.#saving = undefined;
    }
  }

  #toJson(): unknown {
    const plugins = [...this.#plugins].sort().map(([key, enabled]) => [key, { enabled }] as const);
    return {
      version: 1,
      plugins: Object.fromEntries(plugins),
      places: Object.fromEntries([...this.#places].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }

  #parse(value: unknown): void {
    const root = record(value, 'the file');
    if (root['version'] !== 1) throw new Error('its version is not 1');
    for (const [text, entry] of Object.entries(record(root['plugins'], 'plugins')))
      this.#plugins.set(keyFrom(text), booleanFrom(record(entry, text)['enabled'], text));
    for (const [place, entry] of Object.entries(record(root['places'], 'places'))) {
      const { key, enabled } = record(entry, place);
      this.#places.set(place, {
        ...(key === undefined ? {} : { key: keyFrom(key) }),
        ...(enabled === undefined ? {} : { enabled: booleanFrom(enabled, place) }),
      });
    }
  }
}

/** All or nothing: a crash leaves the old file or the new one. */
async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const folder = await open(path.dirname(file), 'r');
  await folder.sync().finally(() => folder.close());
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${what} is not an object`);
  return value as Record<string, unknown>;
}
function booleanFrom(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw new Error(`${what}: enabled is neither true nor false`);
  return value;
}
function keyFrom(value: unknown): PluginKey {
  const key = typeof value === 'string' ? parsePluginKey(value) : undefined;
  if (key === undefined) throw new Error(`${String(value)} is no plugin key`);
  return key;
}
