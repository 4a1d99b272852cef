/**
 * What a plan needs, by a queueing simulation and some arithmetic. Deliveries wait in one queue (the shared table) for the
 * next free place of any host; senders come at random at the peak rate, each with several deliveries at once, and work
 * times are log-normal. Attempts that come back after a failure come back minutes later, as independently as first ones. What is not in it: the time a job
 * needs to be announced (some 20 ms between hosts), and the processors, which `core` and `database` say by arithmetic.
 */

const DAY_S = 86_400;
const SECONDS = 240;
const WARM_UP_S = 60;
const KEYS_DAYS = 4;

/**
 * @param plan `rate` deliveries/s on average, `peak` times that in the busiest minutes, `burst` of them at once, `hosts`, `concurrency` places of
 * one host, `workMs` mean and `spread` (sigma) of an attempt's time, `retry` the fraction of attempts that are followed by
 * another, `bodyBytes`, `keepDays` of receipts, `keepJobsDays` of done jobs
 * @param bytes on disk of one delivery besides its body: `receipt`, `job` and `key`, as bench/receipt-bytes.mjs measures
 */
export function simulate(plan, bytes, seed) {
  const arriving = (plan.rate * plan.peak) / (1 - plan.retry);
  const places = plan.hosts * plan.concurrency;
  const capacity = places / (plan.workMs / 1_000);
  const waits = queue({ ...plan, arriving, places }, seed);
  const perDay = plan.rate * DAY_S;
  const spare = capacity * (1 - plan.retry) - plan.rate * plan.peak;
  return {
    busy: arriving / capacity,
    ...waits,
    receipts: perDay * plan.keepDays,
    diskPerDay: perDay * (plan.bodyBytes + bytes.receipt + bytes.job + bytes.key),
    disk:
      perDay *
      ((plan.bodyBytes + bytes.receipt) * plan.keepDays +
        bytes.job * plan.keepJobsDays +
        bytes.key * KEYS_DAYS),
    // Ten minutes without any work done, at the peak.
    pausedBacklog: plan.rate * plan.peak * 600,
    drainS: spare <= 0 ? Infinity : (plan.rate * plan.peak * 600) / spare,
  };
}

/** First come, first served, by whichever place is free first (Kiefer and Wolfowitz). Waits in ms. */
function queue({ arriving, burst, places, workMs, spread }, seed) {
  const random = generator(seed);
  // The mean of a log-normal is e^(mu + sigma²/2).
  const mu = Math.log(workMs / 1_000) - spread ** 2 / 2;
  const free = new Float64Array(places);
  const [waits, starts] = [[], []];
  let [now, first, most] = [0, 0, 0];
  while (now < SECONDS) {
    // Geometric: after each one, the chance that it was the last of its burst is the same.
    if (random() < 1 / burst) now += (-Math.log(1 - random()) * burst) / arriving;
    const start = Math.max(now, free[0]);
    replaceLeast(free, start + Math.exp(mu + spread * normal(random)));
    starts.push(start);
    while (starts[first] <= now) first += 1;
    if (now < WARM_UP_S) continue;
    waits.push(start - now);
    most = Math.max(most, starts.length - first);
  }
  waits.sort((a, b) => a - b);
  const at = (fraction) => waits[Math.floor(waits.length * fraction)] * 1_000;
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
  return { p50Ms: at(0.5), p99Ms: at(0.99), backlog: arriving * mean, mostBacklog: most };
}

/** A heap whose least is first; that one gives way. */
function replaceLeast(heap, value) {
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    if (left >= heap.length) break;
    const child = left + 1 < heap.length && heap[left + 1] < heap[left] ? left + 1 : left;
    if (heap[child] >= value) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = value;
}

/** From 0 up to 1, the same for one seed on every machine (mulberry32). */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Box and Muller; one of the two is enough here. */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
