import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { watch as watchFiles, type FSWatcher } from 'chokidar';
import type { Logger } from 'winston';
import { AwaitedFolder, stands } from './awaited-folder';
import type { PlacedPlugin } from './placed-plugin';
import { isWithin } from './plugin-entry';
import type { Reconciler } from './reconciler';

export interface WatchOptions {
  readonly reconciler: Reconciler;
  /** The plugins folders, absolute. One that is missing is watched from the moment it appears. */
  readonly folders: readonly string[];
  /** Never watched: the host writes there itself. Absolute. */
  readonly data: string;
  readonly logger: Logger;
  /** Milliseconds of quiet before a burst of changes is acted on, no fewer than 60. Default 100. */
  readonly quietMs?: number;
}

/** chokidar tells of the changes of one file once in 50 ms: sooner acted on, the last one might never be seen. */
const LEAST_QUIET_MS = 60;
const SECOND_LOOK_MS = 500;

const IGNORED_SEGMENTS: ReadonlySet<string> = new Set(['node_modules', '.git', '.DS_Store']);

/**
 * Reloads a plugin when a file of it changes, its imports from outside included, and rescans when a plugin appears,
 * vanishes or changes its package.json. Resolves when it is watching. `close` resolves when nothing is watched.
 */
export async function watchPlugins(options: WatchOptions): Promise<Watch> {
  const watch = new Watch(options);
  await watch.ready();
  return watch;
}

export class Watch {
  readonly #quietMs: number;
  readonly #files: FSWatcher;
  /** Of folders that appeared later. */
  readonly #late: FSWatcher[] = [];
  readonly #awaited: AwaitedFolder[];
  readonly #changed = new Set<string>();
  readonly #unsubscribe: () => void;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #isWatching: boolean;

  constructor(readonly options: WatchOptions) {
    this.#quietMs = Math.max(options.quietMs ?? 100, LEAST_QUIET_MS);
    const standing = options.folders.filter(stands);
    this.#isWatching = standing.length > 0;
    this.#files = this.#watch(standing, true);
    this.#awaited = options.folders
      .filter((folder) => !standing.includes(folder))
      .map((folder) => this.#await(folder));
    for (const plugin of options.reconciler.all()) this.#follow(plugin);
    this.#unsubscribe = options.reconciler.onChange((plugin) => this.#follow(plugin));
  }

  async ready(): Promise<void> {
    // Of no files at all it never says that it is ready.
    if (this.#isWatching) await new Promise<void>((resolve) => this.#files.once('ready', resolve));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    clearTimeout(this.#timer);
    for (const folder of this.#awaited) folder.close();
    await Promise.all([this.#files, ...this.#late].map((files) => files.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What of a plugin lies outside the watched folders: a linked or installed place, files it imports. */
  #follow(plugin: PlacedPlugin): void {
    if (this.#closed) return;
    const { folders } = this.options;
    const outside = [plugin.place, ...plugin.files].filter(
      (file) => !folders.some((folder) => isWithin(folder, file)) && !this.#isInstalled(file),
    );
    if (outside.length > 0) this.#add(outside);
  }

  #watch(places: readonly string[], ignoreInitial: boolean): FSWatcher {
    const files = watchFiles([...places], {
      ignoreInitial,
      // A linked plugin is watched at its real place, which is how everything else names it.
      followSymlinks: false,
      ignored: (file) => this.#isIgnored(file),
    });
    files.on('all', (_event, file) => this.#notice(path.resolve(file)));
    const added = new Set<string>();
    let look: NodeJS.Timeout | undefined;
    files.on('addDir', (folder) => {
      added.add(folder);
      clearTimeout(look);
      look = setTimeout(() => void this.#lookAgain(files, added), SECOND_LOOK_MS).unref();
    });
    files.on('error', (error) =>
      this.options.logger.warn(`watching the plugins: ${(error as Error).message}`),
    );
    return files;
  }

  /** What is written after a new folder was read and before it is watched makes no sound: it is looked for. */
  async #lookAgain(files: FSWatcher, added: Set<string>): Promise<void> {
    const folders = [...added];
    added.clear();
    const found = await Promise.all(folders.map((folder) => readdir(folder).catch((): string[] => [])));
    if (this.#closed) return;
    const watched = files.getWatched();
    files.add(
      folders.flatMap((folder, index) => {
        const known = new Set(watched[folder]);
        return (found[index] ?? []).filter((name) => !known.has(name)).map((name) => path.join(folder, name));
      }),
    );
  }

  #await(folder: string): AwaitedFolder {
    return new AwaitedFolder({
      folder,
      appeared: () => {
        // What stands in it is told of too: it may have been written after it was loaded and before it is watched.
        const files = this.#watch([folder], false);
        this.#late.push(files);
        // What was written while a folder was read and not watched yet makes no sound: from here on everything does.
        files.once('ready', () => this.#noticeAll(folder));
        this.#notice(folder);
      },
      failed: (error) => this.options.logger.warn(`waiting for ${folder}: ${error.message}`),
    });
  }

  #noticeAll(folder: string): void {
    if (this.#closed) return;
    this.#notice(folder);
    for (const { place } of this.options.reconciler.all()) if (isWithin(folder, place)) this.#notice(place);
  }

  #add(places: string[]): void {
    this.#isWatching = true;
    this.#files.add(places);
  }

  #isInstalled(file: string): boolean {
    return file.split(path.sep).includes('node_modules');
  }

  #isIgnored(file: string): boolean {
    const { data, folders } = this.options;
    const root = folders.find((folder) => isWithin(folder, file));
    const inner = root === undefined ? path.basename(file) : path.relative(root, file);
    return isWithin(data, file) || inner.split(path.sep).some((segment) => IGNORED_SEGMENTS.has(segment));
  }

  #notice(file: string): void {
    this.#changed.add(file);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#act(), this.#quietMs);
  }

  async #act(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    const { reconciler, logger } = this.options;
    try {
      const before = new Set(reconciler.all());
      if (changed.some((file) => this.#shapesTheList(file))) await reconciler.rescan();
      const touched = reconciler.all().filter((plugin) => before.has(plugin) && isTouched(plugin, changed));
      await Promise.all(touched.filter(isWorthLoading).map((plugin) => plugin.want('live')));
    } catch (error) {
      if (!this.#closed) logger.warn(`after a change of files: ${(error as Error).message}`);
    }
  }

  /** A change that may add, remove or re-describe a plugin, and not only change its code. */
  #shapesTheList(file: string): boolean {
    const isChild = this.options.folders.some((folder) => file === folder || path.dirname(file) === folder);
    const belongs = this.options.reconciler.all().some(({ place }) => isWithin(place, file));
    return isChild || !belongs || path.basename(file) === 'package.json';
  }
}

/** A plugin refused for its key may say another one now. */
function isWorthLoading({ wish, failure }: PlacedPlugin): boolean {
  return wish === 'live' || failure?.code === 'plugin/duplicate-key';
}

function isTouched({ place, files }: PlacedPlugin, changed: readonly string[]): boolean {
  return changed.some((file) => isWithin(place, file) || files.includes(file));
}
