import { callFor } from '../core/actor';
import { asksToComeAgain, isDurable, isStoredFirst } from '../core/durable-answer';
import { HostError } from '../core/errors';
import type { Acceptance, HeldAcceptance, Inbox } from '../core/ports/inbox';
import { reply, type Reply, type ReplyHeaders } from '../core/reply';
import { bodyDigestOf, draftOf, recordOf } from './acceptance';
import { BodyFile } from './body-file';
import { callEndpoint, callHandler, wrongType, type Outlet } from './endpoint-call';
import type { LiveExchange } from './exchange';
import { checkForm } from './form-rules';
import type { Gate } from './gate';
import { acceptedReply, workHeld } from './held-call';
import { idempotencyKeyOf } from './idempotency-key';
import { Keeping } from './keeping';
import { readKept } from './kept-body';
import { preferencesOf } from './preferences';
import { repeatedReply } from './rendered-answer';
import { hasBody } from './request-head';
import { formFrom } from './stored-exchange';

const DUPLICATE: ReplyHeaders = { 'gatehouse-duplicate': 'true' };
const SHORTLY = { 'retry-after': '1' };
/** What the record of a request says whose sender left before the answer: a common convention, no answer at all. */
const SENDER_LEFT = 499;

/** Serves an endpoint whose requests are verified, stored or recorded: reads the body, then `serveKept`. */
export function callKept(gate: Gate, exchange: LiveExchange, outlet: Outlet): void {
  startKeeping(exchange, outlet);
  if (!exchange.target.needsBytes) {
    recordWhenOver(gate, exchange);
    callEndpoint(exchange, gate.deadlines, outlet);
    return;
  }
  readWhole(exchange).then(
    (body) => {
      if (body instanceof BodyFile) exchange.takeFile(body);
      else exchange.takeBytes(body);
      serveKept(gate, exchange, outlet);
    },
    (refusal: unknown) => outlet.fail(exchange, refusal),
  );
}

export function startKeeping(exchange: LiveExchange, outlet: Outlet): void {
  exchange.keeping = new Keeping(exchange.ip);
  exchange.outlet = outlet;
}

/**
 * From where the bytes are there: verified, parsed as far as its kind of body promises, then stored or handed to the
 * handler. Nothing is stored of what is refused.
 */
export function serveKept(gate: Gate, exchange: LiveExchange, outlet: Outlet): void {
  if (exchange.isClosed) return;
  // From here on the lease is held whether or not the caller stays.
  exchange.isPending = true;
  const { bodyFile } = exchange;
  // A large body is in memory in its turn, until it is stored; a handler that goes on reads it from disk.
  const done =
    bodyFile === undefined
      ? judge(gate, exchange, outlet)
      : gate.bodyRoom.run(bodyFile.size, () =>
          exchange.inMemory(bodyFile, () => judge(gate, exchange, outlet)),
        );
  done.catch((thrown: unknown) => {
    outlet.fail(exchange, thrown);
    exchange.settled();
  });
}

async function judge(gate: Gate, exchange: LiveExchange, outlet: Outlet): Promise<void> {
  const idempotencyKey = await prepare(exchange);
  await serve({ gate, exchange, outlet, idempotencyKey });
}

/** Keeps a receipt of a request that the handler answers, once the answer is out. `remarks` are asked for then. */
export function recordWhenOver(
  { parts: { inbox } }: Gate,
  exchange: LiveExchange,
  remarks: () => readonly string[] = () => [],
): void {
  const { keeping, response, target } = exchange;
  if (inbox === undefined || keeping === undefined || !target.endpoint.record) return;
  keeping.closed = () => {
    const isRead = exchange.isRead || exchange.spooled !== undefined;
    if (!isRead && target.bodyKind !== 'stream') return;
    if (response.headersSent) inbox.record(recordOf(exchange, remarks()), { status: response.statusCode });
    else
      inbox.record(recordOf(exchange, [...remarks(), 'the sender left before the answer']), {
        status: SENDER_LEFT,
      });
  };
}

function readWhole({ request, target, mediaType }: LiveExchange): Promise<Buffer | BodyFile> {
  const refusal = hasBody(request) ? wrongType(target.bodyKind, mediaType) : undefined;
  return refusal === undefined ? readKept(request, target.limits.bufferedBytes) : Promise.reject(refusal);
}

/** Everything that may refuse a request before it is stored. Answers its idempotency key. */
export async function prepare(exchange: LiveExchange): Promise<string | undefined> {
  const { target, keeping } = exchange;
  const verify = target.endpoint.verify;
  const verdict = verify === undefined ? undefined : callFor(exchange.live.actor, verify, exchange);
  if (verdict?.ok === false)
    throw new HostError('request/unauthorized', [], { headers: { 'www-authenticate': 'Bearer' } });
  if (keeping !== undefined) keeping.verified = verdict?.verified;
  if (exchange.spooled === undefined) {
    const form = await formFrom(exchange);
    if (form !== undefined) exchange.takeForm(form);
  }
  checkForm(target, exchange.spooled?.files ?? [], exchange.fields);
  if (target.bodyKind === 'json') exchange.json();
  return idempotencyKeyOf(exchange);
}

/** A request whose body is there, and who takes its answer. */
export interface KeptCall {
  readonly gate: Gate;
  readonly exchange: LiveExchange;
  readonly outlet: Outlet;
  readonly idempotencyKey: string | undefined;
}

