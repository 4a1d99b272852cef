/**
 * Lets `width` pieces of work go on at once, first come first served. Work that takes longer than `holdMs` keeps
 * going but gives its place up: plugins that wait for something must not make all others wait.
 */
export class LoadGate {
  #inside = 0;
  readonly #queue: (() => void)[] = [];

  constructor(
    readonly width: number,
    readonly holdMs: number,
  ) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside < this.width) this.#inside += 1;
    else await new Promise<void>((enter) => this.#queue.push(enter));
    let inside = true;
    const leave = () => {
      if (!inside) return;
      inside = false;
      const next = this.#queue.shift();
      if (next === undefined) this.#inside -= 1;
      else next();
    };
    const timer = setTimeout(leave, this.holdMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      leave();
    }
  }
}
