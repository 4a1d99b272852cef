import type { Awaitable } from '../core/exchange';
import { isThenable } from './awaited';
import { startDeadline, type Outlet } from './endpoint-call';
import type { LiveExchange } from './exchange';
import type { Gate } from './gate';

/** Does something that comes before the handler, in the time that the answer has; what waits for nobody needs no deadline. */
export async function inTime<T>(
  gate: Gate,
  exchange: LiveExchange,
  outlet: Outlet,
  work: () => Awaitable<T>,
): Promise<T> {
  const worked = work();
  if (!isThenable(worked) || exchange.isClosed) return worked;
  const time = new PreludeTime(gate, exchange, outlet);
  try {
    return await worked;
  } finally {
    time.over();
  }
}

/** Once an answer has begun, the end of its time cuts it no more, as with a Router. */
export function untilBegun(outlet: Outlet): Pick<Outlet, 'fail'> {
  return {
    fail: (late, error) => {
      if (!late.response.headersSent) outlet.fail(late, error);
    },
  };
}

/** The time of an answer while something comes before the handler; what was spent is taken from the handler's. */
class PreludeTime {
  readonly #startedAt = performance.now();

  constructor(
    readonly gate: Gate,
    readonly exchange: LiveExchange,
    outlet: Outlet,
  ) {
    startDeadline(exchange, gate.deadlines, untilBegun(outlet));
    exchange.response.once('close', this.#gone);
  }

  over(): void {
    const { exchange } = this;
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
