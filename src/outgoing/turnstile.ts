/** Lets so many through at once; further ones wait in order, and beyond `mostWaiting` are turned away. */
export class Turnstile {
  #inside = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    readonly most: number,
    readonly mostWaiting: number,
  ) {}

  /** False when too many wait. Rejects with the signal's reason when that aborts first. */
  async enter(signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    if (this.#inside < this.most) {
      this.#inside += 1;
      return true;
    }
    if (this.#waiting.length >= this.mostWaiting) return false;
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject(signal.reason as Error);
      };
      this.#waiting.push(turn);
      signal.addEventListener('abort', leave, { once: true });
    });
    return true;
  }

  /** Once for each `enter` that was true: the place is the next one's. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#inside -= 1;
    else next();
  }
}
