import { ECHOES, FOLDS, RUNS, STARTS, TOKENS, TRANSCRIPTS } from './run-record';
import type { RunRecords } from './run-records';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How long each is of use, and the field that tells its age. */
const KEPT: readonly (readonly [collection: string, field: string, keepMs: number])[] = [
  [RUNS, 'requestedAt', 30 * DAY_MS],
  [TRANSCRIPTS, 'at', 7 * DAY_MS],
  [TOKENS, 'at', 40 * DAY_MS],
  [STARTS, 'at', 2 * DAY_MS],
  [FOLDS, 'at', 2 * DAY_MS],
  [ECHOES, 'at', HOUR_MS],
];
/** Rounds read whole collections. */
const ROUND_MS = 600_000;
const MOST_A_ROUND = 1_000;

/** Forgets what is kept of runs when it is of no use any more; a round now and then, when runs end. */
export class RunRetention {
  #roundAt = -Infinity;

  constructor(private readonly records: RunRecords) {}

  /** @throws inbox/unavailable */
  async tidy(): Promise<void> {
    const { store, clock } = this.records;
    const now = clock.now();
    if (now - this.#roundAt < ROUND_MS) return;
    this.#roundAt = now;
    for (const [collection, field, keepMs] of KEPT) {
      const where = { [field]: { lt: now - keepMs } };
      const { documents } = await store.query(collection, { where, limit: MOST_A_ROUND });
      for (const { id } of documents) await store.delete(collection, id);
    }
  }
}
