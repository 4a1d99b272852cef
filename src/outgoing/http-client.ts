import type { Agent } from 'undici';
import { HostError, isHostError, toError } from '../core/errors';
import type { OutgoingAnswer } from '../core/ports/outgoing';
import { traceCarriedBy } from '../core/ports/tracing';
import { retryAfterMs } from '../core/retry-after';
import { asksAgain, backoffMs } from './asks-again';
import { checkDestination, whereOf, type DestinationRules } from './destination';
import { createGuardedAgent, type GuardedAgentOptions } from './guarded-agent';
import type { OutgoingCall } from './outgoing-call';
import { isRedirect, nextHop } from './redirect';
import { roundTrip, type Hop, type RoundTripOptions } from './round-trip';
import { Turnstile } from './turnstile';

export interface HttpClientOptions extends GuardedAgentOptions {
  /** Told of each request that the rules refuse. */
  readonly refused?: (refusal: HostError) => void;
}

const MOST_AT_ONCE = 32;
const MOST_WAITING = 1_000;
const MOST_REDIRECTS = 5;

/** Sends requests under one set of rules: open → closed. What it has open when it is closed is aborted. */
export class HttpClient {
  readonly #rules: DestinationRules;
  readonly #refused: (refusal: HostError) => void;
  readonly #turnstile = new Turnstile(MOST_AT_ONCE, MOST_WAITING);
  readonly #underWay = new Set<AbortController>();
  readonly #createAgent: () => Agent;
  /** Made for the first request: most plugins send none. */
  #agent: Agent | undefined;
  #isClosed = false;

  constructor({ refused, ...options }: HttpClientOptions) {
    this.#rules = options.rules;
    this.#refused = refused ?? (() => undefined);
    this.#createAgent = () => createGuardedAgent(options);
  }

  /** A call whose signal belongs to traced work says so to who is asked. @throws what `OutgoingHttp` says, but for outgoing/bad-request */
  async send(call: OutgoingCall): Promise<OutgoingAnswer> {
    const trace = traceCarriedBy(call.signal)?.requesting(call.method, call.url);
    if (trace === undefined) return this.#send(call);
    try {
      const headers = { traceparent: trace.traceparent, ...call.headers };
      const answer = await this.#send({ ...call, headers });
      trace.ended(answer.status);
      return answer;
    } catch (thrown) {
      trace.ended(toError(thrown));
      throw thrown;
    }
  }

  async #send(call: OutgoingCall): Promise<OutgoingAnswer> {
    if (this.#isClosed) throw new HostError('outgoing/closed', []);
    const where = whereOf(call.method, call.url);
    const endsAt = performance.now() + call.timeoutMs;
    const controller = new AbortController();
    const late = () => controller.abort(new HostError('outgoing/timeout', [where, call.timeoutMs]));
    const timer = setTimeout(late, call.timeoutMs);
    const stop = () => controller.abort(call.signal?.reason);
    if (call.signal?.aborted === true) stop();
    call.signal?.addEventListener('abort', stop, { once: true });
    this.#underWay.add(controller);
    try {
      this.check(where, call.url);
      return await this.#inTurn(where, call, controller.signal, endsAt);
    } catch (thrown) {
      if (isHostError(thrown) && isRefusal(thrown)) this.#refused(thrown);
      throw thrown;
    } finally {
      clearTimeout(timer);
      call.signal?.removeEventListener('abort', stop);
      this.#underWay.delete(controller);
    }
  }

  /** @throws outgoing/refused-url, outgoing/refused-address */
  check(where: string, url: URL): void {
    checkDestination(where, url, this.#rules);
  }

  /** Aborts what is under way and closes the connections. A second time does nothing. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const controller of this.#underWay) controller.abort(new HostError('outgoing/closed', []));
    await this.#agent?.destroy();
  }

  async #inTurn(
    where: string,
    call: OutgoingCall,
    signal: AbortSignal,
    endsAt: number,
  ): Promise<OutgoingAnswer> {
    if (!(await this.#turnstile.enter(signal))) throw new HostError('outgoing/busy', [where, MOST_WAITING]);
    try {
      for (let attempt = 1; ; attempt += 1) {
        const outcome = await this.#follow(call, signal).catch(unreachable);
        const waitMs = attempt > call.retries ? undefined : waitOf(outcome, attempt);
        if (waitMs === undefined || performance.now() + waitMs >= endsAt) return answered(outcome);
        await pause(waitMs, signal);
      }
    } finally {
      this.#turnstile.leave();
    }
  }

  /** `from`: what redirected to it, which was checked before. */
  async #roundTrip(hop: Hop, from: string | undefined, options: RoundTripOptions): Promise<OutgoingAnswer> {
    try {
      if (from !== undefined) this.check(whereOf(hop.method, hop.url), hop.url);
      return await roundTrip(hop, options);
    } catch (thrown) {
      throw redirected(thrown, from);
    }
  }

  async #follow(call: OutgoingCall, signal: AbortSignal): Promise<OutgoingAnswer> {
    const dispatcher = (this.#agent ??= this.#createAgent());
    const wantsBody = (status: number) =>
      call.isBodyWanted && !(isRedirect(status) && call.redirect === 'follow');
    let hop: Hop = call;
    let from: string | undefined;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await this.#roundTrip(hop, from, {
        ...{ dispatcher, signal, wantsBody },
        maxBytes: call.maxBytes,
      });
      if (!isRedirect(answer.status) || call.redirect === 'manual') return answer;
      const where = whereOf(hop.method, hop.url);
      if (call.redirect === 'error')
        throw new HostError('outgoing/bad-answer', [where, 'it redirects, which was not wanted']);
      const next = nextHop(hop, answer);
      if (next === undefined) return answer;
      if (redirects === MOST_REDIRECTS)
        throw new HostError('outgoing/bad-answer', [where, `it is the end of ${MOST_REDIRECTS} redirects`]);
      [hop, from] = [next, where];
    }
  }
}

/** The author named another address: which one led here. */
function redirected(thrown: unknown, from: string | undefined): unknown {
  if (from === undefined || !isHostError(thrown) || !isRefusal(thrown)) return thrown;
  const error = new HostError(thrown.code as 'outgoing/refused-address', [''], { cause: thrown });
  error.message = `${thrown.message} It was asked because ${from} redirects to it.`;
  // The log shows the stack, which begins with the message as it was at first.
  error.stack = String(thrown.stack).replace(thrown.message, () => error.message);
  return error;
}

const isRefusal = ({ code }: HostError) => code.startsWith('outgoing/refused');

/** Only that nothing answered is worth another attempt. */
function unreachable(thrown: unknown): HostError {
  if (isHostError(thrown) && thrown.code === 'outgoing/unreachable') return thrown;
  throw thrown;
}

function answered(outcome: OutgoingAnswer | HostError): OutgoingAnswer {
  if (isHostError(outcome)) throw outcome;
  return outcome;
}

/** Milliseconds until another attempt; undefined where the answer stands. */
function waitOf(outcome: OutgoingAnswer | HostError, attempt: number): number | undefined {
  if (isHostError(outcome)) return backoffMs(attempt);
  if (!asksAgain(outcome.status)) return undefined;
  return Math.max(retryAfterMs(outcome.headers.get('retry-after'), Date.now()) ?? 0, backoffMs(attempt));
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      signal.removeEventListener('abort', stop);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}
