import { hash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { systemClock, type Clock } from '../core/clock';
import type { Endpoint, Rate } from '../core/declaration';
import { HostError } from '../core/errors';

/** How often anything may be asked; undefined: no limit. */
export interface RateLimits {
  /** Of one address, over everything. */
  readonly perAddress?: Rate | undefined;
  /** Of one endpoint, before it is known who asks. */
  readonly perEndpoint?: Rate | undefined;
  /** Of one endpoint, of those that were verified. */
  readonly verified?: Rate | undefined;
  /** Of one address at one endpoint, of those that were refused. */
  readonly refusals?: Rate | undefined;
}

/** A rate, and what is counted under it. */
interface Quota extends Rate {
  /** Shown to callers. */
  readonly policy: 'address' | 'endpoint' | 'verified';
  /** Over everything, rather than of one endpoint. */
  readonly isWide: boolean;
}

/** The quotas of one endpoint. */
export interface TargetQuotas {
  readonly perAddress: Quota | undefined;
  readonly perEndpoint: Quota | undefined;
  readonly verified: Quota | undefined;
}

/** What one request left of a quota. */
export interface Spent {
  readonly policy: string;
  readonly rate: Rate;
  readonly remaining: number;
  /** Until the window ends. */
  readonly ms: number;
}

/** What an endpoint says counts, then what the host says; undefined when neither says anything. */
export function quotasOf({ quotas }: Endpoint, host: RateLimits | undefined): TargetQuotas | undefined {
  const found: TargetQuotas = {
    perAddress: quota('address', quotas?.perAddress, host?.perAddress, true),
    perEndpoint: quota('endpoint', quotas?.perEndpoint, host?.perEndpoint, false),
    verified: quota('verified', quotas?.verified, host?.verified, false),
  };
  return Object.values(found).every((one) => one === undefined) ? undefined : found;
}

function quota(
  policy: Quota['policy'],
  own: Rate | undefined,
  host: Rate | undefined,
  isWide: boolean,
): Quota | undefined {
  if (own !== undefined) return { ...own, policy, isWide: false };
  return host === undefined ? undefined : { ...host, policy, isWide };
}

/** Counts requests under quotas, in memory: each host of several counts for itself. */
export class Quotas {
  readonly #counters = new Map<string, Counter>();

  constructor(private readonly clock: Clock = systemClock) {}

  /**
   * Takes one request from a quota. `who` is what one quota is shared by, `where` the endpoint.
   * @throws request/too-many (429)
   */
  async spend(quota: Quota, where: string, who: string): Promise<Spent> {
    const { policy, isWide } = quota;
    const spent = await this.count(quota, policy, `${policy} ${isWide ? '' : where} ${who}`);
    if (spent.remaining < 0) throw tooMany(spent);
    return spent;
  }

  /** Counts one more under `key`. `remaining` is negative when that was too many. */
  async count(rate: Rate, policy: string, key: string): Promise<Spent> {
    const { left, ms } = await this.#counterOf(rate).count(key);
    return { policy, rate, remaining: left, ms };
  }

  /** One per rate, not per endpoint: what was counted stays when a plugin is loaded anew. */
  #counterOf(rate: Rate): Counter {
    const name = `${rate.requests}/${rate.perMs}`;
    const counter = this.#counters.get(name) ?? new Counter(rate, this.clock);
    this.#counters.set(name, counter);
    return counter;
  }
}

/** Beyond it newcomers share counters: memory stays bounded, and no limit is lost. */
const MOST_KEYS = 50_000;
const SHARED_KEYS = 1_024;
const SWEEP_MS = 1_000;
/** The longest timer there is. */
const MOST_MS = 2_147_483_647;

class Counter {
  readonly #limiter: RateLimiterMemory;
  /** When the window of each key ends, epoch ms. */
  readonly #ends = new Map<string, number>();
  #sweptAt = 0;

  constructor(
    readonly rate: Rate,
    private readonly clock: Clock,
  ) {
    this.#limiter = new RateLimiterMemory({
      points: rate.requests,
      duration: Math.min(rate.perMs, MOST_MS) / 1_000,
    });
  }

  async count(key: string): Promise<{ readonly left: number; readonly ms: number }> {
    const known = this.#slotOf(key);
    const end = this.#ends.get(known);
    if (end !== undefined && end <= this.clock.now()) {
      // Before anything is waited for: of several that come at once, only one finds it over.
      this.#ends.delete(known);
      // The limiter goes by the machine's clock, which this one may be ahead of.
      await this.#limiter.delete(known);
    }
    const result = await this.#limiter.consume(known).catch((over: unknown) => {
      if (over instanceof RateLimiterRes) return over;
      throw over;
    });
    const { consumedPoints, msBeforeNext } = result;
    const now = this.clock.now();
    const open = consumedPoints === 1 ? undefined : this.#ends.get(known);
    const until = open ?? now + msBeforeNext;
    this.#ends.set(known, until);
    return { left: this.rate.requests - consumedPoints, ms: until - now };
  }

  #slotOf(key: string): string {
    if (this.#ends.has(key) || this.#ends.size < MOST_KEYS) return key;
    const now = this.clock.now();
    if (now - this.#sweptAt >= SWEEP_MS) {
      this.#sweptAt = now;
      for (const [known, end] of this.#ends) if (end <= now) this.#ends.delete(known);
      if (this.#ends.size < MOST_KEYS) return key;
    }
    return `shared ${Number.parseInt(hash('sha256', key).slice(0, 8), 16) % SHARED_KEYS}`;
  }
}

/** The refusal of a request that is one too many. @see draft-ietf-httpapi-ratelimit-headers-10 §2, §3, §5.1 */
export function tooMany(spent: Spent): HostError {
  const seconds = secondsOf(spent.ms);
  return new HostError('request/too-many', [seconds], {
    headers: { 'retry-after': String(seconds), ...quotaHeaders([spent]) },
    members: {
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      'violated-policies': [spent.policy],
    },
  });
}

/** What a caller is told of the quotas it spends from. @see draft-ietf-httpapi-ratelimit-headers-10 §2, §3 */
export function quotaHeaders(spent: readonly Spent[]): Readonly<Record<string, string>> {
  if (spent.length === 0) return {};
  return {
    'ratelimit-policy': spent
      .map(({ policy, rate }) => `"${policy}";q=${rate.requests};w=${secondsOf(rate.perMs)}`)
      .join(', '),
    ratelimit: spent
      .map(({ policy, remaining, ms }) => `"${policy}";r=${Math.max(0, remaining)};t=${secondsOf(ms)}`)
      .join(', '),
  };
}

const secondsOf = (ms: number) => Math.max(1, Math.ceil(ms / 1_000));
