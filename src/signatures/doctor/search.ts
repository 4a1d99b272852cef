import type { NearMissKind } from '../../core/ports/doctor';
import { outcomeOf, type Change, type Outcome, type Trial } from './trial';

export interface SearchLimits {
  readonly mostTries: number;
  readonly mostMs: number;
}
/** A trial that passed. */
export interface Hit {
  readonly changes: readonly Change[];
  readonly outcome: Extract<Outcome, { ok: true }>;
}

/** Between two turns of the event loop, at most, unless one try takes longer. */
const SLICE_MS = 8;
const MOST_HITS = 6;
/** A clock that is off by less is nobody's mistake: the window allows for it. */
const YEAR_MS = 365 * 86_400_000;
/** Two things are seldom wrong at once; those that are, are these, likeliest first. */
const PAIRS: readonly (readonly [NearMissKind, NearMissKind])[] = [
  ['scheme', 'secret'],
  ['prefix', 'encoding'],
  ['header', 'prefix'],
  ['header', 'encoding'],
  ['header', 'secret'],
  ['prefix', 'secret'],
  ['encoding', 'secret'],
  ['secret-form', 'secret'],
  ['secret-form', 'prefix'],
  ['secret-form', 'encoding'],
  ['scheme', 'secret-form'],
  ['body', 'secret'],
  ['body', 'secret-form'],
  ['body', 'prefix'],
  ['body', 'encoding'],
  ['address', 'secret'],
  ['address', 'secret-form'],
  ['address', 'body'],
  ['time-unit', 'secret'],
  ['hash', 'encoding'],
  ['hash', 'secret'],
  ['body', 'scheme'],
];

/** Tries what might have been otherwise, one change at a time, then two; bounded in tries and time, in short pieces. */
export class Search {
  #tried = 0;
  #isComplete = true;
  readonly #startedAt = performance.now();
  #sliceAt = performance.now();

  constructor(private readonly limits: SearchLimits) {}

  get tried(): number {
    return this.#tried;
  }
  /** False when it gave up before all was tried. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  async outcome(trial: Trial): Promise<Outcome> {
    this.#tried += 1;
    const outcome = await outcomeOf(trial);
    if (performance.now() - this.#sliceAt > SLICE_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#sliceAt = performance.now();
    }
    // A moment that is years away is none: it was written in another unit.
    const isAbsurd = outcome.ok && Math.abs(outcome.at - trial.at) > YEAR_MS;
    return isAbsurd ? { ok: false, reason: 'timestamp_too_old' } : outcome;
  }

  /** What would have passed, with one change where any does, else with two. */
  async hits(trial: Trial, changes: readonly Change[]): Promise<readonly Hit[]> {
    const hits: Hit[] = [];
    const live = new Set<Change>();
    for (const change of changes) {
      const next = this.#isOver() ? undefined : changed(change, trial);
      if (next === undefined) continue;
      const outcome = await this.outcome(next);
      if (outcome.ok) hits.push({ changes: [change], outcome });
      // With a scheme whose headers are not there nothing else helps.
      else if (change.kind !== 'scheme' || !HOPELESS.has(outcome.reason)) live.add(change);
      if (hits.length >= MOST_HITS) return hits;
    }
    return hits.length > 0 ? hits : this.#pairs(trial, [...live]);
  }

  async #pairs(trial: Trial, changes: readonly Change[]): Promise<readonly Hit[]> {
    const ofKind = (kind: NearMissKind) => changes.filter((change) => change.kind === kind);
    for (const [first, second] of PAIRS)
      for (const one of ofKind(first)) {
        const between = this.#isOver() ? undefined : changed(one, trial);
        if (between === undefined) continue;
        for (const other of ofKind(second)) {
          const next = this.#isOver() ? undefined : changed(other, between);
          if (next === undefined) continue;
          const outcome = await this.outcome(next);
          if (outcome.ok) return [{ changes: [one, other], outcome }];
        }
      }
    return [];
  }

  #isOver(): boolean {
    const isOver =
      this.#tried >= this.limits.mostTries || performance.now() - this.#startedAt > this.limits.mostMs;
    if (isOver) this.#isComplete = false;
    return isOver;
  }
}

const HOPELESS: ReadonlySet<string> = new Set([
  'missing_signature',
  'malformed_signature',
  'missing_timestamp',
  'malformed_timestamp',
]);

/** What cannot be done to one request says nothing of the others. */
function changed(change: Change, trial: Trial): Trial | undefined {
  try {
    return change.of(trial);
  } catch {
    return undefined;
  }
}
