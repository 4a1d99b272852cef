import { callFor } from '../core/actor';
import { asksToComeAgain } from '../core/durable-answer';
import { HostError, isHostError, toError } from '../core/errors';
import { isHttpError } from '../core/http-error';
import { GiveUp } from '../core/job';
import type { HeldDelivery, StoredAnswer } from '../core/ports/inbox';
import { isReadable, isReply, type Reply, type ReplyHeaders } from '../core/reply';
import { acceptedReply } from './accepted-reply';
import { reportFailure, type Outlet } from './endpoint-call';
import type { LiveExchange } from './exchange';
import { problemReply, toProblem } from './problem';
import { renderAnswer } from './rendered-answer';

/**
 * True for what a handler throws as an answer: it refuses, and trying again would change nothing. Errors of other
 * packages carry a status too, but it is often what somebody else answered the handler.
 */
export function isRefusal(thrown: unknown): thrown is Error {
  if (isHttpError(thrown)) return thrown.status < 500;
  return isHostError(thrown) && thrown.status < 500 && /^(?:body|request|events)\//.test(thrown.code);
}

/**
 * What a refusal is once nobody waits for it: its sender has been told that the request is taken, so it must not pass for
 * done. Trying again is no use, unless it says so.
 */
export function lateRefusal(thrown: Error): Error {
  const { status } = thrown as Error & { status?: number };
  if (status !== undefined && asksToComeAgain(status)) return thrown;
  return new GiveUp(`the handler refused it: ${status ?? ''} ${thrown.message}`);
}

export interface HeldCallParts {
  readonly exchange: LiveExchange;
  readonly outlet: Outlet;
  readonly held: HeldDelivery;
  readonly receiptId: string;
  /** `acknowledge`: at the deadline, and when the handler fails, the answer is 202. `answer`: as without a store. */
  readonly mode: 'acknowledge' | 'answer';
  /** Until the deadline. */
  readonly remainingMs: number;
  /** Headers and body of the answer are kept for its duplicates. */
  readonly isRepeatable: boolean;
  /** Headers that say which preferences were met; of a 202 only. */
  readonly applied: ReplyHeaders;
}

/**
 * Runs the handler on a stored request that this process holds, in the midst of the request. States: open → answered
 * (by the handler, or at the deadline) → settled (the handler is through: its job is done, or will be tried again).
 */
export function workHeld(parts: HeldCallParts): void {
  new HeldCall(parts).run();
}

class HeldCall {
  #timer: NodeJS.Timeout | undefined;

  constructor(readonly parts: HeldCallParts) {}

  run(): void {
    const { exchange, held, receiptId, remainingMs, mode } = this.parts;
    const { keeping, live } = exchange;
    if (keeping !== undefined) {
      keeping.receiptId = receiptId;
      keeping.job = held.job;
      keeping.isAnswerKept = mode === 'answer';
      keeping.respond = (value) => this.#respond(value);
    }
    if (remainingMs > 0) this.#timer = setTimeout(() => this.#late(), remainingMs);
    else this.#late();
    const handle = exchange.target.handle as (exchange: LiveExchange) => unknown;
    // What it returns is adopted, not trusted: a thenable may call back twice, or throw.
    new Promise((resolve) => resolve(callFor(live.actor, handle, exchange)))
      .then(
        (value) => this.#returned(value),
        (thrown: unknown) => this.#threw(thrown),
      )
      .catch((failure: unknown) => this.#unsettled(failure))
      .finally(() => {
        clearTimeout(this.#timer);
        exchange.settled();
      });
    // A handler that never settles keeps nothing once its attempt was counted out.
    void held.over.finally(() => exchange.settled());
  }

  async #returned(value: unknown): Promise<void> {
    const { exchange, held, mode } = this.parts;
    const failure = mode === 'acknowledge' ? failureIn(value) : undefined;
    if (failure !== undefined) {
      await this.#threw(failure);
      return;
    }
    // What a handler returns after it answered, or after its 202, is no answer any more.
    if (exchange.isEarly || (exchange.isAnswered && mode === 'acknowledge')) letGo(value);
    else
      try {
        this.#answer(value);
      } catch (unserializable) {
        await this.#threw(unserializable);
        return;
      }
    await held.succeeded();
  }

  async #threw(thrown: unknown): Promise<void> {
    const { exchange, held, outlet, mode } = this.parts;
    if (isRefusal(thrown)) {
      if (exchange.isEarly || (exchange.isAnswered && mode === 'acknowledge')) {
        await held.failed(lateRefusal(thrown));
        return;
      }
      this.#refuse(thrown);
      await held.refused();
    } else if (mode === 'acknowledge' || exchange.isEarly) {
      this.#late();
      await held.failed(thrown);
    } else if (held.signal.aborted) {
      // Interrupted, and run again: what it threw on the way out is nobody's answer.
      const error = new HostError('plugin/not-ready', [exchange.key], { headers: { 'retry-after': '5' } });
      if (!exchange.isAnswered) outlet.fail(exchange, error);
      await held.failed(thrown);
    } else {
      this.#refuse(thrown);
      await held.refused();
    }
  }

