import { isAnyArrayBuffer } from 'node:util/types';
import type { WebSocket } from 'ws';
import { callFor } from '../core/actor';
import { HostError } from '../core/errors';
import type { LiveMount } from '../core/live-mount';
import { isReply } from '../core/reply';
import type { RetireReason } from '../core/scope';
import type { ServerSocket, SocketEnd, SocketMessage } from '../core/server-socket';
import { isThenable } from './awaited';
import { accountOf, toProblem } from './problem';
import { isSendable, shortReason, SOCKET_CODES } from './socket-codes';
import { SocketMessages } from './socket-messages';
import type { TargetSocket } from './target';

/** How long a receiver that is cut gets to take the reason. */
const CUT_MS = 1_000;
/** Messages that a connection that takes them at once is sent before anything else has its turn. */
const MOST_AT_ONCE = 64;

/** Whose connection it is. */
interface Owner {
  readonly live: LiveMount;
  /** As in log lines. */
  readonly name: string;
  readonly requestId: string;
  readonly limits: TargetSocket;
  /** Made when it is first asked for. */
  signal(): AbortSignal;
  /** What the plugin wants in place of what its code threw; what it does not know comes back. */
  mapped(thrown: unknown): unknown;
  /** The connection is over, and the plugin knows. */
  over(): void;
}

/** One WebSocket connection. States: open → closing (a reason was sent or came) → over (the plugin was told). */
export class SocketConnection implements ServerSocket {
  readonly #socket: WebSocket;
  readonly #owner: Owner;
  readonly #messages: SocketMessages;
  readonly #heart: NodeJS.Timeout;
  readonly #closeListeners: ((end: SocketEnd) => unknown)[] = [];
  #isAnswering = true;
  #isCut = false;
  #sends = 0;
  /** Why it ended here, which the other side may never come to hear. */
  #reason: SocketEnd | undefined = undefined;
  #end: SocketEnd | undefined = undefined;

