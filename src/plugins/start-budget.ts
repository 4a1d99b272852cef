import type { Awaitable } from '../core/exchange';
import { HostError } from '../core/errors';

/** The time one generation may take to come up, shared by its import and all its effects. */
export class StartBudget {
  #leftMs: number;

  constructor(
    /** Milliseconds; time between two steps is not counted. */
    readonly totalMs: number,
    /** Aborts when the generation is no longer wanted. */
    readonly wanted: AbortSignal,
  ) {
    this.#leftMs = totalMs;
  }

  /**
   * What `step` resolves to. A step that was given up goes on unheard, its signal aborted.
   * @throws plugin/start-timeout naming `label`, plugin/superseded, or what the step throws
   */
  async run<T>(name: string, label: string, step: (signal: AbortSignal) => Awaitable<T>): Promise<T> {
    if (this.wanted.aborted) throw new HostError('plugin/superseded', [name]);
    const begun = performance.now();
    const given = new AbortController();
    let giveUp: (reason: HostError) => void = () => undefined;
    const cut = new Promise<never>((_resolve, reject) => {
      giveUp = (reason) => {
        given.abort(reason);
        reject(reason);
      };
    });
    const late = () => giveUp(new HostError('plugin/start-timeout', [name, label, this.totalMs]));
    const unwanted = () => giveUp(new HostError('plugin/superseded', [name]));
    const timer = setTimeout(late, Math.max(0, this.#leftMs));
    this.wanted.addEventListener('abort', unwanted, { once: true });
    try {
      return await Promise.race([(async () => step(given.signal))(), cut]);
    } finally {
      clearTimeout(timer);
      this.wanted.removeEventListener('abort', unwanted);
      this.#leftMs -= performance.now() - begun;
    }
  }
}
