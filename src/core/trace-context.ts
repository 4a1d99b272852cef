import { hash } from 'node:crypto';

/** One span, as others know it: what is done because of it hangs below it. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 of them. */
  readonly spanId: string;
  /** Whether its spans are kept; undefined where that is still to be decided, by the trace's id alone. */
  readonly isSampled: boolean | undefined;
}

/** What of a request tells its place in a trace; a stored one has kept all of it. */
export interface TracedRequest {
  readonly requestId: string;
  /** Epoch ms: a sender may repeat its id. */
  readonly receivedAt: number;
  readonly traceparent: string | undefined;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const LONGEST = 512;
const NOTHING = /^0+$/;

/** Undefined for what is no `traceparent`. @see W3C Trace Context §3.2 */
export function parseTraceparent(value: unknown): TraceContext | undefined {
  if (typeof value !== 'string' || value.length > LONGEST) return undefined;
  const [, version = '', traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(value) ?? [];
  // Only later versions may have more to say.
  if (version === '' || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (NOTHING.test(traceId) || NOTHING.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** The header that hands a context on. @see W3C Trace Context §3.2 */
export function formatTraceparent({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled === false ? '00' : '01'}`;
}

/** The one `traceparent` among header lines, names and values in turn; undefined where there is none, or several. */
export function traceparentIn(lines: readonly string[]): string | undefined {
  let found: string | undefined;
  for (let index = 0; index < lines.length; index += 2) {
    if ((lines[index] as string).toLowerCase() !== 'traceparent') continue;
    if (found !== undefined) return undefined;
    found = lines[index + 1];
  }
  return found;
}

/**
 * The span of a request: of what its sender says, or of a trace of its own. The same whoever asks, so that what works a
 * stored request finds it without anything being stored for that.
 */
export function contextOfRequest(request: TracedRequest): {
  readonly parent: TraceContext | undefined;
  readonly context: TraceContext;
} {
  const { requestId, receivedAt, traceparent } = request;
  const parent = parseTraceparent(traceparent);
  const known = `${requestId}\n${receivedAt}`;
  const traceId = parent?.traceId ?? digits('trace of a request', known, 32);
  const spanId = digits('request', `${known}\n${parent?.spanId ?? ''}`, 16);
  return { parent, context: { traceId, spanId, isSampled: parent?.isSampled } };
}

/** The span of one attempt at a job; without a parent it begins the job's own trace. The same whoever asks. */
export function contextOfAttempt(
  jobId: string,
  attempt: number,
  parent: Omit<TraceContext, 'spanId'> | undefined,
): TraceContext {
  const traceId = parent?.traceId ?? digits('trace of a job', jobId, 32);
  return { traceId, spanId: digits('attempt', `${jobId}\n${attempt}`, 16), isSampled: parent?.isSampled };
}

/** Of a digest, never all zeros for practical purposes; what it was made of is not to be had from it. */
function digits(what: string, known: string, length: number): string {
  return hash('sha256', `${what}\n${known}`, 'hex').slice(0, length);
}
