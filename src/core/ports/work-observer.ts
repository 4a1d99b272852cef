/** One attempt at a job, as it was settled; or as another process left it, and this one found it. */
export interface SettledAttempt {
  readonly plugin: string;
  /** A task's name, or an endpoint as `POST /path`. */
  readonly name: string;
  readonly lane: string | undefined;
  readonly outcome: string;
  /** No more attempts are made: it is a dead letter now, or poisoned. */
  readonly isDead: boolean;
  /** From the claim to the settlement; undefined of one that crashed: nobody saw its end. */
  readonly ms: number | undefined;
}

/** Told of what the inbox does, in the midst of it: it counts, and does not throw. */
export interface WorkObserver {
  settled(attempt: SettledAttempt): void;
  /** A batch was committed; `receipts` of it are new. */
  committed(ms: number, receipts: number): void;
}

/** What waits in the store, of all hosts. */
export interface Backlog {
  /** Jobs that are due and not begun, those behind others of their lane among them; at most 100,000 are counted. */
  readonly due: number;
  /** How long the oldest of those that may run has been due, ms; undefined where none is. */
  readonly oldestDueMs: number | undefined;
  /** Dead letters; at most 100,000 are counted. */
  readonly dead: number;
}
