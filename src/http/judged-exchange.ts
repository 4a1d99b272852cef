import { HostError } from '../core/errors';
import { isReply } from '../core/reply';
import { NO_BYTES } from './body';
import { responseOutlet, type Outlet } from './endpoint-call';
import type { LiveExchange } from './exchange';
import type { Gate } from './gate';
import { judgeWhole } from './judging';
import type { Asking } from './refusals';
import { needsWire } from './target';

/**
 * Has the guard judge a request whose body is there. True when it goes on; false when it was a handshake, which is
 * answered. @throws as `judgeWhole`, and body/undecodable, body/unsupported-encoding, body/too-large once it is verified
 */
export async function passGuard(gate: Gate, exchange: LiveExchange, outlet: Outlet): Promise<boolean> {
  const { keeping, target } = exchange;
  const { guard } = target;
  if (guard === undefined) return true;
  // Nothing comes here but through `admitExchange`; what did not is not let in.
  if (keeping?.passed === undefined) throw new HostError('request/unverified', []);
  if (!needsWire(guard)) return true;
  const { wire, undecodable, passed: head } = keeping;
  const received = { body: exchange.bytes ?? NO_BYTES, wire, failure: undecodable };
  let outcome;
  try {
    outcome = await judgeWhole(gate, {
      asking: askingOf(exchange),
      head,
      received,
      response: ownResponse(exchange, outlet),
    });
  } finally {
    await keeping.releaseWire();
  }
  if (isReply(outcome)) {
    outlet.succeed(exchange, outcome);
    exchange.settled();
    return false;
  }
  keeping.passed = outcome;
  if (outcome.plain !== undefined) exchange.replaceBody(outcome.plain);
  else if (undecodable !== undefined) throw undecodable;
  return true;
}

/** The request of an exchange, as the gate sees it. */
export function askingOf({ request, key, target, receivedAt, keeping, ip }: LiveExchange): Asking {
  const asking = { request, key, target, receivedAt, ip: keeping?.ip ?? ip };
  return keeping?.isReplay === true ? { ...asking, isReplay: true } : asking;
}

/** Where quotas are shown: not on an answer that several endpoints have a part in. */
export function ownResponse(
  { response }: LiveExchange,
  outlet: Outlet,
): LiveExchange['response'] | undefined {
  return outlet === responseOutlet ? response : undefined;
}
