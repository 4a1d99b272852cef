import { pipeline, Transform, type Readable } from 'node:stream';
import { isUint8Array } from 'node:util/types';
import { HostError } from '../core/errors';
import { isEventsBody, type EventsBody } from '../core/events-body';
import { isFileBody, type FileBody } from '../core/file-body';
import { isReadable, isReply, isStatusPair, toReply, type Reply, type ReplyHeaders } from '../core/reply';
import { writeEvents } from './events-answer';
import { writeFileBody } from './file-answer';
import type { GateRequest, GateResponse } from './messages';

const JSON_TYPE = 'application/json; charset=utf-8';
/** Framing is the host's: an author's value could contradict the bytes that are sent. */
export const FRAMING: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'trailer',
]);

/**
 * Answers with what a handler returned. Throws, with nothing sent, for what HTTP or JSON cannot say; an error of a
 * streamed body goes to `onStreamError`.
 * @throws endpoint/unserializable
 */
export function writeAnswer(
  request: GateRequest,
  response: GateResponse,
  value: unknown,
  onStreamError: (error: unknown) => void,
): void {
  if (isPlainJson(value)) writeJson(request, response, 200, value);
  else writeReply(request, response, toReply(value), onStreamError);
}

/** By far the most frequent answer: an object that is none of the things `toReply` looks for. */
function isPlainJson(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    !isReply(value) &&
    !isUint8Array(value) &&
    !isReadable(value) &&
    !isStatusPair(value)
  );
}

function writeJson(request: GateRequest, response: GateResponse, status: number, value: unknown): void {
  const text = stringify(value);
  const length = Buffer.byteLength(text);
  response.bodyBytes = length;
  // All at once: what is set one by one is kept in a map first.
  response.writeHead(status, {
    'content-type': JSON_TYPE,
    'content-length': length,
    'x-request-id': request.requestId,
  });
  if (request.method === 'HEAD') response.end();
  else response.end(text);
}

/** @throws endpoint/unserializable, or what Node says of a header it cannot send */
export function writeReply(
  request: GateRequest,
  response: GateResponse,
  answer: Reply,
  onStreamError: (error: unknown) => void,
): void {
  const { status, body, headers } = answer;
  if (status < 200)
    throw new HostError('endpoint/unserializable', [], { cause: `a final status of ${status}` });
  const payload = toPayload(body, headers);
  response.statusCode = status;
  if (payload !== undefined && payload.type !== undefined) response.setHeader('content-type', payload.type);
  for (const [name, value] of Object.entries(headers))
    if (!FRAMING.has(name.toLowerCase())) response.setHeader(name, value as string | string[]);
  if (status === 204 || status === 304 || status === 205) {
    endEmpty(request, response, status, payload);
    return;
  }
  if (payload === undefined) {
    response.setHeader('content-length', 0);
    finish(request, response, '', 0);
  } else if ('stream' in payload) {
    writeStream(request, response, payload.stream, onStreamError);
  } else if ('file' in payload) {
    response.setHeader('x-request-id', request.requestId);
    writeFileBody(request, response, payload.file, onStreamError);
  } else if ('events' in payload) {
    response.setHeader('x-request-id', request.requestId);
    writeEvents(request, response, payload.events, onStreamError);
  } else {
    const length = Buffer.byteLength(payload.bytes);
    response.setHeader('content-length', length);
    finish(request, response, payload.bytes, length);
  }
}

export type Payload =
  | { readonly type: string | undefined; readonly bytes: string | Uint8Array }
  | { readonly type: string | undefined; readonly stream: Readable }
  | { readonly type: undefined; readonly file: FileBody }
  | { readonly type: undefined; readonly events: EventsBody };

/** What is sent of a reply's body, and its type unless the headers name one. @throws endpoint/unserializable */
export function toPayload(body: unknown, headers: ReplyHeaders): Payload | undefined {
  if (body === undefined) return undefined;
  const named = Object.keys(headers).find((name) => name.toLowerCase() === 'content-type');
  const type = named === undefined ? undefined : String(headers[named]);
  if (isUint8Array(body))
    return { type: type === undefined ? 'application/octet-stream' : undefined, bytes: body };
  if (isReadable(body))
    return { type: type === undefined ? 'application/octet-stream' : undefined, stream: body };
  if (isFileBody(body)) return { type: undefined, file: body };
  if (isEventsBody(body)) return { type: undefined, events: body };
  if (typeof body === 'string' && type !== undefined && !/^application\/(?:[^;]+\+)?json\b/i.test(type))
    return { type: undefined, bytes: body };
  return { type: type === undefined ? JSON_TYPE : undefined, bytes: stringify(body) };
}

function stringify(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value) as string | undefined;
  } catch (cause) {
    throw new HostError('endpoint/unserializable', [], { cause });
  }
  if (text === undefined) throw new HostError('endpoint/unserializable', []);
  return text;
}

function finish(
  request: GateRequest,
  response: GateResponse,
  bytes: string | Uint8Array,
  length: number,
): void {
  response.setHeader('x-request-id', request.requestId);
  response.bodyBytes = length;
  if (request.method === 'HEAD') response.end();
  else response.end(bytes);
}

function endEmpty(
  request: GateRequest,
  response: GateResponse,
  status: number,
  payload: Payload | undefined,
): void {
  if (payload !== undefined && 'stream' in payload) payload.stream.destroy();
  response.removeHeader('content-type');
  if (status === 205) response.setHeader('content-length', 0);
  response.setHeader('x-request-id', request.requestId);
  response.bodyBytes = 0;
  response.end();
}

function writeStream(
  request: GateRequest,
  response: GateResponse,
  stream: Readable,
  onError: (error: unknown) => void,
): void {
  response.setHeader('x-request-id', request.requestId);
  if (request.method === 'HEAD') {
    stream.destroy();
    response.end();
    return;
  }
  if (String(response.getHeader('content-type')).startsWith('text/event-stream')) response.flushHeaders();
  const source = stream.readableObjectMode ? asBytes(stream) : stream;
  // `pipeline` destroys a response that its source failed; before that an error can still be answered, once.
  let isAnswered = false;
  source.once('error', (error: unknown) => {
    if (response.headersSent) return;
    isAnswered = true;
    onError(error);
  });
  pipeline(source, response, (error) => {
    // Only a client that left closes the response first: nobody's error.
    const isLeft = response.isOver && error?.code === 'ERR_STREAM_PREMATURE_CLOSE';
    if (error && !isAnswered && response.headersSent && !response.writableFinished && !isLeft) onError(error);
  });
}

/** A stream of objects may hold strings and bytes; the response would throw at anything else, out of reach of all. */
function asBytes(stream: Readable): Readable {
  const checked = new Transform({
    writableObjectMode: true,
    transform(chunk: unknown, _encoding, done) {
      if (typeof chunk === 'string' || isUint8Array(chunk)) done(null, chunk);
      else
        done(
          new HostError('endpoint/unserializable', [], { cause: 'a stream of something but text and bytes' }),
        );
    },
  });
  // Its failures are `checked`'s too, and are told there.
  pipeline(stream, checked, () => undefined);
  return checked;
}