async function serve(call: KeptCall): Promise<void> {
  const { gate, exchange, outlet, idempotencyKey } = call;
  if (exchange.isClosed) {
    exchange.settled();
    return;
  }
  if (!isStoredFirst(exchange.target.endpoint, exchange.method) && idempotencyKey === undefined) {
    recordWhenOver(gate, exchange);
    callHandler(exchange, gate.deadlines, outlet);
    return;
  }
  const { inbox } = gate.parts;
  if (inbox === undefined) throw new HostError('inbox/unavailable', []);
  const plan = planOf(exchange);
  const draft = draftOf(exchange, idempotencyKey);
  if (plan.deadlineMs === undefined) {
    await answerStored(inbox, call, plan, await inbox.accept(draft));
    return;
  }
  if (exchange.keeping !== undefined) exchange.keeping.isStoring = true;
  const first = await inbox.hold(draft, exchange.live);
  const isSettled = await isSettledSince(inbox, call, first);
  await answerStored(inbox, call, plan, isSettled ? await inbox.hold(draft, exchange.live) : first);
}

/** Whether the first of two same requests was settled, answer and all, after it had been found without one. */
async function isSettledSince(inbox: Inbox, call: KeptCall, acceptance: Acceptance): Promise<boolean> {
  if (acceptance.kind !== 'duplicate' || acceptance.answer !== undefined) return false;
  return call.idempotencyKey !== undefined && !(await isUnfinished(inbox, acceptance.receiptId));
}

/** From where it is stored: answered at once, with what its duplicate was answered, or by its handler in time. */
export async function answerStored(
  inbox: Inbox,
  call: KeptCall,
  { deadlineMs, applied }: Plan,
  acceptance: Acceptance | HeldAcceptance,
): Promise<void> {
  const { exchange, outlet, idempotencyKey } = call;
  const { endpoint } = exchange.target;
  const held = 'held' in acceptance ? acceptance.held : undefined;
  if (acceptance.kind === 'duplicate') {
    outlet.succeed(exchange, await duplicateReply(inbox, call, acceptance, deadlineMs === undefined));
    exchange.settled();
  } else if (held === undefined || deadlineMs === undefined) {
    // Worked later: it asks no more, or its lane is busy, or its endpoint paused.
    outlet.succeed(exchange, acceptedReply(acceptance.receiptId, applied));
    exchange.settled();
  } else
    workHeld({
      exchange,
      outlet,
      held,
      receiptId: acceptance.receiptId,
      mode: isDurable(endpoint) ? 'acknowledge' : 'answer',
      remainingMs: isDurable(endpoint) ? deadlineMs - (exchange.keeping?.ageMs ?? 0) : deadlineMs,
      isRepeatable: idempotencyKey !== undefined,
      applied,
    });
}

export interface Plan {
  /** Undefined: answered as soon as it is stored. */
  readonly deadlineMs: number | undefined;
  readonly applied: ReplyHeaders;
}

/** When the request is answered at the latest, by what its endpoint declares and its client prefers. */
export function planOf({ target, headers }: LiveExchange): Plan {
  const { answer } = target.endpoint;
  if (answer === 'handler') return { deadlineMs: target.timeoutMs, applied: {} };
  const { respondAsync, waitMs } = preferencesOf(headers.get('prefer'));
  const applied: ReplyHeaders = respondAsync ? { 'preference-applied': 'respond-async' } : {};
  if (answer === 'accept' || (respondAsync && waitMs === undefined))
    return { deadlineMs: undefined, applied };
  if (waitMs === undefined || waitMs >= answer.ackWithinMs)
    return { deadlineMs: answer.ackWithinMs, applied };
  const wait = `wait=${waitMs / 1_000}`;
  return {
    deadlineMs: waitMs,
    applied: { 'preference-applied': respondAsync ? `respond-async, ${wait}` : wait },
  };
}

/**
 * What the first of two same requests was answered, again.
 * @throws idempotency/other-request (422), idempotency/in-progress (409)
 */
async function duplicateReply(
  inbox: Inbox,
  { exchange, idempotencyKey }: KeptCall,
  { receiptId, answer, bodyDigest }: Extract<Acceptance, { kind: 'duplicate' }>,
  isAccepted: boolean,
): Promise<Reply> {
  if (idempotencyKey !== undefined && bodyDigest !== bodyDigestOf(exchange))
    throw new HostError('idempotency/other-request', []);
  if (answer === undefined) {
    if (idempotencyKey !== undefined && !isAccepted && (await isUnfinished(inbox, receiptId)))
      throw new HostError('idempotency/in-progress', [], { headers: SHORTLY });
    return acceptedReply(receiptId, DUPLICATE);
  }
  // Such an answer frees the key: whoever finds it here came in the same instant.
  if (asksToComeAgain(answer.status)) return reply(answer.status, undefined, { ...SHORTLY, ...DUPLICATE });
  if (idempotencyKey !== undefined) return repeatedReply(answer, DUPLICATE);
  const location = answer.status === 202 ? { location: `/api/receipts/${receiptId}` } : {};
  return reply(answer.status, undefined, { ...location, ...DUPLICATE });
}

/** A process that died with its handler leaves no answer: the job is run again, for nobody in particular. */
async function isUnfinished(inbox: Inbox, receiptId: string): Promise<boolean> {
  const status = await inbox.status(receiptId);
  return status !== undefined && ['accepted', 'running', 'waiting'].includes(status.state);
}
