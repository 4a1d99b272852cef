import { asksToComeAgain, isDurable, isStoredFirst } from '../core/durable-answer';
import { HostError } from '../core/errors';
import type { Acceptance, HeldAcceptance, Inbox } from '../core/ports/inbox';
import { reply, type Reply, type ReplyHeaders } from '../core/reply';
import { bodyDigestOf, draftOf } from './acceptance';
import { callEndpoint, callHandler, endWith, wrongType, type Outlet } from './endpoint-call';
import type { LiveExchange } from './exchange';
import { checkForm } from './form-rules';
import type { Gate } from './gate';
import { acceptedReply, demandedReply } from './accepted-reply';
import { workHeld } from './held-call';
import { idempotencyKeyOf } from './idempotency-key';
import { Keeping } from './keeping';
import { passesMiddleware } from './middleware';
import { inTime } from './prelude-time';
import { recordWhenOver } from './recording';
import { passGuard } from './judged-exchange';
import { UploadMeter } from './multipart-progress';
import { receiveKept, receiveWire } from './kept-body';
import { preferencesOf } from './preferences';
import { largeBytes, type ReceivedBody } from './received-body';
import { repeatedReply } from './rendered-answer';
import { hasBody } from './request-head';
import { formFrom } from './stored-exchange';
import { needsWire } from './target';

const DUPLICATE: ReplyHeaders = { 'gatehouse-duplicate': 'true' };
const SHORTLY = { 'retry-after': '1' };

/** Serves an endpoint whose requests are verified, stored or recorded: reads the body, then `serveKept`. */
export function callKept(gate: Gate, exchange: LiveExchange, outlet: Outlet): void {
  startKeeping(gate, exchange, outlet);
  if (!exchange.target.needsBytes) {
    recordWhenOver(gate, exchange);
    callEndpoint(exchange, gate.deadlines, outlet);
    return;
  }
  // What the body is still to prove is no business of the plugin's before it has.
  const meter = needsWire(exchange.target.guard) ? undefined : UploadMeter.of(exchange);
  meter?.watch();
  readWhole(exchange).then(
    (received) => {
      exchange.takeReceived(received);
      serveKept(gate, exchange, outlet);
    },
    (refusal: unknown) => {
      meter?.stop();
      outlet.fail(exchange, refusal);
    },
  );
}

export function startKeeping(gate: Gate, exchange: LiveExchange, outlet: Outlet): void {
  exchange.keeping ??= keepingOf(gate, exchange);
  exchange.outlet = outlet;
}

function keepingOf(gate: Gate, { request, response, ip }: LiveExchange): Keeping {
  const first = gate.firstArrival(request);
  // Of one request it is one time, however many endpoints listen for it.
  response.receivedAt ||= first?.receivedAt ?? gate.clock.now();
  if (first === undefined) return new Keeping(ip, response.receivedAt);
  const keeping = new Keeping(first.ip, first.receivedAt);
  keeping.isReplay = true;
  return keeping;
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
  const bytes = largeBytes(exchange.keeping?.wire) + largeBytes(bodyFile);
  const work = () => judge(gate, exchange, outlet);
  // A large body is in memory in its turn, until it is stored; a handler that goes on reads it from disk.
  const done =
    bytes === 0
      ? work()
      : gate.bodyRoom.run(bytes, () => (bodyFile === undefined ? work() : exchange.inMemory(bodyFile, work)));
  done.catch((thrown: unknown) => {
    endWith(exchange, outlet, thrown);
    exchange.settled();
  });
}

async function judge(gate: Gate, exchange: LiveExchange, outlet: Outlet): Promise<void> {
  if (!(await passGuard(gate, exchange, outlet))) return;
  if (!(await passJudgedMiddleware(gate, exchange, outlet))) return;
  const idempotencyKey = await prepare(gate, exchange, outlet);
  await serve({ gate, exchange, outlet, idempotencyKey });
}

/** Middleware of an endpoint whose guard had to see the body first. False when it answers itself, or its time is up. */
async function passJudgedMiddleware(gate: Gate, exchange: LiveExchange, outlet: Outlet): Promise<boolean> {
  const { target, keeping } = exchange;
  if (target.use.length === 0 || !needsWire(target.guard)) return true;
  recordWhenOver(gate, exchange);
  const isPassed = await inTime(gate, exchange, outlet, () => passesMiddleware(exchange));
  if (!isPassed) exchange.settled();
  else if (keeping !== undefined) keeping.closed = undefined;
  return isPassed;
}

