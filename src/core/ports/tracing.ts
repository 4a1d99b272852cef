import type { TraceContext, TracedRequest } from '../trace-context';

/** A request of a plugin whose response is over. */
export interface AnsweredRequest extends Omit<TracedRequest, 'receivedAt'> {
  /** Epoch ms; undefined where nothing was kept of it, so that nothing can hang below its span by itself. */
  readonly receivedAt: number | undefined;
  readonly method: string;
  /** As declared, its parameters by name; undefined where it is no single plugin's. */
  readonly route: string | undefined;
  /** Without a query. */
  readonly path: string;
  /** Undefined when its sender left before the answer. */
  readonly status: number | undefined;
  readonly durationMs: number;
  readonly ip: string;
  readonly plugin: string | undefined;
}

/** An attempt that begins. */
export interface BegunAttempt {
  readonly plugin: string;
  /** A task's name, or an endpoint as `POST /path`. */
  readonly name: string;
  readonly jobId: string;
  readonly attempt: number;
  /** The request it delivers, or the attempt that stored it; undefined where nothing is known of either. */
  readonly parent: TraceContext | undefined;
}

/** How an attempt ended. */
export interface EndedAttempt {
  /** As attempts are listed by, or `lost` where the lease was. */
  readonly outcome: string;
  /** The attempt does not count: the next one has its number, and its place in the trace. */
  readonly isPartial: boolean;
  /** What it threw; only its kind is told. */
  readonly thrown: unknown;
}

/** A request to elsewhere, on its way. */
export interface OutgoingTrace {
  /** The value of the header that goes with it. */
  readonly traceparent: string;
  /** Status of the answer, or what came in its place; of several calls the first counts. */
  ended(outcome: number | Error): void;
}

/** The place in a trace of work that is under way. */
export interface WorkTrace {
  readonly context: TraceContext;
  requesting(method: string, url: URL): OutgoingTrace;
  /** Of several calls the first counts. */
  ended(attempt: EndedAttempt): void;
}

/** Tells a collector what the host does. Nothing of it throws, and nothing waits for the collector. */
export interface Tracing {
  answered(request: AnsweredRequest): void;
  begun(attempt: BegunAttempt): WorkTrace;
  /** Sends what is left, and gives up after `mostMs`. */
  close(mostMs: number): Promise<void>;
}

const carried = new WeakMap<AbortSignal, WorkTrace>();

/** From now on what is done under a signal belongs to that work: a request to elsewhere that is given it tells so. */
export function carryTrace(signal: AbortSignal, trace: WorkTrace): void {
  carried.set(signal, trace);
}

/** The work a signal belongs to; undefined of most. */
export function traceCarriedBy(signal: AbortSignal | undefined): WorkTrace | undefined {
  return signal === undefined ? undefined : carried.get(signal);
}
