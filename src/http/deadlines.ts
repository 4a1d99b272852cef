/** What is told when its time is up. */
export interface Timed {
  /** Turn of the sweep after which the time is up; owned by the sweep. */
  dueTurn: number;
  timedOut(): void;
}

const TURN_MS = 100;

/**
 * Deadlines of pending answers, by one coarse timer for all: a timer per request would cost more than the request.
 * Late by at most 200 ms, never early. The timer runs only while something is pending.
 */
export class Deadlines {
  readonly #pending = new Set<Timed>();
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;

  add(timed: Timed, timeoutMs: number): void {
    timed.dueTurn = this.#turn + Math.ceil(timeoutMs / TURN_MS) + 1;
    this.#pending.add(timed);
    this.#timer ??= setInterval(() => this.#sweep(), TURN_MS).unref();
  }

  remove(timed: Timed): void {
    this.#pending.delete(timed);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #sweep(): void {
    this.#turn += 1;
    for (const timed of this.#pending) {
      if (timed.dueTurn > this.#turn) continue;
      this.#pending.delete(timed);
      timed.timedOut();
    }
    if (this.#pending.size === 0) this.stop();
  }
}
