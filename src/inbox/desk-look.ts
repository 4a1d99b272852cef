/** Where a list goes on: below this row. Of attempts, the number of the job and that of the attempt. */
export type Place = readonly [number, ...number[]];

/** How much of a store one page looks at. */
export interface LookBounds {
  /** Rows of the first stretch, which is looked at in any case. */
  readonly first: number;
  /** Rows of a stretch at most. */
  readonly most: number;
  /** No further stretch is begun that would end after so long, as far as the one before tells. */
  readonly budgetMs: number;
}

/** Where every row is read alone: about as many as are read in the time that nobody notices. */
export const USUAL_LOOK: LookBounds = { first: 5_000, most: 20_000, budgetMs: 25 };
/** Where bodies are read: one may be as large as hundreds of rows. */
export const BODIES_LOOK: LookBounds = { ...USUAL_LOOK, first: 50 };
/** How much larger the next stretch is, as long as there is time for it. */
const GROWTH = 4;

/** Neighbouring rows: those below a place down to `lowest`, it among them; or of these only `ids`. */
export interface Stretch {
  readonly below: Place | undefined;
  readonly lowest: number;
  readonly ids?: readonly number[] | undefined;
  /** There is nothing below. */
  readonly isLast: boolean;
}

/** What a list looks through, newest first. */
export interface Ground {
  /** So many rows below a place; fewer where it ends. */
  stretch(below: Place | undefined, rows: number): Promise<Stretch>;
}

export interface Look<Row> {
  readonly ground: Ground;
  readonly from: Place | undefined;
  readonly limit: number;
  readonly bounds: LookBounds;
  /** The newest rows of a stretch that are meant, so many at most. */
  find(stretch: Stretch, most: number): Promise<readonly Row[]>;
  placeOf(row: Row): Place;
}

/**
 * The newest rows that are meant, from a place on: until there are enough, or no row is left, or it took long enough. What
 * is rare in a large store is found page by page, each of them soon, some of them empty.
 */
export async function lookThrough<Row>({
  ground,
  from,
  limit,
  bounds: { first, most, budgetMs },
  find,
  placeOf,
}: Look<Row>): Promise<{ readonly rows: readonly Row[]; readonly next: string | undefined }> {
  const rows: Row[] = [];
  const startedAt = performance.now();
  let [below, size] = [from, first];
  for (;;) {
    const begunAt = performance.now();
    const stretch = await ground.stretch(below, size);
    if (stretch.ids?.length !== 0) rows.push(...(await find(stretch, limit - rows.length)));
    const last = rows.at(-1);
    if (last !== undefined && rows.length >= limit) return { rows, next: placeOf(last).join('.') };
    if (stretch.isLast) return { rows, next: undefined };
    below = [stretch.lowest];
    const now = performance.now();
    const leftMs = budgetMs - (now - startedAt);
    if (now - begunAt > leftMs) return { rows, next: String(stretch.lowest) };
    if ((now - begunAt) * GROWTH <= leftMs) size = Math.min(size * GROWTH, most);
  }
}

/** Rows that one query names: a handful of pages. */
const MOST_NAMED = 1_000;

/** Few rows, known by their numbers. */
export function groundOf(ids: readonly number[]): Ground {
  const sorted = [...new Set(ids)].sort((a, b) => b - a);
  return {
    stretch: ([below] = [Infinity], rows) => {
      const start = sorted.findIndex((id) => id < below);
      const part = start === -1 ? [] : sorted.slice(start, start + Math.min(rows, MOST_NAMED));
      const isLast = start === -1 || start + part.length >= sorted.length;
      return Promise.resolve({ below: [below], lowest: part.at(-1) ?? 0, ids: part, isLast });
    },
  };
}

/** Of a ground what lies between two numbers, both among it. */
export function within(ground: Ground, lowest: number, highest: number): Ground {
  return {
    stretch: async ([below] = [Infinity], rows) => {
      const stretch = await ground.stretch([Math.min(below, highest + 1)], rows);
      const isLast = stretch.isLast || stretch.lowest <= lowest;
      return { ...stretch, lowest: Math.max(lowest, stretch.lowest), isLast };
    },
  };
}
