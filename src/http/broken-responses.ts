import { systemClock, type Clock } from '../core/clock';
import { HostError } from '../core/errors';
import type { LiveMount } from '../core/live-mount';

/** How often an endpoint answered with something that its own schema does not allow. */
export interface BrokenResponseCount {
  readonly key: string;
  /** `GET /users/:id` */
  readonly endpoint: string;
  readonly count: number;
}

/** Between two lines about one endpoint, where they are counted. */
const QUIET_MS = 60_000;
/** Errors that were counted in place of a line of their own. */
const counted = new WeakSet<object>();

interface Tally {
  readonly key: string;
  readonly endpoint: string;
  count: number;
  toldCount: number;
  quietUntil: number;
}

/** Counts answers that break their schema, for all generations of all plugins. */
export class BrokenResponses {
  readonly #tallies = new Map<string, Tally>();

  /** `log`: each is logged as the failure it is. `count`: the first one is, then how many came, once a minute at most. */
  constructor(
    private readonly mode: 'log' | 'count',
    private readonly clock: Clock = systemClock,
  ) {}

  get counts(): readonly BrokenResponseCount[] {
    return [...this.#tallies.values()].map(({ key, endpoint, count }) => ({ key, endpoint, count }));
  }

  /** Counts one; the error it is answered with. `places` are its fields, without their values. */
  tell(live: LiveMount, endpoint: string, places: string): HostError {
    const tally = this.#tallyOf(live.mount.key, endpoint);
    tally.count += 1;
    const error = new HostError('endpoint/broken-response', [places]);
    if (this.mode === 'log') return error;
    counted.add(error);
    const now = this.clock.now();
    if (now < tally.quietUntil) return error;
    tally.quietUntil = now + QUIET_MS;
    const since = tally.count - tally.toldCount;
    tally.toldCount = tally.count;
    const times = since === 1 ? '' : ` (${since} times since the last such line)`;
    live.logger.error(`${endpoint} failed: ${error.message}${times}`);
    return error;
  }

  #tallyOf(key: string, endpoint: string): Tally {
    const name = `${key} ${endpoint}`;
    const known = this.#tallies.get(name);
    if (known !== undefined) return known;
    const tally = { key, endpoint, count: 0, toldCount: 0, quietUntil: 0 };
    this.#tallies.set(name, tally);
    return tally;
  }
}

/** True for an error that needs no line of its own: it was counted. */
export function isCounted(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && counted.has(thrown);
}
