const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** How much waited at the end of each minute of a day. */
export class BacklogSeries {
  /** By number of the minute, ascending but for a clock that was put back. */
  readonly #minutes = new Map<number, number>();

  add(at: number, due: number): void {
    const minute = Math.floor(at / MINUTE_MS);
    this.#minutes.delete(minute);
    this.#minutes.set(minute, due);
    const [oldest] = this.#minutes.keys();
    if (this.#minutes.size > DAY_MINUTES && oldest !== undefined) this.#minutes.delete(oldest);
  }

  /** The last that is known of each step; undefined where nothing is. */
  at(times: readonly number[], stepMs: number): (number | undefined)[] {
    return times.map((from) => {
      const first = Math.floor(from / MINUTE_MS);
      for (let minute = first + stepMs / MINUTE_MS - 1; minute >= first; minute -= 1)
        if (this.#minutes.has(minute)) return this.#minutes.get(minute);
      return undefined;
    });
  }
}
