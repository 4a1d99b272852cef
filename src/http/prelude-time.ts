import { startDeadline, type Outlet } from './endpoint-call';
import type { LiveExchange } from './exchange';
import type { Gate } from './gate';

/** The time of an answer while something comes before the handler; what was spent is taken from the handler's. */
export class PreludeTime {
  #startedAt: number | undefined;
  #isOver = false;

  constructor(
    readonly gate: Gate,
    readonly exchange: LiveExchange,
    readonly outlet: Outlet,
  ) {}

  /** Nothing, where it is over already: what waits for nobody needs no deadline. */
  begin(): void {
    const { gate, exchange, outlet } = this;
    if (this.#isOver || exchange.isClosed) return;
    this.#startedAt = performance.now();
    startDeadline(exchange, gate.deadlines, {
      ...outlet,
      fail: (late, error) => {
        // A middleware that began to answer takes its time, as a Router does.
        if (!late.response.headersSent) outlet.fail(late, error);
      },
    });
    exchange.response.once('close', this.#gone);
  }

  over(): void {
    this.#isOver = true;
    const { exchange } = this;
    if (this.#startedAt === undefined) return;
    exchange.spentMs = (exchange.spentMs ?? 0) + performance.now() - this.#startedAt;
    exchange.response.off('close', this.#gone);
    this.#leave();
  }

  /** Code at work keeps its deadline when the caller leaves: it ends the lease of what never settles. */
  readonly #gone = (): void => {
    if (!this.exchange.isPending) this.#leave();
  };

  readonly #leave = (): void => {
    this.exchange.onTimeout = undefined;
    this.gate.deadlines.remove(this.exchange);
  };
}
