import { callFor } from '../core/actor';
import { HostError, toError } from '../core/errors';
import type { EventsBody } from '../core/events-body';
import type { LiveMount } from '../core/live-mount';
import { eventText, HEARTBEAT, retryText } from './event-text';
import { sayGoodbye } from './goodbye';
import type { GateRequest, GateResponse } from './messages';
import { whenOver } from './when-over';

/**
 * Answers with a stream of events; status and headers are set already, and go out at once. HEAD has none, and its source is
 * never called.
 * @throws what the source throws when it is called, and endpoint/bad-event when it gives nothing that can be iterated
 */
export function writeEvents(
  request: GateRequest,
  response: GateResponse,
  body: EventsBody,
  onError: (error: unknown) => void,
): void {
  const live = response.site?.live;
  if (live === undefined)
    throw new HostError('endpoint/bad-event', ['only an endpoint of a plugin sends them']);
  response.setHeader('content-type', 'text/event-stream; charset=utf-8');
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store');
  // Of nginx: it would gather events until it has a buffer full of them.
  response.setHeader('x-accel-buffering', 'no');
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  if (live.retireReason !== undefined) {
    response.flushHeaders();
    sayGoodbye(response, live.retireReason);
    return;
  }
  new EventStream({ response, live, body, onError }, lastEventIdOf(request)).run();
}

/** As it was sent as an id: browsers write UTF-8, Node reads Latin-1. */
function lastEventIdOf({ headers }: GateRequest): string | undefined {
  const id = headers['last-event-id'];
  return typeof id === 'string' ? Buffer.from(id, 'latin1').toString('utf8') : undefined;
}

interface EventStreamParts {
  readonly response: GateResponse;
  readonly live: LiveMount;
  readonly body: EventsBody;
  readonly onError: (error: unknown) => void;
}

/** An iterator of a plugin's: it may keep to the protocol or not. */
interface Source {
  next(): unknown;
  return?(): unknown;
}

/**
 * One source of events and the response it is written to. States: open → over, by whichever is first: the source ended or
 * failed, the client left, the generation retires. Nothing waits for a source that is slow to end.
 */
class EventStream {
  readonly #abort = new AbortController();
  readonly #source: Source;
  #heartbeat: NodeJS.Timeout | undefined = undefined;
  #isOver = false;
  /** Goes on with a source that waits until the client takes what was sent. */
  #goOn: (() => void) | undefined = undefined;

  constructor(
    readonly parts: EventStreamParts,
    lastEventId: string | undefined,
  ) {
    const { live, body } = parts;
    this.#source = callFor(live.actor, () =>
      iteratorOf(body.source({ lastEventId, signal: this.#abort.signal })),
    );
  }

  run(): void {
    const { response, live, body } = this.parts;
    response.flushHeaders();
    if (body.retryMs !== undefined) response.write(`${retryText(body.retryMs)}\n`);
    this.#heartbeat = setInterval(() => this.#beat(), body.heartbeatMs).unref();
    response.on('drain', () => this.#goOn?.());
    live.signal.addEventListener('abort', this.#retires, { once: true });
    whenOver(response, () => this.#stop(new Error('the client left')));
    this.#pump().catch((thrown: unknown) => this.#failed(thrown));
  }

  async #pump(): Promise<void> {
    const { response, live } = this.parts;
    for (;;) {
      const { done, value } = (await callFor(live.actor, () =>
        this.#source.next(),
      )) as IteratorResult<unknown>;
      // What a plain iterator yields may be a promise.
      const event: unknown = done === true ? undefined : await value;
      if (this.#isOver) return;
      if (done === true) break;
      response.write(callFor(live.actor, eventText, event));
      this.#heartbeat?.refresh();
      if (response.writableNeedDrain) await new Promise<void>((resolve) => (this.#goOn = resolve));
      if (this.#isOver) return;
    }
    this.#close();
    response.end();
  }

  #failed(thrown: unknown): void {
    const { response, onError } = this.parts;
    const error = toError(thrown);
    if (this.#isOver) {
      // Asked to stop, it stopped by throwing.
      if (thrown === this.#abort.signal.reason || error.name === 'AbortError') return;
    } else {
      response.end();
      this.#stop(new Error('the stream of events failed'));
    }
    // Of any kind: it can be told nobody but the log.
    onError(new Error(`its events failed: ${error.message}`, { cause: thrown }));
  }

  readonly #retires = () => this.#stop(new Error('the plugin is being taken down'));

  #stop(reason: Error): void {
    if (this.#isOver) return;
    this.#close();
    const { actor } = this.parts.live;
    callFor(actor, () => this.#abort.abort(reason));
    const end = async () => callFor(actor, () => this.#source.return?.());
    end().catch((thrown: unknown) => this.#failed(thrown));
  }

  #close(): void {
    this.#isOver = true;
    clearInterval(this.#heartbeat);
    this.parts.live.signal.removeEventListener('abort', this.#retires);
    this.#goOn?.();
  }

  #beat(): void {
    const { response } = this.parts;
    if (!response.writableNeedDrain) response.write(HEARTBEAT);
  }
}

/** Called as the plugin: what it gave may be looked at by its own code only. @throws endpoint/bad-event */
function iteratorOf(given: unknown): Source {
  if (typeof given === 'object' && given !== null) {
    const both = given as Partial<AsyncIterable<unknown> & Iterable<unknown>>;
    const iterator: unknown = both[Symbol.asyncIterator]?.() ?? both[Symbol.iterator]?.();
    if (typeof iterator === 'object' && iterator !== null) return iterator as Source;
  }
  throw new HostError('endpoint/bad-event', ['sse() takes a function that gives something to iterate']);
}
