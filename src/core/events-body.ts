import { hasBrand } from './errors';
import { reply, type Reply, type ReplyHeaders } from './reply';

const BRAND = Symbol.for('gatehouse.events-body');

/** @see https://html.spec.whatwg.org/multipage/server-sent-events.html */
export interface ServerEvent {
  /** Strings go as they are, everything else as JSON. */
  readonly data: unknown;
  /** Its type; `message` for clients when absent. */
  readonly event?: string | undefined;
  /** What a client that comes back names as the last it saw. */
  readonly id?: string | undefined;
  /** How long a client waits before it comes back. */
  readonly retryMs?: number | undefined;
}

/** What a source of events knows of who listens. */
export interface EventsRequest {
  /** The `Last-Event-ID` of a client that comes back. */
  readonly lastEventId: string | undefined;
  /** Aborts when the client leaves or the plugin is taken down. */
  readonly signal: AbortSignal;
}

/** Yields events; what is no event (an object with `data`) is the data of one. */
export type EventSource = (request: EventsRequest) => AsyncIterable<unknown> | Iterable<unknown>;

/** A stream of events as the body of an answer. */
export interface EventsBody {
  readonly source: EventSource;
  /** Between comments that keep an idle connection open. */
  readonly heartbeatMs: number;
  /** How long clients wait before they come back, told them first of all. Default: theirs. */
  readonly retryMs?: number | undefined;
}

export interface EventsOptions {
  /** Default 15,000. */
  readonly heartbeatMs?: number;
  readonly retryMs?: number;
  readonly headers?: ReplyHeaders;
}

/**
 * Answers with Server-Sent Events, as `source` yields them: it is asked for the next one only while the client takes them, and
 * ended when the client leaves or the plugin is taken down. What it throws is logged and ends the stream.
 * @throws TypeError for what is no function, RangeError for times that are none
 */
export function sse(
  source: EventSource,
  { heartbeatMs = 15_000, retryMs, headers = {} }: EventsOptions = {},
): Reply {
  if (typeof source !== 'function')
    throw new TypeError(
      'sse() takes a function that gives events: pass the async function* without calling it',
    );
  if (!isTime(heartbeatMs) || heartbeatMs === 0 || !(retryMs === undefined || isTime(retryMs)))
    throw new RangeError('sse(): heartbeatMs and retryMs are whole numbers of milliseconds');
  return reply(200, eventsBody({ source, heartbeatMs, retryMs }), headers);
}

/** Milliseconds that a timer can wait. */
export function isTime(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;
}

function eventsBody(parts: EventsBody): EventsBody {
  return Object.freeze(Object.assign(Object.create(null) as object, parts, { [BRAND]: true }));
}

export function isEventsBody(value: unknown): value is EventsBody {
  return hasBrand(value, BRAND);
}
