/** Work on one thing, one piece after the other. What nobody works on takes no room. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `work` once what was asked for the same `thing` before is over, however it ended. */
  async take<T>(thing: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(thing);
    const mine = before === undefined ? work() : before.then(work, work);
    this.#last.set(thing, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(thing) === mine) this.#last.delete(thing);
    }
  }
}
