import { createHmac, randomBytes } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { HostError } from '../core/errors';

const MOST_FAILURES = 10;
const WINDOW_SECONDS = 300;
/** Addresses share these, by a digest nobody outside can tell: however many ask, memory stays bounded. */
const SLOTS = 16_384;

/** How often one address is told that it failed to sign in: ten times in five minutes. */
export class SignInLimit {
  readonly #limiter = new RateLimiterMemory({ points: MOST_FAILURES, duration: WINDOW_SECONDS });
  readonly #salt = randomBytes(32);

  /** Counts a failure. @throws request/too-many beyond the tenth */
  async count(address: string): Promise<void> {
    try {
      await this.#limiter.consume(this.#slotOf(address));
    } catch (over) {
      if (!(over instanceof RateLimiterRes)) throw over;
      const seconds = Math.max(1, Math.ceil(over.msBeforeNext / 1_000));
      throw new HostError('request/too-many', [seconds], { headers: { 'retry-after': String(seconds) } });
    }
  }

  #slotOf(address: string): string {
    return String(createHmac('sha256', this.#salt).update(address).digest().readUInt32BE() % SLOTS);
  }
}
