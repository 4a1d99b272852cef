import type { Readable } from 'node:stream';
import { callFor } from '../core/actor';
import type { Verified } from '../core/declaration';
import { HostError, toError } from '../core/errors';
import type { Awaitable, EarlyAnswer, Method, UploadPart } from '../core/exchange';
import type { Job } from '../core/job';
import type { LeaseHolder, LiveMount } from '../core/live-mount';
import type { PluginKey } from '../core/plugin-key';
import { carryTrace, traceCarriedBy } from '../core/ports/tracing';
import type { Reply } from '../core/reply';
import type { RetireReason } from '../core/scope';
import { mediaTypeOf } from './body';
import { BodyFile } from './body-file';
import type { Timed } from './deadlines';
import { responseOutlet, type Outlet } from './endpoint-call';
import { ExchangeView } from './exchange-view';
import { sayGoodbye } from './goodbye';
import type { IncomingParts } from './incoming-parts';
import type { Keeping } from './keeping';
import type { GateRequest, GateResponse, Passage } from './messages';
import type { Form } from './multipart';
import type { ReceivedBody } from './received-body';
import { earlyReply } from './rendered-answer';
import { handedLines, handedTarget } from './sanitising';
import { nameOf, type Target } from './target';

/**
 * A live request as a value, and its lease on the generation. States: open → answered (nothing more is sent) →
 * over (response closed, handler settled or its time up: the lease ends) → released (its background work ended too: files go).
 */
export class LiveExchange extends ExchangeView implements LeaseHolder, Passage, Timed {
  previousHolder: LeaseHolder | undefined = undefined;
  nextHolder: LeaseHolder | undefined = undefined;
  dueTurn = 0;
  isAnswered = false;
  /** The handler has been called and its result is waited for. */
  isPending = false;
  /** Milliseconds of the answer's time that went before the body was read; of endpoints where something comes before it. */
  declare spentMs?: number;
  /** Called once, when the time for an answer is up. */
  onTimeout: ((exchange: LiveExchange) => void) | undefined = undefined;
  /** Who takes the answer. */
  outlet: Outlet = responseOutlet;
  /** What a request has besides that is stored or verified. */
  keeping: Keeping | undefined = undefined;
  /** The handler called `respond`. */
  isEarly = false;
  #abort: AbortController | undefined = undefined;
  #abortReason: Error | undefined = undefined;
  #isClosed = false;
  #isOver = false;
  #isReleased = false;
  #works = 0;
  #parts: IncomingParts | undefined = undefined;

  constructor(
    readonly request: GateRequest,
    readonly response: GateResponse,
    readonly live: LiveMount,
    readonly target: Target,
    readonly params: Readonly<Record<string, string>>,
    readonly baseUrl: string,
    readonly path: string,
  ) {
    super();
    live.enter(this);
  }

