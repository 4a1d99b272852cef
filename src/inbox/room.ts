import type { InboxSettings } from '../core/settings';
import type { Workable } from './attempt';

/** How many jobs more this host may work: of a task, of a plugin, in all. */
export class Room {
  #all = 0;
  readonly #ofPlugin = new Map<string, number>();
  readonly #ofTask = new Map<number, number>();

  constructor(private readonly limits: InboxSettings) {}

  left({ taskId, name, concurrency }: Workable): number {
    return Math.min(
      this.limits.concurrency - this.#all,
      this.limits.pluginConcurrency - (this.#ofPlugin.get(name.plugin) ?? 0),
      concurrency - (this.#ofTask.get(taskId) ?? 0),
    );
  }

  /** `count` may be negative: room given back. */
  take(taskId: number, plugin: string, count: number): void {
    this.#all += count;
    add(this.#ofPlugin, plugin, count);
    add(this.#ofTask, taskId, count);
  }
}

function add<K>(counts: Map<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
