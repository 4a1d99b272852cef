import type { Logger } from 'winston';
import type { Clock } from '../core/clock';
import { secretsIn } from '../core/declared-secrets';
import { HostError } from '../core/errors';
import type { PluginKey } from '../core/plugin-key';
import type { Guard } from '../core/ports/guards';
import type { Quarantine } from '../core/ports/quarantine';
import type { RefusalReason } from '../core/signed-request';
import { isLoopback, isPrivate, networkOf } from './client-network';
import type { GateRequest } from './messages';
import { tooMany, type Quotas, type RateLimits, type Spent } from './quotas';
import { nameOf, type Target } from './target';

/** A request that asks at a guarded endpoint. */
export interface Asking {
  readonly request: GateRequest;
  readonly key: PluginKey;
  readonly target: Target;
  /** Epoch ms; what is signed is judged by it. */
  readonly receivedAt: number;
  /** Of the caller, as it was then: a connection that is gone no longer knows its peer. */
  readonly ip: string;
  /** It lies in the quarantine already, and is judged once more. */
  readonly isReplay?: boolean;
}

/** Refusals so far, of one endpoint for one reason. */
export interface RefusalCount {
  readonly plugin: PluginKey;
  readonly endpoint: string;
  readonly scheme: string;
  readonly reason: RefusalReason;
  readonly count: number;
}

interface RefusalParts {
  readonly settings: { readonly trustProxy: boolean | number | string; readonly rateLimit?: RateLimits };
  readonly logger: Logger;
  readonly quarantine?: Quarantine | undefined;
}

/** Ours to mend: the sender tries again. */
const OURS: Readonly<Partial<Record<RefusalReason, (target: Target) => string>>> = {
  no_secret: ({ endpoint }) =>
    `no value for its secret ${secretsIn(endpoint.access).join(', ') || '(none is named)'}`,
  no_public_url: () => 'the address is signed and the setting publicUrl is not set',
  unavailable: () => 'what verifies them cannot be had, or an earlier Router read the body',
};
const AGAIN = { 'retry-after': '60' };
/** Of the lines about one endpoint and reason. */
const QUIET_MS = 60_000;
const STANDARD_RATE = { requests: 300, perMs: 60_000 };
/** Of those who were refused too often; beyond it the first ones are judged again. */
const MOST_BLOCKED = 50_000;

/**
 * Where requests end that the gate refuses: one answer for all reasons that are the sender's, another for those that are
 * ours; the reason goes to the log, the counters and the quarantine.
 */
export class Refusals {
  readonly #rate: RateLimits['refusals'];
  readonly #counts = new Map<string, RefusalCount>();
  readonly #toldAt = new Map<string, number>();
  readonly #blocked = new Map<string, Spent & { readonly until: number }>();
  #isSharingTold = false;

  constructor(
    private readonly parts: RefusalParts,
    private readonly quotas: Quotas,
    private readonly clock: Clock,
  ) {
    const { rateLimit } = parts.settings;
    this.#rate = rateLimit === undefined ? STANDARD_RATE : rateLimit.refusals;
  }

  /** Since the host started; for metrics. */
  get counts(): readonly RefusalCount[] {
    return [...this.#counts.values()];
  }

  /** Before anything secret is looked at. @throws request/too-many (429) for an address that was refused too often here */
  check(asking: Asking): void {
    if (this.#blocked.size === 0) return;
    const key = slotOf(asking);
    const block = this.#blocked.get(key);
    if (block === undefined) return;
    const ms = block.until - this.clock.now();
    if (ms > 0) throw tooMany({ ...block, ms });
    this.#blocked.delete(key);
  }

  /** Takes note of a refusal; the answer. `wire` is undefined where the body was not read. */
  refuse(asking: Asking, guard: Guard, reason: RefusalReason, wire: Buffer | undefined): HostError {
    if (asking.isReplay !== true) this.#note(asking, guard, reason, wire);
    if (reason in OURS) return new HostError('request/not-ready-to-verify', [], { headers: AGAIN });
    return new HostError('request/unverified', [], { headers: { 'www-authenticate': guard.challenge } });
  }

  #note(asking: Asking, guard: Guard, reason: RefusalReason, wire: Buffer | undefined): void {
    this.#count(asking, guard, reason);
    this.#tell(asking, guard, reason);
    this.#keep(asking, guard, reason, wire);
    // What cannot be had may be what a forger named, a certificate of nobody's: it counts, too.
    if (!(reason in OURS) || reason === 'unavailable') this.#limit(asking);
  }

  #count({ key, target }: Asking, { scheme }: Guard, reason: RefusalReason): void {
    const endpoint = nameOf(target.endpoint);
    const slot = `${key} ${endpoint} ${scheme} ${reason}`;
    const count = (this.#counts.get(slot)?.count ?? 0) + 1;
    this.#counts.set(slot, { plugin: key, endpoint, scheme, reason, count });
  }

  /** Anybody may cause these lines: the first one in a minute is for everybody's eyes. */
  #tell({ request, key, target }: Asking, { scheme }: Guard, reason: RefusalReason): void {
    const endpoint = nameOf(target.endpoint);
    const slot = `${key} ${endpoint} ${reason}`;
    const now = this.clock.now();
    const isQuiet = now - (this.#toldAt.get(slot) ?? -QUIET_MS) < QUIET_MS;
    if (!isQuiet) this.#toldAt.set(slot, now);
    const details = { plugin: key, endpoint, scheme, reason, requestId: request.requestId };
    const ours = OURS[reason];
    const { logger } = this.parts;
    if (ours === undefined)
      logger[isQuiet ? 'debug' : 'info'](`a request to ${key} ${endpoint} was refused: ${reason}`, details);
    else if (!isQuiet)
      logger.warn(`requests to ${key} ${endpoint} cannot be verified: ${ours(target)}`, details);
  }

  #keep(
    { request, key, target, receivedAt, ip }: Asking,
    { scheme }: Guard,
    reason: RefusalReason,
    wire: Buffer | undefined,
  ): void {
    const { method, path, aliases } = target.endpoint;
    const [alias] = aliases;
    this.parts.quarantine?.refused({
      plugin: key,
      method,
      path: path === '' && alias !== undefined ? alias.base + alias.path : path,
      scheme,
      reason,
      request: {
        receivedAt,
        method: request.method ?? '',
        target: request.originalUrl,
        headers: request.rawHeaders,
        ip,
        requestId: request.requestId,
        wire,
      },
    });
  }

  #limit(asking: Asking): void {
    const rate = this.#rate;
    if (rate === undefined || !this.#isTold(asking)) return;
    const key = slotOf(asking);
    void this.quotas.count(rate, 'refusals', `refusals ${key}`).then((spent) => {
      if (spent.remaining > 0) return;
      const [oldest] = this.#blocked.keys();
      if (this.#blocked.size >= MOST_BLOCKED && oldest !== undefined) this.#blocked.delete(oldest);
      this.#blocked.set(key, { ...spent, until: this.clock.now() + spent.ms });
    });
  }

  /** Whether an address tells one sender from another. */
  #isTold({ ip }: Asking): boolean {
    if (isLoopback(ip)) return false;
    if (this.parts.settings.trustProxy || !isPrivate(ip)) return true;
    if (!this.#isSharingTold)
      this.parts.logger.warn(
        `refused requests are not limited: they come from ${ip}, which all senders may share; set trustProxy if it is a proxy`,
      );
    this.#isSharingTold = true;
    return false;
  }
}

const slotOf = ({ key, target, ip }: Asking) => `${key} ${nameOf(target.endpoint)} ${networkOf(ip)}`;
