import type { Endpoint, Verified } from '../core/declaration';
import type { Job } from '../core/job';
import type { Reply } from '../core/reply';
import type { Passed } from './admission';
import type { BodyFile } from './body-file';
import { removeFiles } from './received-body';

/** What a live request has besides that is verified, stored or recorded. */
export class Keeping {
  readonly #startedAt = performance.now();
  /** What lets it pass, where it was asked; at first of its head alone. */
  passed: Passed | undefined = undefined;
  /** The body as it came, until it is judged, where its content encoding makes it something else. */
  wire: Buffer | BodyFile | undefined = undefined;
  /** Why the content encoding cannot be undone: told to those who are verified. */
  undecodable: unknown = undefined;
  receiptId: string | undefined = undefined;
  /** The attempt that runs the handler, where the request was stored first. */
  job: Job | undefined = undefined;
  /** Endpoints of all plugins that listen for the same request, where several do. */
  sharedWith: readonly Endpoint[] = [];
  /** It was refused when it first came, and the host gives it to itself once more. */
  isReplay = false;
  /** It may be stored by now: whether the caller stays makes no difference any more. */
  isStoring = false;
  /** Takes an early answer; undefined where it goes straight to the outlet. */
  respond: ((value: Reply) => void) | undefined = undefined;
  /** The answer is kept for repetitions: it is one even where its caller has another by now. */
  isAnswerKept = false;
  /** Called when the response is over: answered, or its caller gone. */
  closed: (() => void) | undefined = undefined;

  constructor(
    /** Of the caller; a connection that is gone no longer knows its peer. */
    readonly ip: string,
    /** Epoch ms of the host's clock. */
    readonly receivedAt: number,
  ) {}

  get verified(): Verified | undefined {
    return this.passed?.verified;
  }
  /** It was judged, or nobody waits for that any more. Never rejects. */
  async releaseWire(): Promise<void> {
    const { wire } = this;
    this.wire = undefined;
    await removeFiles(wire);
  }

  /** Milliseconds since the request came. */
  get ageMs(): number {
    return performance.now() - this.#startedAt;
  }
}
