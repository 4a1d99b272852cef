import type { Guard, Judgement } from '../core/ports/guards';
import { isReply, type Reply } from '../core/reply';
import { spendQuota, type Passed } from './admission';
import { fieldsOf, formLimits } from './form-rules';
import { FrozenRequest } from './frozen-request';
import type { Gate } from './gate';
import type { GateResponse } from './messages';
import { spoolBytes } from './multipart';
import { bytesOf, type ReceivedBody } from './received-body';
import type { Asking } from './refusals';
import { needsWire } from './target';

/** A request whose head passed and whose body is there, in memory as far as its guard asks for it. */
export interface JudgedCall {
  readonly asking: Asking;
  /** What the guard said of the head. */
  readonly head: Passed;
  /** Undefined: there is none, or none that counts. */
  readonly received: ReceivedBody | undefined;
  /** What is left of the quotas stands on it. */
  readonly response?: GateResponse | undefined;
}

/**
 * Has the guard judge the whole request, then looks whether it is a handshake of its kind of sender: that is answered
 * here and goes no further.
 * @throws request/unverified (401), request/not-ready-to-verify (503), request/too-many (429)
 */
export async function judgeWhole(gate: Gate, call: JudgedCall): Promise<Passed | Reply> {
  const { asking, head, response } = call;
  const { guard } = asking.target;
  if (!needsWire(guard) || head.isFinal === true) return head;
  const judged = await judge(gate, call, guard);
  const { judgement, signed } = judged;
  if (judgement.ok && guard.judge !== undefined) await spendQuota(gate, asking, 'verified', response);
  const answer = await answerHandshake(gate, asking, guard, judged);
  if (answer !== undefined) return answer;
  if (!judgement.ok) throw gate.refusals.refuse(asking, guard, judgement.reason, signed.wire);
  return merged(head, judgement);
}

/** As `judgeWhole`, of what can be nothing but a handshake: undefined when it is none, verified or not. */
export async function judgeHandshake(gate: Gate, call: JudgedCall): Promise<Reply | undefined> {
  const { asking } = call;
  const { guard } = asking.target;
  if (!needsWire(guard)) return undefined;
  return answerHandshake(gate, asking, guard, await judge(gate, call, guard));
}

interface Judged {
  readonly signed: FrozenRequest;
  readonly judgement: Judgement;
}

async function judge(gate: Gate, call: JudgedCall, guard: Guard): Promise<Judged> {
  const { asking, head } = call;
  const signed = freeze(gate, call);
  if (guard.judge === undefined) return { signed, judgement: head };
  let judgement = await guard.judge(signed, asking.receivedAt);
  if (!judgement.ok && signed.lacksForm) {
    // Read for those few that are signed over its fields, and only once they are asked for.
    signed.takeForm(await formFields(call));
    judgement = await guard.judge(signed, asking.receivedAt);
  }
  return { signed, judgement };
}

async function answerHandshake(
  gate: Gate,
  asking: Asking,
  guard: Guard,
  { signed, judgement }: Judged,
): Promise<Reply | undefined> {
  if (guard.handshake?.methods.includes(signed.method) !== true) return undefined;
  const from = { ip: asking.ip, requestId: asking.request.requestId };
  const answer = await guard.handshake.answer(signed, judgement, asking.receivedAt, from);
  if (answer === undefined || isReply(answer)) return answer;
  throw gate.refusals.refuse(asking, guard, answer.refused, signed.wire);
}

/** Of a list of modes some judge the head and some the whole. */
function merged(head: Passed, whole: Passed): Passed {
  if (whole === head) return head;
  return {
    ...whole,
    verified: whole.verified ?? head.verified,
    dedupeKey: whole.dedupeKey ?? head.dedupeKey,
  };
}

function freeze(gate: Gate, { asking: { request, target }, received }: JudgedCall): FrozenRequest {
  const parts = {
    request,
    publicBase: gate.parts.settings.publicUrl,
    jsonBytes: target.limits.jsonBytes,
  };
  if (received === undefined) return new FrozenRequest(parts);
  const { body, wire, failure } = received;
  const whole = bytesOf(wire ?? body);
  if (wire === undefined) return new FrozenRequest({ ...parts, wire: whole });
  let decoded: Buffer | undefined;
  return new FrozenRequest({
    ...parts,
    wire: whole,
    decoded: () => {
      if (failure !== undefined) throw failure;
      return (decoded ??= bytesOf(body));
    },
  });
}

/** No fields where there is no form to read. */
async function formFields({ asking: { request, target }, received }: JudgedCall) {
  if (received === undefined || received.failure !== undefined) return {};
  const type = request.headers['content-type'] ?? '';
  try {
    const form = await spoolBytes(bytesOf(received.body), type, formLimits(target));
    try {
      return fieldsOf(form);
    } finally {
      await form.remove();
    }
  } catch {
    return {};
  }
}