function readWhole({ request, target, mediaType }: LiveExchange): Promise<ReceivedBody> {
  const refusal = hasBody(request) ? wrongType(target.bodyKind, mediaType) : undefined;
  if (refusal !== undefined) return Promise.reject(refusal);
  const { bufferedBytes } = target.limits;
  return needsWire(target.guard) ? receiveWire(request, bufferedBytes) : receiveKept(request, bufferedBytes);
}

/** Everything that may still refuse a request that was let in. Answers its idempotency key. */
export async function prepare(
  gate: Gate,
  exchange: LiveExchange,
  outlet: Outlet,
): Promise<string | undefined> {
  const { target } = exchange;
  if (exchange.spooled === undefined) {
    const form = await formFrom(exchange);
    if (form !== undefined) exchange.takeForm(form);
  }
  checkForm(target, exchange.spooled?.files ?? [], exchange.fields);
  if (target.bodyKind === 'json') exchange.json();
  const idempotencyKey = idempotencyKeyOf(exchange);
  const isStored = isStoredFirst(target.endpoint, exchange.method) || idempotencyKey !== undefined;
  // Where nothing is stored this is a part of the call of the handler.
  const { typed } = target;
  if (isStored && typed !== undefined) await inTime(gate, exchange, outlet, () => typed.complete(exchange));
  return idempotencyKey;
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
  // Its time was up, or nobody waits.
  if (exchange.isClosed || exchange.isAnswered) {
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
  const isRunning = await isStillRunning(inbox, call, first);
  // The first of the two was settled, answer and all, after it had been found without one.
  const isSettled = isRunning === false;
  await answerStored(
    inbox,
    call,
    plan,
    isSettled ? await inbox.hold(draft, exchange.live) : first,
    isRunning,
  );
}

/** Whether the first of two same requests goes on; undefined where that makes no difference. */
async function isStillRunning(
  inbox: Inbox,
  call: KeptCall,
  acceptance: Acceptance,
): Promise<boolean | undefined> {
  if (acceptance.kind !== 'duplicate' || acceptance.answer !== undefined) return undefined;
  return call.idempotencyKey === undefined ? undefined : isUnfinished(inbox, acceptance.receiptId);
}

/** From where it is stored: answered at once, with what its duplicate was answered, or by its handler in time. */
export async function answerStored(
  inbox: Inbox,
  call: KeptCall,
  { deadlineMs, applied }: Plan,
  acceptance: Acceptance | HeldAcceptance,
  isRunning?: boolean,
): Promise<void> {
  const { exchange, outlet, idempotencyKey } = call;
  const { endpoint } = exchange.target;
  const held = 'held' in acceptance ? acceptance.held : undefined;
  if (acceptance.kind === 'duplicate') {
    outlet.succeed(
      exchange,
      await duplicateReply(inbox, call, acceptance, deadlineMs === undefined, isRunning),
    );
    exchange.settled();
  } else if (held === undefined || deadlineMs === undefined) {
    // Worked later: it asks no more, or its lane is busy, or its endpoint paused.
    outlet.succeed(exchange, acceptedReply(exchange, acceptance.receiptId, applied));
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
  isRunning = false,
): Promise<Reply> {
  if (idempotencyKey !== undefined && bodyDigest !== bodyDigestOf(exchange))
    throw new HostError('idempotency/other-request', []);
  if (answer === undefined) {
    // What was found running is not asked again: settled meanwhile, it would look as if it had left no answer.
    const isBusy =
      isRunning || (idempotencyKey !== undefined && !isAccepted && (await isUnfinished(inbox, receiptId)));
    if (isBusy) throw new HostError('idempotency/in-progress', [], { headers: SHORTLY });
    return acceptedReply(exchange, receiptId, DUPLICATE);
  }
  const demanded = demandedReply(exchange, receiptId, DUPLICATE);
  if (idempotencyKey === undefined && demanded !== undefined && answer.status === demanded.status)
    return demanded;
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
