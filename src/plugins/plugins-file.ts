import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { HostError } from '../core/errors';
import { parsePluginKey, type PluginKey } from '../core/plugin-key';

/** What a host remembers of a place: the key of its last good load. */
export interface PlaceRecord {
  readonly key?: PluginKey;
  /** Decided while the key was unknown. */
  readonly enabled?: boolean;
}
export interface PluginsRecord<Key extends string = string> {
  /** Whether it is enabled, by key. */
  readonly plugins: ReadonlyMap<Key, boolean>;
  /** By path. */
  readonly places: ReadonlyMap<string, PlaceRecord>;
}

/** `plugins.json`: written as a whole, each time something changed. */
export class PluginsFile {
  #dirty = false;
  #saving: Promise<void> | undefined;

  constructor(
    private readonly file: string,
    /** What is to be in it now. */
    private readonly current: () => PluginsRecord,
  ) {}

  /** Empty when there is none. One that cannot be understood is moved aside, and that is told. */
  static async read(
    file: string,
    onUnreadable: (why: string, aside: string) => void,
  ): Promise<PluginsRecord<PluginKey>> {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        return { plugins: new Map(), places: new Map() };
      throw error;
    }
    try {
      return parse(JSON.parse(text));
    } catch (error) {
      const aside = `${file}.unreadable-${Date.now()}`;
      await rename(file, aside);
      onUnreadable((error as Error).message, aside);
      return { plugins: new Map(), places: new Map() };
    }
  }

  /** One write at a time; what changes meanwhile shares the next. @throws plugin/state-unsaved */
  async save(what: string): Promise<void> {
    this.#dirty = true;
    this.#saving ??= this.#write();
    try {
      await this.#saving;
    } catch (error) {
      throw new HostError('plugin/state-unsaved', [what, this.file], { cause: error });
    }
  }

  /** Resolves when nothing is being written. */
  async flush(): Promise<void> {
    await this.#saving?.catch(() => undefined);
  }

  async #write(): Promise<void> {
    try {
      await mkdir(path.dirname(this.file), { recursive: true });
      while (this.#dirty) {
        this.#dirty = false;
        await replaceFile(this.file, `${JSON.stringify(toJson(this.current()), undefined, 2)}\n`);
      }
    } finally {
      this.#saving = undefined;
    }
  }
}

function toJson({ plugins, places }: PluginsRecord): unknown {
  const sorted = <T>(entries: ReadonlyMap<string, T>) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    version: 1,
    plugins: Object.fromEntries(sorted(plugins).map(([key, enabled]) => [key, { enabled }])),
    places: Object.fromEntries(sorted(places)),
  };
}

function parse(value: unknown): PluginsRecord<PluginKey> {
  const root = record(value, 'the file');
  if (root['version'] !== 1) throw new Error('its version is not 1');
  const plugins = new Map<PluginKey, boolean>();
  for (const [text, entry] of Object.entries(record(root['plugins'], 'plugins')))
    plugins.set(keyFrom(text), booleanFrom(record(entry, text)['enabled'], text));
  const places = new Map<string, PlaceRecord>();
  for (const [place, entry] of Object.entries(record(root['places'], 'places'))) {
    const { key, enabled } = record(entry, place);
    places.set(place, {
      ...(key === undefined ? {} : { key: keyFrom(key) }),
      ...(enabled === undefined ? {} : { enabled: booleanFrom(enabled, place) }),
    });
  }
  return { plugins, places };
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
