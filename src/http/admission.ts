import { queryOf } from '../core/body-values';
import type { Values } from '../core/exchange';
import type { Judgement, RequestHead } from '../core/ports/guards';
import type { Identity, OperatorAuth } from '../core/ports/operator-auth';
import { networkOf } from './client-network';
import type { Gate } from './gate';
import type { GateRequest, GateResponse } from './messages';
import { pulledPass } from './pulled-request';
import { quotaHeaders, type Spent, type TargetQuotas } from './quotas';
import type { Asking } from './refusals';
import { asItCame } from './sanitising';
import { nameOf } from './target';

/** What lets a request pass. */
export type Passed = Extract<Judgement, { ok: true }>;

const OPEN: Passed = { ok: true, verified: undefined };

/**
 * Everything that is asked before the body is read: the quota of the address, the guard by the head alone, the quota of
 * the endpoint. With `response` given, what is left of the quotas stands on the answer.
 * @throws request/too-many (429), request/unverified (401), request/not-ready-to-verify (503)
 */
export async function admit(gate: Gate, asking: Asking, response?: GateResponse): Promise<Passed> {
  const { request, key, target, ip, receivedAt } = asking;
  const { guard, quotas } = target;
  const spend = (what: keyof TargetQuotas) => spendQuota(gate, asking, what, response);
  if (quotas?.perAddress !== undefined) await spend('perAddress');
  if (guard === undefined) {
    if (quotas?.perEndpoint !== undefined) await spend('perEndpoint');
    return OPEN;
  }
  const pulled = pulledPass(request, key);
  if (pulled !== undefined) return pulled;
  gate.refusals.check(asking);
  const judgement = guard.head?.(new Head(request, ip, gate.parts.operatorAuth), receivedAt) ?? OPEN;
  if (!judgement.ok) throw gate.refusals.refuse(asking, guard, judgement.reason, undefined);
  if (quotas?.perEndpoint !== undefined) await spend('perEndpoint');
  if (guard.judge === undefined && judgement.verified !== undefined) await spend('verified');
  return judgement;
}

/** Takes a request from one of its endpoint's quotas, where it has it. @throws request/too-many (429) */
export async function spendQuota(
  gate: Gate,
  asking: Asking,
  what: keyof TargetQuotas,
  response?: GateResponse,
): Promise<void> {
  const { key, target, ip } = asking;
  const quota = target.quotas?.[what];
  if (quota === undefined) return;
  const spend = () =>
    gate.quotas.spend(quota, `${key} ${nameOf(target.endpoint)}`, what === 'perAddress' ? networkOf(ip) : '');
  const spent = await (quota.isWide ? once(asking.request, spend) : spend());
  if (response !== undefined) show(gate, response, spent);
}

/** Several endpoints may have a part in one request: over everything it counts once. */
const spentWidely = new WeakMap<GateRequest, Promise<Spent>>();

function once(request: GateRequest, spend: () => Promise<Spent>): Promise<Spent> {
  const spending = spentWidely.get(request) ?? spend();
  spentWidely.set(request, spending);
  return spending;
}

/** What each request left of the quotas it was counted under. */
const spentBy = new WeakMap<GateResponse, readonly Spent[]>();

/** On errors too: what stands there is kept when other headers go. */
function show(gate: Gate, response: GateResponse, spent: Spent): void {
  if (response.headersSent) return;
  const others = (spentBy.get(response) ?? []).filter(({ policy }) => policy !== spent.policy);
  const all = [...others, spent];
  spentBy.set(response, all);
  gate.stand(response, quotaHeaders(all));
}

class Head implements RequestHead {
  readonly #request: GateRequest;
  readonly #operatorAuth: OperatorAuth;
  #query: Values | undefined = undefined;

  constructor(
    request: GateRequest,
    readonly ip: string,
    operatorAuth: OperatorAuth,
  ) {
    this.#request = asItCame(request);
    this.#operatorAuth = operatorAuth;
  }
  get method(): string {
    return this.#request.method ?? '';
  }
  get rawHeaders(): readonly string[] {
    return this.#request.rawHeaders;
  }
  get query(): Values {
    return (this.#query ??= queryOf(this.#request.originalUrl));
  }
  isOperator(): boolean {
    return this.#operatorAuth.allows(this.#request);
  }
  identify(): Identity | undefined {
    return this.#operatorAuth.identify(this.#request);
  }
  session(): Identity | undefined {
    return this.#operatorAuth.session?.(this.#request);
  }
}
