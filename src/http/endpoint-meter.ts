import { bucketOf, BUCKETS } from './latency-buckets';
import { noCounts, StepRing, type StepCounts } from './measuring-steps';

/** 1xx to 5xx. */
const CLASSES = 5;
const CELLS = CLASSES + BUCKETS;
const MINUTE_MS = 60_000;
const LONG_MS = 600_000;
/** An hour in minutes and a day in tens of them; the step that is not over is none of these. */
const MINUTES = 60;
const LONG_STEPS = 144;

/** What answers at one endpoint: counted in place, so that a request makes nothing. */
export class EndpointMeter {
  /** Epoch ms of the last answer. */
  lastAt = 0;
  /** Something was counted in the step that is not over. */
  isTouched = false;
  /** Dropped: whoever still holds it asks for another. */
  isGone = false;
  readonly #now = new Uint32Array(CELLS);
  readonly #before = new Float64Array(CELLS);
  #sumMs = 0;
  readonly #minutes = new StepRing(MINUTE_MS, MINUTES);
  readonly #long = new StepRing(LONG_MS, LONG_STEPS);

  constructor(
    readonly plugin: string,
    /** As `POST /path`. */
    readonly name: string,
  ) {}

  /** Counts one answer; without `ms` its duration says nothing, as of a stream. */
  count(status: number, ms: number | undefined, at: number): void {
    const cells = this.#now;
    const group = status >= 100 && status < 600 ? ((status / 100) | 0) - 1 : CLASSES - 1;
    cells[group] = (cells[group] as number) + 1;
    if (ms !== undefined) {
      const cell = CLASSES + bucketOf(ms);
      cells[cell] = (cells[cell] as number) + 1;
      this.#sumMs += ms;
    }
    this.lastAt = at;
  }

  /** The minute with this number is over: what was counted in it is kept as a step. */
  roll(minute: number): void {
    const counts = this.#current();
    this.#minutes.put(minute, counts);
    this.#long.put(Math.floor((minute * MINUTE_MS) / LONG_MS), counts);
    this.#now.forEach((count, cell) => (this.#before[cell] = (this.#before[cell] as number) + count));
    this.#now.fill(0);
    this.isTouched = false;
  }

  /** Adds a step to `sum`; `minute` is the one that is not over. */
  addTo(sum: StepCounts, stepMs: number, step: number, minute: number): void {
    const ring = stepMs === MINUTE_MS ? this.#minutes : this.#long;
    ring.addTo(sum, step);
    if (!this.isTouched || Math.floor((minute * MINUTE_MS) / stepMs) !== step) return;
    const counts = this.#current();
    sum.requests += counts.requests;
    sum.refused += counts.refused;
    sum.failures += counts.failures;
    counts.latencies.forEach(
      (count, bucket) => (sum.latencies[bucket] = (sum.latencies[bucket] as number) + count),
    );
  }

  /** Since it was made: answers by the first digit of their status, durations by bucket, and their sum. */
  totals(): { classes: number[]; latencies: number[]; sumMs: number } {
    const all = Array.from(this.#before, (count, cell) => count + (this.#now[cell] as number));
    return { classes: all.slice(0, CLASSES), latencies: all.slice(CLASSES), sumMs: this.#sumMs };
  }

  #current(): StepCounts {
    const counts = noCounts();
    const cells = this.#now;
    for (let group = 0; group < CLASSES; group += 1) counts.requests += cells[group] as number;
    counts.refused = cells[3] as number;
    counts.failures = cells[4] as number;
    counts.latencies.set(cells.subarray(CLASSES));
    return counts;
  }
}
