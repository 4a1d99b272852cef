import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';
import type { Logger } from 'winston';
import { toError } from '../core/errors';

type Done = Parameters<SpanExporter['export']>[1];

/** Between two warnings. */
const WARN_MS = 60_000;
const SUCCESS = 0;

/**
 * Exports through another exporter, for whom it answers: what could not be sent is lost, and said once a minute. Once given
 * up, nothing waits for it any more.
 */
export class PatientExporter implements SpanExporter {
  readonly #waiting = new Set<Done>();
  #isGivenUp = false;
  #warnedAt: number | undefined;
  #lost = 0;

  constructor(
    private readonly inner: SpanExporter,
    private readonly logger: Logger,
  ) {}

  export(spans: ReadableSpan[], done: Done): void {
    if (this.#isGivenUp) {
      done({ code: SUCCESS });
      return;
    }
    this.#waiting.add(done);
    this.inner.export(spans, ({ code, error }) => {
      if (!this.#waiting.delete(done)) return;
      if (code !== SUCCESS) this.#failed(spans.length, error);
      done({ code: SUCCESS });
    });
  }

  /** Whoever waits for an export waits no more. */
  giveUp(): void {
    this.#isGivenUp = true;
    for (const done of this.#waiting) done({ code: SUCCESS });
    this.#waiting.clear();
  }

  forceFlush(): Promise<void> {
    return this.inner.forceFlush?.() ?? Promise.resolve();
  }
  shutdown(): Promise<void> {
    return this.#isGivenUp ? Promise.resolve() : this.inner.shutdown();
  }

  #failed(count: number, error: unknown): void {
    this.#lost += count;
    const now = performance.now();
    if (this.#warnedAt !== undefined && now - this.#warnedAt < WARN_MS) return;
    this.logger.warn(`${this.#lost} spans could not be sent to the collector of traces: ${reasonOf(error)}`);
    this.#warnedAt = now;
    this.#lost = 0;
  }
}

/** By code where there is one: texts of an answer are the collector's. */
function reasonOf(error: unknown): string {
  if (error === undefined) return 'it does not take them';
  const { code, name } = toError(error) as Error & { code?: unknown };
  if (typeof code === 'number') return `it answers ${code}`;
  return typeof code === 'string' ? code : name;
}
