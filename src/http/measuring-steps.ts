import { BUCKETS } from './latency-buckets';

/** What happened in one step of time. */
export interface StepCounts {
  requests: number;
  /** Answers 400 to 499. */
  refused: number;
  /** Answers 500 and above. */
  failures: number;
  /** How many in each bucket of latency. */
  readonly latencies: Float64Array;
}

export function noCounts(): StepCounts {
  return { requests: 0, refused: 0, failures: 0, latencies: new Float64Array(BUCKETS) };
}

/** A step as it is kept: of the buckets those that are not empty, each one number. */
interface Slot {
  readonly step: number;
  readonly requests: number;
  readonly refused: number;
  readonly failures: number;
  readonly packed: readonly number[];
}

/** A bucket in the upper bits, its count in the lower ones: exact in a double. */
const COUNT_RANGE = 2 ** 40;

/** The last steps of one endpoint. One without requests takes no room. */
export class StepRing {
  readonly #slots: (Slot | undefined)[] = [];

  constructor(
    readonly stepMs: number,
    private readonly length: number,
  ) {}

  /** Adds to what is kept of a step; steps come in order. */
  put(step: number, counts: StepCounts): void {
    const sum = noCounts();
    this.addTo(sum, step);
    const latencies = sum.latencies.map((count, bucket) => count + (counts.latencies[bucket] ?? 0));
    const packed: number[] = [];
    latencies.forEach((count, bucket) => {
      if (count > 0) packed.push(bucket * COUNT_RANGE + Math.min(count, COUNT_RANGE - 1));
    });
    this.#slots[step % this.length] = {
      step,
      requests: sum.requests + counts.requests,
      refused: sum.refused + counts.refused,
      failures: sum.failures + counts.failures,
      packed,
    };
  }

  /** Adds what is kept of a step to `sum`. */
  addTo(sum: StepCounts, step: number): void {
    const slot = this.#slots[step % this.length];
    if (slot === undefined || slot.step !== step) return;
    sum.requests += slot.requests;
    sum.refused += slot.refused;
    sum.failures += slot.failures;
    for (const pair of slot.packed) {
      const bucket = Math.floor(pair / COUNT_RANGE);
      sum.latencies[bucket] = (sum.latencies[bucket] ?? 0) + (pair % COUNT_RANGE);
    }
  }
}
