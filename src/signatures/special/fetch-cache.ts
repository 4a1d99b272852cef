import type { Clock } from '../../core/clock';
import type { FetchText } from '../../core/ports/fetch-text';

export interface FetchCacheOptions<T> {
  readonly fetchText: FetchText;
  readonly clock: Clock;
  /** What the text says. Throws when it says nothing usable: that is remembered as a failure. */
  readonly parse: (text: string) => T;
  /** How long a text counts without being asked for again. */
  readonly freshMs: number;
  /** How long it counts while its address cannot be read. Default: as `freshMs`. */
  readonly staleMs?: number;
}

/** `undefined`: it cannot be had now. */
export type Fetched<T> = Promise<T | undefined>;

const LIMITS = { maxBytes: 65_536, timeoutMs: 5_000 };
const MOST_KEPT = 64;
/** After a failure the same address is left alone for so long. */
const FAILURE_MS = 10_000;
/**
 * Addresses read in one minute. Which address is asked for can be up to a caller who is not verified yet: this bounds
 * what forgeries make the host fetch. What is in the cache is served all the same.
 */
const MOST_PER_MINUTE = 60;

interface Entry<T> {
  readonly value: T;
  readonly readAt: number;
}

/**
 * Texts of the network by address, parsed once. Concurrent asks for one address share one fetch; failures are remembered
 * shortly; what was read stays while newer addresses come, up to a fixed number. Never rejects.
 */
export class FetchCache<T> {
  readonly #options: FetchCacheOptions<T>;
  readonly #entries = new Map<string, Entry<T>>();
  readonly #failures = new Map<string, number>();
  readonly #underWay = new Map<string, Fetched<T>>();
  #minute = { startedAt: 0, fetches: 0 };

  constructor(options: FetchCacheOptions<T>) {
    this.#options = options;
  }

  /** `newerThanMs`: what was read longer ago is read again, e.g. because a key is not in it. */
  async get(url: string, newerThanMs = this.#options.freshMs): Fetched<T> {
    const now = this.#options.clock.now();
    const entry = this.#entries.get(url);
    if (entry !== undefined && now - entry.readAt < newerThanMs) {
      this.#keep(url, entry);
      return entry.value;
    }
    const read = await this.#read(url, now);
    if (read !== undefined) return read;
    const stale = this.#options.staleMs ?? this.#options.freshMs;
    return entry !== undefined && now - entry.readAt < stale ? entry.value : undefined;
  }

  #read(url: string, now: number): Fetched<T> {
    const underWay = this.#underWay.get(url);
    if (underWay !== undefined) return underWay;
    const failedAt = this.#failures.get(url);
    if (failedAt !== undefined && now - failedAt < FAILURE_MS) return Promise.resolve(undefined);
    if (!this.#mayFetch(now)) return Promise.resolve(undefined);
    const reading = this.#fetch(url).finally(() => this.#underWay.delete(url));
    this.#underWay.set(url, reading);
    return reading;
  }

  async #fetch(url: string): Fetched<T> {
    try {
      const value = this.#options.parse(await this.#options.fetchText(url, LIMITS));
      this.#failures.delete(url);
      this.#keep(url, { value, readAt: this.#options.clock.now() });
      return value;
    } catch {
      dropOldest(this.#failures.set(url, this.#options.clock.now()), MOST_KEPT);
      return undefined;
    }
  }

  #mayFetch(now: number): boolean {
    if (now - this.#minute.startedAt >= 60_000) this.#minute = { startedAt: now, fetches: 0 };
    this.#minute.fetches += 1;
    return this.#minute.fetches <= MOST_PER_MINUTE;
  }

  /** The last one asked for is the last one dropped. */
  #keep(url: string, entry: Entry<T>): void {
    this.#entries.delete(url);
    dropOldest(this.#entries.set(url, entry), MOST_KEPT);
  }
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}
