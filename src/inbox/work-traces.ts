import type { StoredRequest } from '../core/ports/inbox';
import type { Tracing } from '../core/ports/tracing';
import { contextOfRequest, traceparentIn, type TraceContext } from '../core/trace-context';
import type { Attempt } from './attempt';
import type { Store } from './store';
import { causesOf } from './work-causes';

/** Gives attempts their places in traces. Nothing is stored for that: a receipt and what caused a job tell it. */
export class WorkTraces {
  constructor(
    private readonly tracing: Pick<Tracing, 'begun'>,
    private readonly store: Pick<Store, 'reader'>,
  ) {}

  /** An attempt at a delivery: below its request, as it was stored. */
  deliver(attempt: Attempt, { requestId, receivedAt, headers }: StoredRequest): void {
    const traceparent = traceparentIn(headers);
    this.#begin(attempt, contextOfRequest({ requestId, receivedAt, traceparent }).context);
  }

  /** Attempts at tasks: each below what stored its job, as far as that is known. Never rejects. */
  async work(attempts: readonly Attempt[]): Promise<void> {
    const ids = attempts.map(({ job }) => job.id);
    const causes = await causesOf(this.store.reader, ids).catch(() => undefined);
    for (const attempt of attempts) this.#begin(attempt, causes?.get(attempt.job.id));
  }

  #begin(attempt: Attempt, parent: TraceContext | undefined): void {
    const { job, workable } = attempt;
    const { plugin, name } = workable.name;
    attempt.trace = this.tracing.begun({ plugin, name, jobId: job.publicId, attempt: job.attempt, parent });
  }
}
