import type { Verified } from '../core/declaration';
import type { Job } from '../core/job';
import type { Reply } from '../core/reply';

/** What a live request has besides that is verified, stored or recorded. */
export class Keeping {
  /** Epoch ms. */
  readonly receivedAt = Date.now();
  readonly #startedAt = performance.now();
  verified: Verified | undefined = undefined;
  receiptId: string | undefined = undefined;
  /** The attempt that runs the handler, where the request was stored first. */
  job: Job | undefined = undefined;
  /** It may be stored by now: whether the caller stays makes no difference any more. */
  isStoring = false;
  /** Takes an early answer; undefined where it goes straight to the outlet. */
  respond: ((value: Reply) => void) | undefined = undefined;
  /** Called when the response is over: answered, or its caller gone. */
  closed: (() => void) | undefined = undefined;

  constructor(
    /** Of the caller; a connection that is gone no longer knows its peer. */
    readonly ip: string,
  ) {}

  /** Milliseconds since the request came. */
  get ageMs(): number {
    return performance.now() - this.#startedAt;
  }
}