  constructor(socket: WebSocket, owner: Owner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#messages = new SocketMessages(socket);
    this.#heart = setInterval(() => this.#beat(), owner.limits.heartbeatMs).unref();
    socket.on('message', (data, isBinary) => {
      this.#isAnswering = true;
      // By the default of `binaryType` it is a Buffer.
      this.#messages.put(isBinary ? (data as Buffer) : (data as Buffer).toString('utf8'));
    });
    socket.on('pong', () => (this.#isAnswering = true));
    socket.on('ping', () => (this.#isAnswering = true));
    socket.on('error', (error) => this.#broken(error));
    socket.once('close', (code, reason) => this.#over({ code, reason: reason.toString('utf8') }));
  }

  get protocol(): string {
    return this.#socket.protocol;
  }
  get signal(): AbortSignal {
    return this.#owner.signal();
  }
  get isOpen(): boolean {
    return this.#end === undefined && this.#socket.readyState === this.#socket.OPEN;
  }
  /** It ended, and nothing of it is left to be told. */
  get isOver(): boolean {
    return this.#end !== undefined;
  }
  get bufferedBytes(): number {
    return this.isOver ? 0 : this.#socket.bufferedAmount;
  }

  async send(message: unknown): Promise<void> {
    const data = encoded(message);
    if (this.isOpen && this.bufferedBytes > this.#owner.limits.bufferedBytes) this.#cutSlow();
    const isSent = this.isOpen;
    if (isSent) await new Promise<void>((resolve) => this.#socket.send(data, () => resolve()));
    this.#sends += 1;
    // A loop that sends without end must not keep the process from everything else, the end of the connection included.
    if (!isSent || this.#sends % MOST_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  onMessage(listener: (message: SocketMessage) => unknown): void {
    this.#messages.listen((message) => this.#call(() => listener(message)));
  }

  onClose(listener: (end: SocketEnd) => unknown): void {
    const end = this.#end;
    if (end === undefined) this.#closeListeners.push(listener);
    else queueMicrotask(() => void this.#call(() => listener(end)));
  }

  close(code: number = SOCKET_CODES.normal, reason = ''): void {
    if (!isSendable(code)) throw new RangeError(`${code} is no code that a WebSocket may be closed with`);
    this.#close({ code, reason: shortReason(reason) });
  }

  [Symbol.asyncIterator](): AsyncIterator<SocketMessage, undefined> {
    return this.#messages[Symbol.asyncIterator]();
  }

  /** The handler is through. */
  handled(): void {
    this.#messages.handled();
  }

  /** What the plugin threw ends the connection: a refusal with its words, anything nobody meant with none, and logged. */
  fail(thrown: unknown): void {
    const { isMeant, words } = this.#told(thrown);
    this.#messages.discard();
    this.#close({
      code: isMeant ? SOCKET_CODES.policyViolation : SOCKET_CODES.internalError,
      reason: isMeant && typeof words === 'string' ? shortReason(words) : '',
    });
  }

  /** Its generation retires. Where another one follows, clients are told that they may come back. */
  goAway(reason: RetireReason): void {
    const isBack = reason === 'reload' || reason === 'shutdown';
    this.#close({ code: isBack ? SOCKET_CODES.serviceRestart : SOCKET_CODES.goingAway, reason });
  }

  /** Ends it now; the plugin knows when this returns. */
  terminate(): void {
    this.#over({ code: SOCKET_CODES.broken, reason: '' });
    this.#socket.terminate();
  }

  #told(thrown: unknown): { readonly isMeant: boolean; readonly words: unknown } {
    const instead = this.#owner.mapped(thrown);
    if (isReply(instead)) return { isMeant: instead.status < 500, words: instead.body };
    const { unexpected, status, detail } = toProblem(instead);
    if (unexpected) this.#report(instead);
    return { isMeant: status < 500, words: detail };
  }

  #close(end: SocketEnd): void {
    if (this.isOver) return;
    this.#reason ??= end;
    this.#messages.closing();
    this.#socket.close(end.code, end.reason);
  }

  /** What waits is in memory, so it goes; the reason stands behind it and rarely arrives. */
  #cutSlow(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    const { live, name, requestId, limits } = this.#owner;
    live.logger.info(
      `${name} cut a WebSocket whose other side left more than ${limits.bufferedBytes} bytes waiting`,
      { requestId },
    );
    this.#close({ code: SOCKET_CODES.tryAgainLater, reason: 'too slow' });
    setTimeout(() => this.#socket.terminate(), CUT_MS).unref();
  }

  #beat(): void {
    // Where nothing is read no answer can be seen either: the write will tell that nobody is there.
    if (!this.#isAnswering && !this.#messages.isPaused) {
      this.#socket.terminate();
      return;
    }
    this.#isAnswering = false;
    if (this.isOpen) this.#socket.ping();
  }

  /** The other side broke the protocol, or the connection broke; `close` follows. */
  #broken(error: Error & { readonly code?: string }): void {
    const code = violationOf(error.code);
    if (code !== undefined) this.#reason ??= { code, reason: '' };
    const { live, name, requestId } = this.#owner;
    live.logger.debug(`a WebSocket of ${name} broke: ${error.message}`, { requestId });
  }

  #over(end: SocketEnd): void {
    if (this.isOver) return;
    const told = end.code === SOCKET_CODES.broken ? (this.#reason ?? end) : end;
    this.#end = told;
    clearInterval(this.#heart);
    this.#messages.end();
    for (const listener of this.#closeListeners) void this.#call(() => listener(told));
    this.#owner.over();
  }

  /** What it works on, if that is not done at once; what it throws ends the connection. */
  #call(run: () => unknown): Promise<void> | undefined {
    let result: unknown;
    try {
      result = callFor(this.#owner.live.actor, run);
      if (!isThenable(result)) return undefined;
    } catch (thrown) {
      this.fail(thrown);
      return undefined;
    }
    // Adopted, not trusted: a thenable may call back twice, or throw.
    return Promise.resolve(result).then(
      () => undefined,
      (thrown: unknown) => this.fail(thrown),
    );
  }

  #report(thrown: unknown): void {
    const { live, name, requestId } = this.#owner;
    const { message, stack } = accountOf(thrown, live.mapStack);
    live.logger.error(`${name} failed: ${message}`, { requestId, stack });
  }
}

/** @throws endpoint/unserializable */
function encoded(message: unknown): string | Uint8Array {
  if (typeof message === 'string') return message;
  if (ArrayBuffer.isView(message))
    return new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
  if (isAnyArrayBuffer(message)) return new Uint8Array(message);
  let text: string | undefined;
  try {
    text = JSON.stringify(message) as string | undefined;
  } catch (cause) {
    throw new HostError('endpoint/unserializable', [], { cause });
  }
  if (text === undefined) throw new HostError('endpoint/unserializable', []);
  return text;
}

/** What the other side is told that broke the protocol. */
function violationOf(code: string | undefined): number | undefined {
  if (code?.startsWith('WS_ERR_') !== true) return undefined;
  if (code.endsWith('_LENGTH') && code.includes('UNSUPPORTED')) return SOCKET_CODES.tooBig;
  if (code === 'WS_ERR_TOO_MANY_BUFFERED_PARTS') return SOCKET_CODES.policyViolation;
  return code === 'WS_ERR_INVALID_UTF8' ? SOCKET_CODES.notUtf8 : SOCKET_CODES.protocolError;
}
