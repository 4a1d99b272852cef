import { HostError } from '../core/errors';
import type { SharedAcceptance } from '../core/ports/inbox';
import { draftOf } from './acceptance';
import { endWith, type Outlet } from './endpoint-call';
import type { LiveExchange } from './exchange';
import type { Gate } from './gate';
import { passGuard } from './judged-exchange';
import { answerStored, planOf, prepare, type KeptCall } from './kept-call';

/** One plugin's part in a request that several listen for, and who takes its answer. */
export interface SharedPart {
  readonly exchange: LiveExchange;
  readonly outlet: Outlet;
}

/**
 * Stores a request, whose body is there, for all listeners that store before they answer, in one commit; each is then
 * answered through its outlet, what refuses it too. Undefined when nothing was to be stored.
 * @throws inbox/unavailable, and nothing is stored for any of them
 */
export async function storeShared(
  gate: Gate,
  parts: readonly SharedPart[],
): Promise<SharedAcceptance | undefined> {
  const prepared = await Promise.all(parts.map((part) => prepareOne(gate, part)));
  const calls = prepared.filter((call) => call !== undefined);
  try {
    return await storeAll(gate, calls);
  } catch (thrown) {
    for (const { exchange } of calls) exchange.settled();
    throw thrown;
  }
}

async function storeAll(gate: Gate, calls: readonly KeptCall[]): Promise<SharedAcceptance | undefined> {
  if (calls.every(({ exchange }) => exchange.isClosed)) {
    for (const { exchange } of calls) exchange.settled();
    return undefined;
  }
  const { inbox } = gate.parts;
  if (inbox === undefined) throw new HostError('inbox/unavailable', [], { headers: { 'retry-after': '5' } });
  const planned = calls.map((call) => {
    const { exchange, idempotencyKey } = call;
    const plan = planOf(exchange);
    const isHeld = plan.deadlineMs !== undefined;
    if (exchange.keeping !== undefined && isHeld) exchange.keeping.isStoring = true;
    return {
      call,
      plan,
      listener: { draft: draftOf(exchange, idempotencyKey), live: isHeld ? exchange.live : undefined },
    };
  });
  const acceptance = await inbox.acceptShared(planned.map(({ listener }) => listener));
  planned.forEach(({ call, plan }, index) => {
    const accepted = acceptance.listeners[index];
    if (accepted !== undefined)
      answerStored(inbox, call, plan, accepted).catch((thrown: unknown) => refuse(call, thrown));
  });
  return acceptance;
}

/** From here on the lease is held whether or not the caller stays. Undefined for one that is refused. */
async function prepareOne(gate: Gate, { exchange, outlet }: SharedPart): Promise<KeptCall | undefined> {
  exchange.isPending = true;
  try {
    if (!(await passGuard(gate, exchange, outlet))) return undefined;
    const idempotencyKey = await prepare(gate, exchange, outlet);
    if (!exchange.isAnswered) return { gate, exchange, outlet, idempotencyKey };
    exchange.settled();
    return undefined;
  } catch (refusal) {
    refuse({ exchange, outlet }, refusal);
    return undefined;
  }
}

function refuse({ exchange, outlet }: SharedPart, thrown: unknown): void {
  endWith(exchange, outlet, thrown);
  exchange.settled();
}
