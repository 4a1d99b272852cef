import { statSync, watch, type FSWatcher } from 'node:fs';
import path from 'node:path';

export interface AwaitedFolderOptions {
  /** Absolute. */
  readonly folder: string;
  /** Called once, when the folder stands; at once if it already does. */
  readonly appeared: () => void;
  /** What stands above it cannot be watched; nothing is called any more. */
  readonly failed: (error: Error) => void;
}

/** True when anything stands at `place`, a link's target counted and not the link. */
export function stands(place: string): boolean {
  try {
    statSync(place);
    return true;
  } catch {
    return false;
  }
}

const LOOK_MS = 1_000;

/**
 * Waits for a folder that is missing, however many of the folders above it are missing too: watches the nearest one
 * that stands, and moves down or up as they come and go. Nothing is watched once it appeared or was closed.
 */
export class AwaitedFolder {
  readonly #timer: NodeJS.Timeout;
  #watcher: FSWatcher | undefined;
  #watched: string | undefined;
  #isOver = false;

  constructor(readonly options: AwaitedFolderOptions) {
    // Some file systems do not tell of changes.
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
    this.#look();
  }

  close(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#watcher?.close();
  }

  /** Looks again after it began to watch: what was made in between would make no sound. */
  #look(): void {
    while (!this.#isOver) {
      const { folder, appeared } = this.options;
      const nearest = nearestStanding(folder);
      if (nearest === folder) {
        this.close();
        appeared();
        return;
      }
      if (nearest === this.#watched) return;
      this.#watch(nearest);
    }
  }

  #watch(place: string): void {
    this.#watcher?.close();
    this.#watched = undefined;
    try {
      this.#watcher = watch(place, () => {
        // Watched anew: what stands there now may be another folder of the same name, even of the same inode.
        this.#watched = undefined;
        this.#look();
      });
      this.#watcher.once('error', (error) => this.#fail(error));
      this.#watched = place;
    } catch (thrown) {
      const error = thrown as NodeJS.ErrnoException;
      // Gone since it was looked at: the next look finds what stands now.
      if (error.code !== 'ENOENT') this.#fail(error);
    }
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.close();
    this.options.failed(error);
  }
}

function nearestStanding(place: string): string {
  let nearest = place;
  while (!stands(nearest) && path.dirname(nearest) !== nearest) nearest = path.dirname(nearest);
  return nearest;
}
