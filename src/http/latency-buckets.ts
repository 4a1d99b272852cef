/** Of each decade, so that what is read off between two bounds is wrong by an eighth at most. */
const STEPS = [10, 12.5, 15, 17.5, 20, 25, 30, 35, 40, 50, 60, 70, 80, 90];
const DECADES = 7;
const MOST_US = 2 ** 30;

/** Upper bounds of the buckets, µs, ascending: 10 µs to 100 s. Whatever took longer is in one bucket more. */
export const BOUNDS_US: readonly number[] = [
  ...Array.from({ length: DECADES }, (_, decade) => STEPS.map((step) => step * 10 ** decade)).flat(),
  10 * 10 ** DECADES,
];
export const BUCKETS = BOUNDS_US.length + 1;

/** For each sixteenth of each power of two the bucket of its least number: the right one, or the one before it. */
const firstBuckets = Uint8Array.from({ length: slotOf(MOST_US) + 1 }, (_, slot) => {
  const bucket = BOUNDS_US.findIndex((bound) => leastOf(slot) <= bound);
  return bucket === -1 ? BUCKETS - 1 : bucket;
});

/** The bucket of a duration, by arithmetic and one look into a table: asked once for each request. */
export function bucketOf(ms: number): number {
  const us = ms > 0 ? Math.min(Math.ceil(ms * 1_000), MOST_US) : 0;
  let bucket = firstBuckets[slotOf(us)] as number;
  while (bucket < BUCKETS - 1 && us > (BOUNDS_US[bucket] as number)) bucket += 1;
  return bucket;
}

function slotOf(us: number): number {
  if (us < 16) return us;
  const octave = 31 - Math.clz32(us);
  return ((octave - 3) << 4) | ((us >>> (octave - 4)) & 15);
}

function leastOf(slot: number): number {
  return slot < 16 ? slot : (16 | (slot & 15)) * 2 ** ((slot >> 4) - 1);
}

/** What a share of the durations stayed below, ms, read off between bounds; undefined where there is none. */
export function quantileMs(counts: ArrayLike<number>, share: number): number | undefined {
  let all = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) all += counts[bucket] ?? 0;
  if (all === 0) return undefined;
  let left = share * all;
  for (let bucket = 0; bucket < BUCKETS - 1; bucket += 1) {
    const count = counts[bucket] ?? 0;
    if (count > 0 && left <= count) {
      const from = BOUNDS_US[bucket - 1] ?? 0;
      return (from + ((BOUNDS_US[bucket] as number) - from) * (left / count)) / 1_000;
    }
    left -= count;
  }
  return (BOUNDS_US.at(-1) as number) / 1_000;
}
