import type { Writable } from 'node:stream';
import type { GateRequest, GateResponse } from './messages';
import type { RawRefusal } from './raw-refusal';
import { pathOf } from './request-path';

export interface AccessLog {
  /** Called when the response is over; queues one line. */
  readonly record: (response: GateResponse) => void;
  /** Queues the line of what was refused on a bare connection: without method and path when no head was read. */
  recordRefusal(refusal: RawRefusal): void;
  /** Writes what is queued. Resolves when the stream has taken it. */
  close(): Promise<void>;
}

interface AccessLogOptions {
  /** Queued lines are written at the latest after this long. */
  readonly flushMs?: number;
  /** … or as soon as this much is queued. */
  readonly flushBytes?: number;
  /** What is queued beyond this, while the stream takes nothing, is dropped and counted. */
  readonly mostBytes?: number;
}

/**
 * One JSON line per request in the format of the host's other log lines, written in batches: a line by itself would
 * cost as much as the request. Never logs a query: it may hold secrets.
 */
export function createAccessLog(stream: Writable, options: AccessLogOptions = {}): AccessLog {
  const { flushMs = 100, flushBytes = 16_384, mostBytes = 8_388_608 } = options;
  let queued = '';
  let dropped = 0;
  let blocked = false;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (blocked || queued === '') return;
    if (dropped > 0) queued += droppedLine(dropped);
    dropped = 0;
    const batch = queued;
    queued = '';
    if (stream.write(batch)) return;
    blocked = true;
    stream.once('drain', () => {
      blocked = false;
      flush();
    });
  };
  const isFull = () => {
    if (queued.length < mostBytes) return false;
    dropped += 1;
    return true;
  };
  const queue = (line: string) => {
    queued += line;
    if (queued.length >= flushBytes) flush();
    else timer ??= setTimeout(flush, flushMs).unref();
  };
  const record = (response: GateResponse) => {
    if (!isFull()) queue(lineOf(response, statusOf(response), bytesOf(response)));
  };
  const recordRefusal = (refusal: RawRefusal) => {
    if (isFull()) return;
    const { response, status, bytes } = refusal;
    queue(response === undefined ? refusalLine(refusal) : lineOf(response, status, bytes));
  };
  const close = () =>
    new Promise<void>((resolve) => {
      flush();
      stream.write('', () => resolve());
    });
  return { record, recordRefusal, close };
}

let stampedAt = 0;
let stamp = '';
function timestamp(): string {
  const now = Date.now();
  if (now !== stampedAt) {
    stampedAt = now;
    stamp = new Date(now).toISOString();
  }
  return stamp;
}

function lineOf(response: GateResponse, status: number, bytes: number): string {
  const request = response.req;
  const { originalUrl, site } = request;
  const traceId = traceIdOf(request);
  const durationMs = Math.round((performance.now() - response.startedAt) * 1000) / 1000;
  return (
    `{"time":"${timestamp()}","level":"info","message":"request","requestId":"${request.requestId}"` +
    `,"method":"${request.method ?? ''}","path":${JSON.stringify(pathOf(originalUrl))},"status":${status}` +
    `,"durationMs":${durationMs}${bytes >= 0 ? `,"bytes":${bytes}` : ''}` +
    `${site === undefined ? '' : `,"plugin":"${site.key}"`},"ip":${JSON.stringify(response.callerIp)}` +
    `${traceId === undefined ? '' : `,"traceId":"${traceId}"`}}\n`
  );
}

function refusalLine({ request, requestId, status, bytes, ip, code }: RawRefusal): string {
  const asked = request && { method: request.method, path: pathOf(request.url ?? '') };
  const line = {
    time: timestamp(),
    level: 'info',
    message: 'request',
    requestId,
    ...asked,
    status,
    bytes,
    ip,
    code,
  };
  return `${JSON.stringify(line)}\n`;
}

/** NaN when it is not known. */
function bytesOf(response: GateResponse): number {
  return response.bodyBytes === -1 ? Number(response.getHeader('content-length')) : response.bodyBytes;
}

/** 499 when the client left before it was answered, as nginx writes it; 101 of a WebSocket that ended. */
function statusOf(response: GateResponse): number {
  if (response.isSwitched) return 101;
  return response.headersSent ? response.statusCode : 499;
}

/** @see W3C Trace Context §3.2 `traceparent` */
function traceIdOf(request: GateRequest): string | undefined {
  const value = request.headers.traceparent;
  if (typeof value !== 'string') return undefined;
  return /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(value)?.[1];
}

function droppedLine(count: number): string {
  const message = `${count} access lines were dropped: the log stream took nothing`;
  return `${JSON.stringify({ time: timestamp(), level: 'warn', message })}\n`;
}