  #respond(value: Reply): void {
    const { exchange, mode } = this.parts;
    if (!exchange.isAnswered || mode === 'answer') this.#answer(value);
    else {
      letGo(value);
      exchange.noteIgnoredAnswer();
    }
  }

  /** @throws endpoint/unserializable, with nothing sent or stored */
  #answer(value: unknown): void {
    const { exchange, outlet, held, isRepeatable } = this.parts;
    const { reply: ready, stored } = renderAnswer(value, isRepeatable);
    clearTimeout(this.#timer);
    held.answered(stored);
    if (exchange.isAnswered) letGo(value);
    else outlet.succeed(exchange, ready);
  }

  #refuse(thrown: unknown): void {
    const { exchange, outlet, held } = this.parts;
    clearTimeout(this.#timer);
    held.answered(this.#problemStored(thrown));
    if (!exchange.isAnswered) outlet.fail(exchange, thrown);
    else if (toProblem(thrown).unexpected) reportFailure(exchange, thrown);
  }

  #problemStored(thrown: unknown): StoredAnswer {
    const { exchange, isRepeatable } = this.parts;
    const { status } = toProblem(thrown);
    if (!isRepeatable || asksToComeAgain(status)) return { status };
    return renderAnswer(problemReply(exchange.request, exchange.response, thrown), true).stored;
  }

  /** The deadline passed, or what the handler threw is no answer. */
  #late(): void {
    const { exchange, outlet, held, mode, receiptId, applied, isRepeatable } = this.parts;
    clearTimeout(this.#timer);
    if (exchange.isAnswered) return;
    if (mode === 'acknowledge') {
      const accepted = acceptedReply(exchange, receiptId, applied);
      held.answered(renderAnswer(accepted, isRepeatable).stored);
      outlet.succeed(exchange, accepted);
      return;
    }
    // Not stored: the handler goes on, and what it answers in the end is what a repetition is given.
    const { timeoutMs } = exchange.target;
    const error = new HostError('endpoint/timeout', [timeoutMs], { headers: { 'retry-after': '5' } });
    outlet.fail(exchange, error);
    exchange.abort(error);
  }

  /** Its job could not be settled: the lease runs out, and it is run again. */
  #unsettled(failure: unknown): void {
    const { exchange } = this.parts;
    const { message } = toError(failure);
    exchange.live.logger.warn(`a delivery could not be settled and will run again: ${message}`, {
      requestId: exchange.requestId,
    });
  }
}

/** An answer that says the server failed is no answer of a stored request: it is tried again. */
export function failureIn(value: unknown): Error | undefined {
  if (!isReply(value) || value.status < 500) return undefined;
  letGo(value);
  return new Error(`the handler answered ${value.status}`);
}

/** A stream that nobody will read is closed. */
export function letGo(value: unknown): void {
  const body = isReply(value) ? value.body : value;
  if (isReadable(body)) body.destroy();
}
