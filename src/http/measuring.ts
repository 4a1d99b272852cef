import type { Clock } from '../core/clock';
import { HOST_KEY } from '../core/host-key';
import type { MountTable } from '../core/mount-table';
import type {
  EndpointMeasure,
  EndpointTotals,
  SeriesQuery,
  Series,
  Traffic,
} from '../core/ports/measurements';
import { EndpointMeter } from './endpoint-meter';
import { BOUNDS_US, quantileMs } from './latency-buckets';
import { noCounts, type StepCounts } from './measuring-steps';
import type { GateResponse } from './messages';
import type { RawRefusal } from './raw-refusal';
import { pathOf } from './request-path';
import { nameOf } from './target';

const MINUTE_MS = 60_000;
const LONG_MS = 600_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Told apart; beyond them what nobody asked for in a day makes room, once a minute, or else the rest is one. */
const MOST_ENDPOINTS = 1_000;
const MOST_LISTED = 500;
const OTHER = 'other';
/** Longer answers are looked at: one that streams takes as long as its reader stays. */
const PERHAPS_STREAM_MS = 1_000;
/** What the host answers itself, by the beginning of the path. */
const FAMILIES = [
  ...['/api/operator', '/api/plugin', '/api/receipts', '/api/webhook', '/api/apps', '/v1/ext', '/plugins'],
  ...['/console', '/mcp', '/healthz', '/readyz', '/metrics'],
];
/** Bounds that `totals` tells of, µs: each is one of the buckets'. */
const TOLD_US = [
  100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
].concat([1, 2.5, 5, 10, 30, 60].map((seconds) => seconds * 1_000_000));
const TOLD_BUCKETS = TOLD_US.map((bound) => BOUNDS_US.indexOf(bound));

/** Measures what a gateway answers. */
export interface Measuring extends Traffic {
  /** Called when a response is over; makes nothing once its endpoint was asked before. */
  readonly record: (response: GateResponse) => void;
  /** Something was refused on a bare connection, or in the place of a response that is not recorded then. */
  recordRefusal(refusal: RawRefusal): void;
}

interface MeasuringParts {
  readonly table: Pick<MountTable, 'get' | 'onChange'>;
  readonly clock: Clock;
}

/** What a plugin that is gone answered is forgotten. */
export function createMeasuring(parts: MeasuringParts): Measuring {
  const meters = new Meters(parts);
  return {
    boundsMs: TOLD_US.map((bound) => bound / 1_000),
    record: (response) => {
      const ms = performance.now() - response.startedAt;
      meters.record(response, response.headersSent ? response.statusCode : 499, ms);
    },
    recordRefusal: ({ response, request, status }) => {
      if (response !== undefined) meters.record(response, status, performance.now() - response.startedAt);
      else meters.recordHost(request === undefined ? undefined : (request.url ?? ''), status);
    },
    series: (query) => meters.series(query),
    endpoints: (lastMs) => meters.endpoints(lastMs),
    totals: () => meters.totals(),
  };
}

class Meters {
  readonly #plugins = new Map<string, Map<string, EndpointMeter>>();
  readonly #other = new EndpointMeter(OTHER, OTHER);
  #count = 0;
  #touched: EndpointMeter[] = [];
  /** The minute that is not over. */
  #minute = 0;
  #minuteEnds = 0;
  /** In this minute what is idle was looked for. */
  #hasLooked = false;

  constructor(private readonly parts: MeasuringParts) {
    parts.table.onChange((key, seat) => {
      if (seat === undefined) this.#drop(key);
    });
  }

  record(response: GateResponse, status: number, ms: number): void {
    const now = this.#now();
    let meter = response.measured?.meter;
    if (meter === undefined || meter.isGone || (meter === this.#other && this.#mayHaveRoom()))
      meter = this.#meterOf(response);
    if (response.isSwitched) this.#add(meter, 101, undefined, now);
    else this.#add(meter, status, ms > PERHAPS_STREAM_MS && isStream(response) ? undefined : ms, now);
  }

  /** Without `url` nothing was read of a request. */
  recordHost(url: string | undefined, status: number): void {
    const family = url === undefined ? 'connection' : familyOf(pathOf(url));
    const now = this.#now();
    this.#add(this.#named(HOST_KEY, family), status, undefined, now);
  }

  /** What was counted in a minute that is over is put away first. */
  #now(): number {
    const now = this.parts.clock.now();
    if (now >= this.#minuteEnds || now < this.#minuteEnds - MINUTE_MS) this.#roll(now);
    return now;
  }

  #add(meter: EndpointMeter, status: number, ms: number | undefined, now: number): void {
    meter.count(status, ms, now);
    if (meter.isTouched) return;
    meter.isTouched = true;
    this.#touched.push(meter);
  }

  series({ lastMs = HOUR_MS, plugin, name }: SeriesQuery): Omit<Series, 'backlog'> {
    const { stepMs, steps } = this.#stepsOf(lastMs);
    const meters = this.#all().filter(
      (meter) =>
        (plugin === undefined || meter.plugin === plugin) && (name === undefined || meter.name === name),
    );
    const counts = steps.map((step) => this.#sum(meters, stepMs, [step]));
    const quantiles = (share: number) => counts.map(({ latencies }) => quantileMs(latencies, share));
    return {
      stepMs,
      times: steps.map((step) => step * stepMs),
      requests: counts.map(({ requests }) => requests),
      failures: counts.map(({ failures }) => failures),
      refused: counts.map(({ refused }) => refused),
      p50Ms: quantiles(0.5),
      p95Ms: quantiles(0.95),
      p99Ms: quantiles(0.99),
    };
  }

