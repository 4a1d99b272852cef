import type { Verified } from '../core/declaration';
import type { PluginKey } from '../core/plugin-key';
import { isReply, type Reply } from '../core/reply';
import { admit, type Passed } from './admission';
import { writeReply } from './answer';
import { admitBody, continueBody, discard } from './body';
import { BodyFile } from './body-file';
import { Diversion } from './diversion';
import type { Gate } from './gate';
import { judgeWhole, type JudgedCall } from './judging';
import { receiveWire } from './kept-body';
import type { GateRequest, GateResponse } from './messages';
import { largeBytes, removeFiles, type ReceivedBody } from './received-body';
import type { Asking } from './refusals';
import { hasBody } from './request-head';
import { reframe, sanitiseRequest } from './sanitising';
import { needsWire, type Target } from './target';

interface GuardedRouterCall {
  readonly request: GateRequest;
  readonly response: GateResponse;
  readonly key: PluginKey;
  readonly target: Target;
}

/**
 * Has the guard of a Router judge a request; the body, where it is judged, is read whole and given back, so that the Router
 * gets the request as it came, and who sent it as `response.locals.verified`. True when it goes on; false when it was a
 * handshake, which is answered, or when the client left.
 * @throws as `admit` and `judgeWhole`; body/too-large, body/incomplete, inbox/unavailable
 */
export async function passRouterGuard(gate: Gate, call: GuardedRouterCall): Promise<boolean> {
  const { request, response, target } = call;
  const asking = askingFor(gate, call);
  if (needsWire(target.guard)) return judgeRouter(gate, call, asking);
  const passed = await admit(gate, asking, response);
  const { limitBytes } = target.endpoint.body;
  if (limitBytes !== undefined) admitBody(request, limitBytes);
  continueBody(request);
  sanitiseRequest(request, target);
  tell(response, passed);
  return true;
}

function askingFor(gate: Gate, { request, key, target }: GuardedRouterCall): Asking {
  const first = gate.firstArrival(request);
  if (first !== undefined) return { request, key, target, ...first, isReplay: true };
  return { request, key, target, receivedAt: gate.clock.now(), ip: request.clientIp };
}

/** Who sent it, where a Router looks for what was found out before it. */
function tell(response: GateResponse, { verified }: Passed): void {
  if (verified !== undefined) (response.locals as { verified?: Verified }).verified = verified;
}

/** What was read of a request for the first Router that judges it: a further one judges the same. */
const readBefore = new WeakMap<GateRequest, ReceivedBody>();

async function judgeRouter(gate: Gate, call: GuardedRouterCall, asking: Asking): Promise<boolean> {
  const { request, response, target } = call;
  // Before anything is waited for: a Router before this one may have read the body, and then nothing can be judged.
  const isGone = hasBody(request) && isTouched(request);
  let received = readBefore.get(request);
  const diversion =
    received === undefined && hasBody(request) && !isGone ? new Diversion(request) : undefined;
  try {
    const head = await admit(gate, asking, response);
    if (isGone && target.guard !== undefined)
      throw gate.refusals.refuse(asking, target.guard, 'unavailable', undefined);
    if (diversion !== undefined) {
      received = await receiveWire(request, target.limits.bufferedBytes, diversion);
      readBefore.set(request, received);
    }
    const outcome = await judgeReceived(gate, { asking, head, received, response });
    if (isReply(outcome) || response.isOver) {
      await removeFiles(received?.wire, received?.body);
      if (isReply(outcome) && !response.isOver)
        writeReply(request, response, outcome, () => response.destroy());
      return false;
    }
    tell(response, outcome);
    handOn(call, outcome, received, diversion);
    return true;
  } catch (thrown) {
    if (diversion !== undefined) discard(request, diversion);
    await removeFiles(received?.wire, received?.body);
    throw thrown;
  }
}

function judgeReceived(gate: Gate, call: JudgedCall): Promise<Passed | Reply> {
  const bytes = largeBytes(call.received?.wire) + largeBytes(call.received?.body);
  return bytes === 0 ? judgeWhole(gate, call) : gate.bodyRoom.run(bytes, () => judgeWhole(gate, call));
}

/** What was sealed is handed on opened; anything else as it came, content encoding and all. */
function handOn(
  { request, response, target }: GuardedRouterCall,
  { plain }: Passed,
  received: ReceivedBody | undefined,
  diversion: Diversion | undefined,
): void {
  const { wire, body } = received ?? {};
  const whole = plain ?? wire ?? body;
  response.once('close', () => void removeFiles(wire, body));
  if (whole !== undefined && (plain !== undefined || request.headers['transfer-encoding'] !== undefined))
    reframe(request, whole instanceof BodyFile ? whole.size : whole.length, plain !== undefined);
  sanitiseRequest(request, target);
  if (whole === undefined || diversion === undefined) return;
  if (whole instanceof BodyFile) diversion.handBackFrom(whole.stream());
  else diversion.handBack(whole);
}

/** Somebody began to read the body: what is gone is not judged. */
function isTouched(request: GateRequest): boolean {
  return request.readableDidRead || request.readableEnded || request.readableFlowing !== null;
}
