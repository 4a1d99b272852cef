import type { SpanKind } from '@opentelemetry/api';
import { isHostError, toError } from '../core/errors';
import type {
  AnsweredRequest,
  BegunAttempt,
  EndedAttempt,
  OutgoingTrace,
  Tracing,
  WorkTrace,
} from '../core/ports/tracing';
import {
  contextOfAttempt,
  contextOfRequest,
  formatTraceparent,
  parseTraceparent,
  type TraceContext,
} from '../core/trace-context';
import type { GivenIds } from './given-ids';
import type { Spans } from './spans';

/** Numbers of OpenTelemetry's `SpanKind`: its package is only there where there is something to tell. */
const SERVER = 1 satisfies SpanKind.SERVER;
const CLIENT = 2 satisfies SpanKind.CLIENT;
const CONSUMER = 4 satisfies SpanKind.CONSUMER;

/** What a host tells, in the words of OpenTelemetry's semantic conventions. */
export class HostTracing implements Tracing {
  constructor(
    private readonly spans: Spans,
    private readonly ids: GivenIds,
    private readonly end: (mostMs: number) => Promise<void>,
  ) {}

  /** @see OpenTelemetry semantic conventions, HTTP server span */
  answered(request: AnsweredRequest): void {
    const { method, route, path, status, durationMs, ip, plugin, requestId } = request;
    const { parent, context } = this.#placeOf(request);
    this.spans.write({
      ...{ name: route === undefined ? method : `${method} ${route}`, kind: SERVER, context, parent },
      ...{ startedAt: Date.now() - durationMs, durationMs },
      attributes: present({
        'http.request.method': method,
        'http.route': route,
        'url.path': path,
        'url.scheme': 'http',
        'http.response.status_code': status,
        'client.address': ip || undefined,
        'gatehouse.plugin': plugin,
        'gatehouse.request_id': requestId,
        'error.type': status !== undefined && status >= 500 ? String(status) : undefined,
      }),
      failure: status !== undefined && status >= 500 ? { type: String(status) } : undefined,
    });
  }

  begun(attempt: BegunAttempt): WorkTrace {
    const { parent } = attempt;
    const context = this.#decided(contextOfAttempt(attempt.jobId, attempt.attempt, parent));
    const [startedAt, startMs] = [Date.now(), performance.now()];
    let isOver = false;
    return {
      context,
      requesting: (method, url) => this.#requesting(context, method, url),
      ended: (how) => {
        if (isOver) return;
        isOver = true;
        const times = { startedAt, durationMs: performance.now() - startMs };
        this.#attempted(attempt, context, how, times);
      },
    };
  }

  close(mostMs: number): Promise<void> {
    return this.end(mostMs);
  }

  #attempted(
    { plugin, name, jobId, attempt, parent }: BegunAttempt,
    context: TraceContext,
    { outcome, isPartial, thrown }: EndedAttempt,
    times: { readonly startedAt: number; readonly durationMs: number },
  ): void {
    const spanId = isPartial ? this.ids.generateSpanId() : context.spanId;
    this.spans.write({
      ...{ name: `process ${plugin} ${name}`, kind: CONSUMER, ...times },
      context: { traceId: context.traceId, spanId },
      parent: parent && { ...parent, isSampled: context.isSampled },
      attributes: {
        'messaging.system': 'gatehouse',
        'messaging.operation.type': 'process',
        'messaging.operation.name': 'process',
        'messaging.destination.name': `${plugin} ${name}`,
        'messaging.message.id': jobId,
        'gatehouse.plugin': plugin,
        'gatehouse.task': name,
        'gatehouse.job': jobId,
        'gatehouse.attempt': attempt,
        'gatehouse.outcome': outcome,
      },
      failure: UNFAILED.includes(outcome)
        ? undefined
        : { type: thrown === undefined ? outcome : typeOf(thrown) },
    });
  }

  /** Its address may hold a secret in its path, as those of chats do: only the host is told. */
  #requesting(parent: TraceContext, method: string, url: URL): OutgoingTrace {
    const context: TraceContext = { ...parent, spanId: this.ids.generateSpanId() };
    const [startedAt, startMs] = [Date.now(), performance.now()];
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    let isOver = false;
    return {
      traceparent: formatTraceparent(context),
      ended: (outcome) => {
        if (isOver) return;
        isOver = true;
        const status = typeof outcome === 'number' ? outcome : undefined;
        const isFailure = status === undefined || status >= 400;
        const type = status === undefined ? typeOf(outcome) : String(status);
        this.spans.write({
          ...{ name: method, kind: CLIENT, context, parent, startedAt },
          durationMs: performance.now() - startMs,
          attributes: present({
            'http.request.method': method,
            'http.response.status_code': status,
            'server.address': url.hostname,
            'server.port': port,
            'error.type': isFailure ? type : undefined,
          }),
          failure: isFailure ? { type } : undefined,
        });
      },
    };
  }

  /** Nothing hangs below what was not kept, unless it is told: its id is made up, as a repeated request id is no repeated span. */
  #placeOf(request: AnsweredRequest): {
    readonly parent: TraceContext | undefined;
    readonly context: { readonly traceId: string; readonly spanId: string | undefined };
  } {
    const { receivedAt, traceparent } = request;
    if (receivedAt !== undefined) return contextOfRequest({ ...request, receivedAt });
    const parent = parseTraceparent(traceparent);
    const traceId = parent?.traceId ?? this.ids.generateTraceId();
    return { parent, context: { traceId, spanId: undefined } };
  }

  #decided(context: TraceContext): TraceContext {
    return { ...context, isSampled: context.isSampled ?? this.spans.isSampled(context.traceId) };
  }
}

/** How an attempt may end without anything being wrong. */
const UNFAILED: readonly string[] = ['succeeded', 'waiting', 'interrupted', 'cancelled'];

/** The kind of an error: its words may hold what is nobody else's business. */
function typeOf(thrown: unknown): string {
  const error = toError(thrown);
  return isHostError(error) ? error.code : String(error.name).slice(0, 100);
}

function present<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
