import { callFor } from '../../core/actor';
import type { Tool } from '../../core/declaration';
import { HostError } from '../../core/errors';
import type { LeaseHolder, LiveMount } from '../../core/live-mount';
import type { RetireReason } from '../../core/scope';

/** Why a call is given up before its code is done. */
type GivenUp = 'timed-out' | 'cancelled' | 'retired';

/**
 * One call of a tool, from the lease it takes to the lease it gives back. A generation that retires waits for it; what takes
 * too long is given up: its signal aborts, the caller is told, and the lease goes, whatever the code still does.
 */
export class OpenCall implements LeaseHolder {
  previousHolder: LeaseHolder | undefined = undefined;
  nextHolder: LeaseHolder | undefined = undefined;
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #cancel = () => this.#giveUp('cancelled');
  readonly #givenUp: Promise<never>;
  #reject: (error: Error) => void = () => undefined;

  constructor(
    private readonly live: LiveMount,
    private readonly tool: Tool,
    private readonly timeoutMs: number,
    private readonly caller: AbortSignal | undefined,
  ) {
    this.#givenUp = new Promise<never>((_resolve, reject) => (this.#reject = reject));
    // Given up after the code was done, or before anybody waits: nobody is to hear of it.
    this.#givenUp.catch(() => undefined);
    live.enter(this);
    this.#timer = setTimeout(() => this.#giveUp('timed-out'), timeoutMs);
    if (caller?.aborted === true) this.#giveUp('cancelled');
    else caller?.addEventListener('abort', this.#cancel, { once: true });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** What `work` gives, unless the call is given up first. Called once. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    try {
      if (this.signal.aborted) return await this.#givenUp;
      return await Promise.race([work(), this.#givenUp]);
    } finally {
      clearTimeout(this.#timer);
      this.caller?.removeEventListener('abort', this.#cancel);
      this.live.leave(this);
    }
  }

  /** Nothing is asked of it yet: there is time to drain. */
  retiring(_reason: RetireReason): void {}
  expired(): void {
    this.#giveUp('retired');
  }

  #giveUp(why: GivenUp): void {
    if (this.#abort.signal.aborted) return;
    const error = this.#errorOf(why);
    this.#reject(error);
    // Whoever listens is the plugin's code.
    callFor(this.live.actor, () => this.#abort.abort(error));
  }

  #errorOf(why: GivenUp): HostError {
    const { key } = this.live.mount;
    const { name } = this.tool;
    if (why === 'timed-out') return new HostError('tools/timeout', [key, name, this.timeoutMs]);
    if (why === 'cancelled') return new HostError('tools/cancelled', [key, name]);
    return new HostError('tools/not-served', [key, name, 'being taken down']);
  }
}
