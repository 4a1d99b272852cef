import { HostError } from '../core/errors';
import type { UploadPart } from '../core/exchange';
import type { LiveExchange } from './exchange';
import { UploadMeter } from './multipart-progress';
import { FormTally } from './multipart-tally';
import type { IncomingPart } from './part-stream';
import { PartReader } from './part-stream-reader';
import { hasBody } from './request-head';

/**
 * The parts of a form in the order in which they come, for one who takes them in turn. Nothing is read before the first is
 * asked for. States: waiting → read → over (all came, refused, or left; the rest of the body is dropped).
 */
export class IncomingParts {
  readonly #reader: PartReader;
  readonly #tally: FormTally;
  readonly #hasBody: boolean;
  readonly #arrived: IncomingPart[] = [];
  #current: IncomingPart | undefined;
  #isTaken = false;
  #isOver = false;
  #failure: { readonly thrown: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(exchange: LiveExchange) {
    const { request, target } = exchange;
    this.#hasBody = hasBody(request);
    this.#tally = new FormTally(target);
    this.#reader = new PartReader(
      request,
      this.#tally,
      UploadMeter.of(exchange),
      () => this.#arrived.length > 0,
      {
        onPart: (part) => {
          this.#arrived.push(part);
          this.#wake();
        },
        onOver: (failure) => this.#over(failure),
      },
    );
  }

  /**
   * The parts, once. Left early, the rest is read and dropped; refusals are thrown into the iteration.
   * @throws body/parts-taken
   */
  take(): AsyncIterable<UploadPart> {
    if (this.#isTaken) throw new HostError('body/parts-taken', []);
    this.#isTaken = true;
    return this.#iterate();
  }

  /** Nobody takes any more of it. A second time does nothing. */
  close(): void {
    if (!this.#isOver) this.#failure = { thrown: new HostError('body/part-gone', ['The form']) };
    this.#isOver = true;
    for (const part of [...this.#arrived.splice(0), this.#current]) part?.drop();
    this.#current = undefined;
    this.#reader.close();
    this.#wake();
  }

  async *#iterate(): AsyncGenerator<UploadPart, void, void> {
    try {
      if (!this.#isOver) this.#start();
      for (let part = await this.#next(); part !== undefined; part = await this.#next()) yield part;
    } finally {
      this.close();
    }
  }

  #start(): void {
    if (this.#hasBody) this.#reader.start();
    else this.#over(undefined);
  }

  async #next(): Promise<IncomingPart | undefined> {
    this.#current?.pass();
    this.#current = undefined;
    for (;;) {
      this.#current = this.#arrived.shift();
      if (this.#current !== undefined) {
        this.#reader.pull();
        return this.#current;
      }
      if (this.#failure !== undefined) throw this.#failure.thrown;
      if (this.#isOver) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #over(failure: unknown): void {
    this.#isOver = true;
    try {
      if (failure !== undefined) throw failure;
      this.#tally.end();
    } catch (thrown) {
      this.#failure = { thrown };
    }
    this.#wake();
  }
}
