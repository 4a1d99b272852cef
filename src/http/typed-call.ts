import type { Awaitable } from '../core/exchange';
import { isThenable } from './awaited';
import { callEndpoint, endWith, type Outlet } from './endpoint-call';
import type { LiveExchange } from './exchange';
import type { Gate } from './gate';
import { callKept, startKeeping } from './kept-call';
import { passesMiddleware } from './middleware';
import { inTime } from './prelude-time';
import { recordOwnAnswer } from './recording';
import { needsWire } from './target';

/**
 * Serves an endpoint that has something to do before its body is read: middleware, then the head is checked, then what is
 * provided without the body. All of it has the time that the answer has. Where the body is still to prove who asks, nothing of
 * it is the plugin's business before it has: then all of it comes after the body was judged (kept-call.ts).
 */
export function callTyped(gate: Gate, exchange: LiveExchange, outlet: Outlet): void {
  const { target } = exchange;
  exchange.outlet = outlet;
  if (needsWire(target.guard)) goOn(gate, exchange, outlet);
  else if (target.use.length === 0) enter(gate, exchange, outlet);
  else
    pass(gate, exchange, outlet).catch((thrown: unknown) => {
      endWith(exchange, outlet, thrown);
    });
}

async function pass(gate: Gate, exchange: LiveExchange, outlet: Outlet): Promise<void> {
  if (exchange.target.isKept) {
    startKeeping(gate, exchange, outlet);
    recordOwnAnswer(gate, exchange);
  }
  if (!(await inTime(gate, exchange, outlet, () => passesMiddleware(exchange)))) return;
  if (exchange.keeping !== undefined) exchange.keeping.closed = undefined;
  enter(gate, exchange, outlet);
}

function enter(gate: Gate, exchange: LiveExchange, outlet: Outlet): void {
  let entered: Awaitable<void> = undefined;
  try {
    entered = exchange.target.typed?.enter(exchange);
  } catch (thrown) {
    endWith(exchange, outlet, thrown);
    return;
  }
  if (!isThenable(entered)) {
    goOn(gate, exchange, outlet);
    return;
  }
  // Plugin code is at work: its generation is held even if the caller leaves.
  exchange.isPending = true;
  inTime(gate, exchange, outlet, () => entered).then(
    () => {
      exchange.settled();
      if (!exchange.isAnswered && !exchange.isClosed) goOn(gate, exchange, outlet);
    },
    (thrown: unknown) => {
      endWith(exchange, outlet, thrown);
      exchange.settled();
    },
  );
}

function goOn(gate: Gate, exchange: LiveExchange, outlet: Outlet): void {
  if (exchange.target.isKept) callKept(gate, exchange, outlet);
  else callEndpoint(exchange, gate.deadlines, outlet);
}
