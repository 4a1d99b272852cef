import type { SocketMessage } from '../core/server-socket';

/** What may wait for whoever takes it, before nothing more is read from the connection. */
const MOST_WAITING = 16;
const MOST_WAITING_BYTES = 65_536;
/** Messages that listeners work on at once. */
const MOST_AT_WORK = 64;

/** Hands a message to a listener; a promise is what it still works on. Never throws or rejects. */
export type Hear = (message: SocketMessage) => Promise<void> | undefined;
type Taker = (result: IteratorResult<SocketMessage, undefined>) => void;

/** Reading from the connection, on and off. */
interface Tap {
  pause(): void;
  resume(): void;
}

/**
 * Messages between a connection and the plugin that takes them, by listeners or by iterating, in order. What nobody takes
 * stops the reading: a sender is never faster than the plugin.
 */
export class SocketMessages implements AsyncIterable<SocketMessage> {
  #waiting: SocketMessage[] = [];
  #next = 0;
  #waitingBytes = 0;
  readonly #takers: Taker[] = [];
  readonly #listeners: Hear[] = [];
  #atWork = 0;
  #isIterated = false;
  #isPaused = false;
  #isClosing = false;
  #isHandled = false;
  #isOver = false;

  constructor(readonly tap: Tap) {}

  /** Nothing is read at the moment, pongs neither. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** One came. */
  put(message: SocketMessage): void {
    if (this.#isClosing || this.#isOver) return;
    this.#waiting.push(message);
    this.#waitingBytes += message.length;
    this.#deliver();
  }

  listen(hear: Hear): void {
    this.#listeners.push(hear);
    // Not before the handler has done what it began.
    queueMicrotask(() => this.#deliver());
  }

  /** The handler is through: what nobody listens for by now is let go, so that the end of the connection is seen. */
  handled(): void {
    this.#isHandled = true;
    this.#deliver();
  }

  /** The connection is being closed from here: what still comes is not wanted. */
  closing(): void {
    this.#isClosing = true;
    this.#flow();
  }

  /** Nobody gets anything any more. */
  discard(): void {
    this.#clear();
    this.closing();
  }

  /** The connection is over. Listeners get what is left before this returns, iterators when they ask. */
  end(): void {
    this.#isOver = true;
    this.#deliver();
  }

  [Symbol.asyncIterator](): AsyncIterator<SocketMessage, undefined> {
    this.#isIterated = true;
    let isDone = false;
    return {
      next: () => {
        if (isDone) return Promise.resolve({ done: true, value: undefined });
        return new Promise((resolve) => {
          this.#takers.push(resolve);
          this.#deliver();
        });
      },
      return: () => {
        isDone = true;
        this.#isIterated = false;
        this.#deliver();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  get #count(): number {
    return this.#waiting.length - this.#next;
  }

  #deliver(): void {
    while (this.#count > 0) {
      if (this.#listeners.length > 0) {
        if (this.#atWork >= MOST_AT_WORK && !this.#isOver) break;
        this.#tell(this.#shift());
      } else {
        const take = this.#takers.shift();
        if (take === undefined) break;
        take({ done: false, value: this.#shift() });
      }
    }
    if (this.#isHandled && this.#listeners.length === 0 && !this.#isIterated) this.#clear();
    if (!this.#isOver) this.#flow();
    else if (this.#count === 0)
      for (const take of this.#takers.splice(0)) take({ done: true, value: undefined });
  }

  #tell(message: SocketMessage): void {
    for (const hear of this.#listeners) {
      const working = hear(message);
      if (working === undefined) continue;
      this.#atWork += 1;
      void working.then(() => {
        this.#atWork -= 1;
        this.#deliver();
      });
    }
  }

  #shift(): SocketMessage {
    const message = this.#waiting[this.#next] as SocketMessage;
    this.#next += 1;
    this.#waitingBytes -= message.length;
    if (this.#count === 0) this.#clear();
    return message;
  }

  #clear(): void {
    this.#waiting = [];
    this.#next = this.#waitingBytes = 0;
  }

  #flow(): void {
    const isFull =
      !this.#isClosing && (this.#count >= MOST_WAITING || this.#waitingBytes >= MOST_WAITING_BYTES);
    if (isFull === this.#isPaused) return;
    this.#isPaused = isFull;
    if (isFull) this.tap.pause();
    else this.tap.resume();
  }
}