  endpoints(lastMs: number): EndpointMeasure[] {
    const { stepMs, steps } = this.#stepsOf(lastMs);
    const measures = this.#all().map((meter) => {
      const { requests, failures, refused, latencies } = this.#sum([meter], stepMs, steps);
      const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((share) => quantileMs(latencies, share));
      const { plugin, name, lastAt } = meter;
      return { plugin, name, requests, failures, refused, p50Ms, p95Ms, p99Ms, lastAt: lastAt || undefined };
    });
    return measures.sort((a, b) => b.requests - a.requests).slice(0, MOST_LISTED);
  }

  totals(): EndpointTotals[] {
    return this.#all().map((meter) => {
      const { classes, latencies, sumMs } = meter.totals();
      let sum = 0;
      const upTo = latencies.map((count) => (sum += count));
      const within = [...TOLD_BUCKETS.map((bucket) => upTo[bucket] ?? 0), sum];
      return { plugin: meter.plugin, name: meter.name, answers: classes, within, sumMs };
    });
  }

  #stepsOf(lastMs: number): { stepMs: number; steps: number[] } {
    const now = this.#now();
    const span = Number.isFinite(lastMs) ? Math.min(Math.max(lastMs, MINUTE_MS), DAY_MS) : DAY_MS;
    const stepMs = span <= HOUR_MS ? MINUTE_MS : LONG_MS;
    const last = Math.floor(now / stepMs);
    const count = Math.ceil(span / stepMs);
    return { stepMs, steps: Array.from({ length: count }, (_, index) => last - count + 1 + index) };
  }

  #sum(meters: readonly EndpointMeter[], stepMs: number, steps: readonly number[]): StepCounts {
    const sum = noCounts();
    for (const meter of meters) for (const step of steps) meter.addTo(sum, stepMs, step, this.#minute);
    return sum;
  }

  #all(): EndpointMeter[] {
    const all = [...this.#plugins.values()].flatMap((names) => [...names.values()]);
    return this.#other.lastAt === 0 ? all : [...all, this.#other];
  }

  #roll(now: number): void {
    for (const meter of this.#touched) meter.roll(this.#minute);
    this.#touched = [];
    this.#minute = Math.floor(now / MINUTE_MS);
    this.#minuteEnds = (this.#minute + 1) * MINUTE_MS;
    this.#hasLooked = false;
  }

  #meterOf(response: GateResponse): EndpointMeter {
    const { site, measured } = response;
    if (site === undefined) return this.#hostMeter(response.req.originalUrl);
    if (measured === undefined) return this.#named(site.key, 'none');
    return (measured.meter = this.#named(site.key, nameOf(measured.endpoint)));
  }

  /** What a known plugin did not answer, as while it has failed, is laid to it. */
  #hostMeter(url: string): EndpointMeter {
    const path = pathOf(url);
    const family = familyOf(path);
    const key = family === '/api/plugin' ? path.split('/', 4)[3] : undefined;
    const isKnown = key !== undefined && this.parts.table.get(key) !== undefined;
    return isKnown ? this.#named(key, 'none') : this.#named(HOST_KEY, family);
  }

  #named(plugin: string, name: string): EndpointMeter {
    const known = this.#plugins.get(plugin)?.get(name);
    if (known !== undefined) return known;
    // A request that ends after its plugin went: it is not told of any more.
    if (plugin !== HOST_KEY && this.parts.table.get(plugin) === undefined) return this.#other;
    if (!this.#mayHaveRoom()) return this.#other;
    if (this.#count >= MOST_ENDPOINTS) this.#dropIdle();
    if (this.#count >= MOST_ENDPOINTS) return this.#other;
    const meter = new EndpointMeter(plugin, name);
    this.#plugins.set(
      plugin,
      (this.#plugins.get(plugin) ?? new Map<string, EndpointMeter>()).set(name, meter),
    );
    this.#count += 1;
    return meter;
  }

  /** Looking for it goes through all of them: not with every request. */
  #mayHaveRoom(): boolean {
    return this.#count < MOST_ENDPOINTS || !this.#hasLooked;
  }

  #dropIdle(): void {
    this.#hasLooked = true;
    const before = this.parts.clock.now() - DAY_MS;
    for (const [plugin, names] of this.#plugins) {
      for (const [name, meter] of names) {
        if (meter.lastAt >= before) continue;
        meter.isGone = true;
        names.delete(name);
        this.#count -= 1;
      }
      if (names.size === 0) this.#plugins.delete(plugin);
    }
  }

  #drop(plugin: string): void {
    const names = this.#plugins.get(plugin);
    if (names === undefined) return;
    for (const meter of names.values()) meter.isGone = true;
    this.#count -= names.size;
    this.#plugins.delete(plugin);
  }
}

function familyOf(path: string): string {
  const isOf = (family: string) => path.startsWith(family) && '/'.includes(path.charAt(family.length));
  return FAMILIES.find(isOf) ?? OTHER;
}

function isStream(response: GateResponse): boolean {
  return String(response.getHeader('content-type') ?? '').startsWith('text/event-stream');
}
