import type * as Api from '@opentelemetry/api';
import type { Attributes, Span, SpanKind, Tracer } from '@opentelemetry/api';
import type { TraceContext } from '../core/trace-context';
import type { GivenIds } from './given-ids';

/** What is known of a span when it is written: it is over by then. */
export interface SpanFacts {
  readonly name: string;
  readonly kind: SpanKind;
  readonly context: Pick<TraceContext, 'traceId'> & { readonly spanId: string | undefined };
  readonly parent: TraceContext | undefined;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** What is undefined is left out. */
  readonly attributes: Attributes;
  /** Why it failed; undefined when it did not. */
  readonly failure: { readonly type: string } | undefined;
}

/** Writes spans whose ids are known before, each in one step when it is over. */
export class Spans {
  constructor(
    private readonly api: Pick<typeof Api, 'trace' | 'ROOT_CONTEXT' | 'TraceFlags' | 'SpanStatusCode'>,
    private readonly tracer: Tracer,
    private readonly ids: GivenIds,
  ) {}

  write(facts: SpanFacts): void {
    const { startedAt, durationMs, failure } = facts;
    const span = this.#begin(facts);
    const endedAt = startedAt + durationMs;
    if (failure !== undefined) {
      // The words of an error may be anybody's.
      span.addEvent('exception', { 'exception.type': failure.type }, endedAt);
      span.setStatus({ code: this.api.SpanStatusCode.ERROR, message: failure.type });
    }
    span.end(endedAt);
  }

  /** Whether spans of a trace that begins here are kept: by its id, as `OTEL_TRACES_SAMPLER` says. */
  isSampled(traceId: string): boolean {
    const { ROOT_CONTEXT } = this.api;
    // Never ended, so it goes nowhere.
    return this.ids.during({ traceId, spanId: undefined }, () =>
      this.tracer.startSpan('gatehouse', { root: true }, ROOT_CONTEXT).isRecording(),
    );
  }

  #begin({ name, kind, context, parent, startedAt, attributes }: SpanFacts): Span {
    const { trace, ROOT_CONTEXT } = this.api;
    const above = parent && trace.setSpanContext(ROOT_CONTEXT, this.#toSpanContext(parent));
    return this.ids.during(context, () =>
      this.tracer.startSpan(name, { kind, startTime: startedAt, attributes }, above ?? ROOT_CONTEXT),
    );
  }

  #toSpanContext({ traceId, spanId, isSampled }: TraceContext): Api.SpanContext {
    const { SAMPLED, NONE } = this.api.TraceFlags;
    const isKept = isSampled ?? this.isSampled(traceId);
    return { traceId, spanId, traceFlags: isKept ? SAMPLED : NONE, isRemote: true };
  }
}
