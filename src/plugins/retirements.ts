import type { LiveMount } from '../core/live-mount';
import type { RetireReason } from '../core/scope';
import { toPluginFailure } from './plugin-failure';

/** Generations on their way out: how long they may take, and who is still at it. */
export class Retirements {
  readonly #open = new Set<Promise<void>>();
  #drainMs: number;

  constructor(drainMs: number) {
    this.#drainMs = drainMs;
  }

  /** From now on nobody drains longer than this. */
  hurry(drainMs: number): void {
    this.#drainMs = Math.min(this.#drainMs, drainMs);
  }

  /** Resolves when it is gone; never rejects. What was overdue or failed is logged with the plugin's key. */
  retire(live: LiveMount, reason: RetireReason): Promise<void> {
    const done = this.#retire(live, reason).finally(() => this.#open.delete(done));
    this.#open.add(done);
    return done;
  }

  /** Resolves when all that were going are gone. */
  async settled(): Promise<void> {
    await Promise.all(this.#open);
  }

  async #retire(live: LiveMount, reason: RetireReason): Promise<void> {
    const { overdue, failures } = await live.retire(this.#drainMs, reason);
    if (overdue > 0)
      live.logger.warn(
        `generation ${live.generation} was closed with ${overdue} requests or works still open after ${this.#drainMs} ms`,
      );
    for (const { label, error } of failures) {
      const { message, stack } = toPluginFailure(error, live.mapStack);
      live.logger.error(`generation ${live.generation}: undoing ${label} failed: ${message}`, { stack });
    }
  }
}
