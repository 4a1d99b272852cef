import { isRecorded } from '../core/durable-answer';
import type { Awaitable } from '../core/exchange';
import { isReply } from '../core/reply';
import { recordOf } from './acceptance';
import { isThenable } from './awaited';
import { NO_BYTES } from './body';
import { callEndpoint, endWith, type Outlet } from './endpoint-call';
import type { LiveExchange } from './exchange';
import type { Gate } from './gate';
import { callKept, startKeeping } from './kept-call';
import { mappedError } from './mapped-errors';
import { passMiddleware } from './middleware';
import { PreludeTime } from './prelude-time';
import { needsWire } from './target';

/**
 * Serves an endpoint that has something to do before its body is read: middleware, then the head is checked, then what is
 * provided without the body. All of it has the time that the answer has. Where the body is still to prove who asks, nothing of
 * it is the plugin's business before it has: then all of it comes after the body was judged (kept-call.ts).
 */
export function callTyped(gate: Gate, exchange: LiveExchange, outlet: Outlet): void {
  exchange.outlet = outlet;
  if (needsWire(exchange.target.guard)) {
    goOn(gate, exchange, outlet);
    return;
  }
  if (exchange.target.use.length === 0) {
    enter(gate, exchange, outlet);
    return;
  }
  const time = new PreludeTime(gate, exchange, outlet);
  recordOwnAnswer(gate, exchange, outlet);
  passMiddleware(exchange, {
    passed() {
      time.over();
      if (exchange.keeping !== undefined) exchange.keeping.closed = undefined;
      enter(gate, exchange, outlet);
    },
    failed(thrown) {
      time.over();
      const instead = mappedError(exchange.target.endpoint, exchange.live.actor, thrown);
      if (isReply(instead)) outlet.succeed(exchange, instead);
      else outlet.fail(exchange, instead);
    },
  });
  time.begin();
}

function enter(gate: Gate, exchange: LiveExchange, outlet: Outlet): void {
  const { typed } = exchange.target;
  let entered: Awaitable<void> = undefined;
  try {
    entered = typed?.enter(exchange);
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
  const time = new PreludeTime(gate, exchange, outlet);
  time.begin();
  Promise.resolve(entered).then(
    () => {
      time.over();
      exchange.settled();
      if (!exchange.isAnswered && !exchange.isClosed) goOn(gate, exchange, outlet);
    },
    (thrown: unknown) => {
      time.over();
      endWith(exchange, outlet, thrown);
      exchange.settled();
    },
  );
}

function goOn(gate: Gate, exchange: LiveExchange, outlet: Outlet): void {
  if (exchange.target.isKept) callKept(gate, exchange, outlet);
  else callEndpoint(exchange, gate.deadlines, outlet);
}

/** Keeps a receipt of what a middleware answers, where one is kept of what the handler answers. */
function recordOwnAnswer(gate: Gate, exchange: LiveExchange, outlet: Outlet): void {
  const { inbox } = gate.parts;
  const { target, response } = exchange;
  if (inbox === undefined || !target.isKept || !isRecorded(target.endpoint)) return;
  startKeeping(gate, exchange, outlet);
  if (exchange.keeping === undefined) return;
  exchange.keeping.closed = () => {
    if (!response.headersSent) return;
    exchange.takeBytes(NO_BYTES);
    const remarks = ['it was answered before the body was read, which is not kept'];
    inbox.record(recordOf(exchange, remarks), { status: response.statusCode });
  };
}
