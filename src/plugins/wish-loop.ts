/**
 * Level-triggered work towards the last wish. Idle → working(wish) → idle; wishes made while working only move the
 * goal: those in between are never worked, and everyone who wished hears when the last one is done.
 */
export class WishLoop<W> {
  #wish: W;
  #made = 0;
  #done = 0;
  #working: { readonly wish: W; readonly attempt: AbortController } | undefined;
  #loop: Promise<void> | undefined;
  readonly #waiting: { readonly made: number; readonly resolve: () => void }[] = [];

  constructor(
    initial: W,
    /** Makes the wish true, whatever was true before. Never rejects. Its signal aborts when another wish is made. */
    readonly work: (wish: W, signal: AbortSignal) => Promise<void>,
  ) {
    this.#wish = initial;
  }

  get wish(): W {
    return this.#wish;
  }

  /** Resolves when nothing is being worked. */
  async idle(): Promise<void> {
    await this.#loop;
  }

  /** Resolves when work begun after this call is done; the same wish again is worked again. */
  want(wish: W): Promise<void> {
    this.#wish = wish;
    this.#made += 1;
    if (this.#working !== undefined && this.#working.wish !== wish) this.#working.attempt.abort();
    const made = this.#made;
    const heard = new Promise<void>((resolve) => this.#waiting.push({ made, resolve }));
    this.#loop ??= this.#run();
    return heard;
  }

  async #run(): Promise<void> {
    // Wishes of one turn count as one.
    await Promise.resolve();
    while (this.#done < this.#made) {
      const goal = this.#made;
      const attempt = new AbortController();
      this.#working = { wish: this.#wish, attempt };
      await this.work(this.#wish, attempt.signal);
      this.#working = undefined;
      if (!attempt.signal.aborted) this.#settle(goal);
    }
    this.#loop = undefined;
  }

  #settle(goal: number): void {
    this.#done = goal;
    while (this.#waiting[0] !== undefined && this.#waiting[0].made <= goal) this.#waiting.shift()?.resolve();
  }
}