  get key(): PluginKey {
    return this.live.mount.key;
  }
  get method(): Method {
    return this.request.method as Method;
  }
  get url(): string {
    const { request, target } = this;
    return target.isSanitised ? handedTarget(request.originalUrl, target.guard) : request.originalUrl;
  }
  get headerLines(): readonly string[] {
    return handedLines(this.request, this.target);
  }
  get mediaType(): string {
    return mediaTypeOf(this.request);
  }
  get stream(): Readable {
    if (this.target.bodyKind !== 'stream') throw new HostError('body/not-a-stream', []);
    return this.request;
  }
  override get parts(): () => AsyncIterable<UploadPart> {
    return () => {
      if (this.#parts === undefined) throw new HostError('body/not-parts', []);
      return this.#parts.take();
    };
  }
  get ip(): string {
    return this.request.clientIp;
  }
  get requestId(): string {
    return this.request.requestId;
  }
  /** Epoch ms. */
  get receivedAt(): number {
    return this.keeping?.receivedAt ?? Date.now();
  }
  get receiptId(): string | undefined {
    return this.keeping?.receiptId;
  }
  get replayOf(): undefined {
    return undefined;
  }
  get verified(): Verified | undefined {
    return this.keeping?.verified;
  }
  get job(): Job | undefined {
    return this.keeping?.job;
  }
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#abortReason !== undefined) this.#abort.abort(this.#abortReason);
      if (this.keeping?.job !== undefined) this.#followJob(this.keeping.job);
    }
    return this.#abort.signal;
  }
  get background(): (work: (signal: AbortSignal) => Awaitable<unknown>) => string {
    return (work) => {
      this.#works += 1;
      return this.live.spawn(work, () => {
        this.#works -= 1;
        this.#release();
      });
    };
  }

  get respond(): (answer: EarlyAnswer) => void {
    return (answer) => {
      if (this.isEarly) throw new HostError('endpoint/answered-twice', []);
      const { live, target, takesAnswer } = this;
      const sent = takesAnswer ? target.typed?.early(live, answer) : undefined;
      const value = earlyReply(sent ?? answer);
      this.isEarly = true;
      this.#respond(value);
    };
  }

  /** What comes of the handler still goes to somebody; what nobody gets any more is no reason to fail. */
  get takesAnswer(): boolean {
    return !this.isEarly && (!this.isAnswered || this.keeping?.isAnswerKept === true);
  }
  get endpointName(): string {
    return nameOf(this.target.endpoint);
  }
  /** The response is over: whoever asked has the answer, or left. */
  get isClosed(): boolean {
    return this.#isClosed;
  }
  override takeFile(file: BodyFile): void {
    super.takeFile(file);
    this.#release();
  }
  takeReceived({ body, wire, failure }: ReceivedBody): void {
    if (this.keeping !== undefined) {
      this.keeping.wire = wire;
      this.keeping.undecodable = failure;
    }
    if (body instanceof BodyFile) this.takeFile(body);
    else this.takeBytes(body);
    this.#release();
  }
  /** The form is read by whoever asks for its parts. */
  takeParts(parts: IncomingParts): void {
    this.#parts = parts;
  }
  override takeForm(form: Form): void {
    super.takeForm(form);
    // The client may have left while the last part was being written.
    this.#release();
  }

  /** Only now: a job whose signal nobody looked at may end well although it was asked to stop. */
  #followJob({ signal }: Job): void {
    const trace = traceCarriedBy(signal);
    if (trace !== undefined && this.#abort !== undefined) carryTrace(this.#abort.signal, trace);
    const stop = () => this.abort(toError(signal.reason));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  }

  noteIgnoredAnswer(): void {
    const { requestId } = this;
    this.live.logger.debug('exchange.respond() came after the answer and is ignored', { requestId });
  }

  #respond(value: Reply): void {
    if (this.keeping?.respond !== undefined) {
      this.keeping.respond(value);
      return;
    }
    if (this.isAnswered) {
      this.noteIgnoredAnswer();
      return;
    }
    // The rest is work in the background: no deadline of an answer, but the end of its generation.
    this.onTimeout = undefined;
    if (this.live.signal.aborted) this.abort(takenDown());
    this.outlet.succeed(this, value);
  }

  /** The generation retires: a stream of events says goodbye, anything else is left to finish. */
  retiring(reason: RetireReason): void {
    const isEvents = sayGoodbye(this.response, reason);
    if ((isEvents || this.isEarly) && this.keeping?.job === undefined) this.abort(takenDown());
  }
  expired(): void {
    this.abort(takenDown());
    if (!this.response.writableEnded) this.response.destroy();
    this.#isClosed = true;
    this.settled();
  }
  timedOut(): void {
    this.onTimeout?.(this);
  }
  responseClosed(): void {
    this.#isClosed = true;
    if (!this.response.writableFinished && this.keeping?.isStoring !== true && !this.isEarly)
      this.abort(new Error('the client left'));
    this.keeping?.closed?.();
    if (!this.isPending) this.#finish();
  }
  /** The handler returned or threw, or its result is no longer waited for. */
  settled(): void {
    this.isPending = false;
    // Nobody reads the rest of its form, and its sender may wait to be rid of it before it takes the answer.
    if (this.#parts !== undefined && this.#works === 0 && this.response.writableEnded) this.#parts.close();
    if (this.#isClosed) this.#finish();
  }
  abort(reason: Error): void {
    this.#abortReason ??= reason;
    const { live } = this;
    const abort = this.#abort;
    if (abort !== undefined) callFor(live.actor, () => abort.abort(this.#abortReason));
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.live.leave(this);
    this.#release();
  }
  /** Once: a handler whose time was up may begin background work when its files are gone already. */
  #release(): void {
    if (!this.#isOver || this.#works > 0) return;
    this.#parts?.close();
    void this.bodyFile?.remove();
    void this.keeping?.releaseWire();
    const { spooled } = this;
    if (spooled === undefined || this.#isReleased) return;
    this.#isReleased = true;
    void spooled.remove();
  }
}

const takenDown = () => new Error('the plugin is being taken down');
