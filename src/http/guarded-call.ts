import type { Reply } from '../core/reply';
import { admit } from './admission';
import { callEndpoint, type Outlet } from './endpoint-call';
import type { LiveExchange } from './exchange';
import type { Gate } from './gate';
import { askingOf, ownResponse } from './judged-exchange';
import { judgeHandshake } from './judging';
import { callKept, startKeeping } from './kept-call';
import type { Asking } from './refusals';
import { callTyped } from './typed-call';

/** Serves an endpoint that asks who comes, or how often: the head is judged first, then the rest goes its usual way. */
export function callGuarded(gate: Gate, exchange: LiveExchange, outlet: Outlet): void {
  enter(gate, exchange, outlet).catch((thrown: unknown) => outlet.fail(exchange, thrown));
}

async function enter(gate: Gate, exchange: LiveExchange, outlet: Outlet): Promise<void> {
  await admitExchange(gate, exchange, outlet);
  if (exchange.isClosed) return;
  if (exchange.target.isTyped) callTyped(gate, exchange, outlet);
  else if (exchange.target.isKept) callKept(gate, exchange, outlet);
  else callEndpoint(exchange, gate.deadlines, outlet);
}

/** @throws as `admit` */
export async function admitExchange(gate: Gate, exchange: LiveExchange, outlet: Outlet): Promise<void> {
  startKeeping(gate, exchange, outlet);
  const passed = await admit(gate, askingOf(exchange), ownResponse(exchange, outlet));
  if (exchange.keeping !== undefined) exchange.keeping.passed = passed;
}

/**
 * The answer to a handshake that came by a method the endpoint does not declare; undefined when it is none. Its body,
 * if any, is not read: none of these methods gives it a meaning (RFC 9110 §9.3.1, §9.3.7). @throws as `admit`
 */
export async function answerHandshake(
  gate: Gate,
  asking: Asking,
  response: LiveExchange['response'],
): Promise<Reply | undefined> {
  const head = await admit(gate, asking, response);
  return judgeHandshake(gate, { asking, head, received: undefined, response });
}
