import type { DedupeKey } from '../store';

/** Operations of one statement, of which no two may have the same key. */
export interface Firsts<T> {
  readonly firsts: readonly T[];
  /** Of each operation: which of `firsts` it is, or repeats. */
  readonly placeOf: readonly number[];
  /** Of each operation: whether an earlier one of the same statement has its key. */
  readonly repeats: readonly boolean[];
}

export function firstsOf<T extends { readonly dedupe: DedupeKey | undefined }>(
  operations: readonly T[],
): Firsts<T> {
  const firsts: T[] = [];
  const placeOf: number[] = [];
  const repeats: boolean[] = [];
  const places = new Map<string, number>();
  for (const operation of operations) {
    const { dedupe } = operation;
    const slot = dedupe === undefined ? undefined : `${dedupe.taskId} ${dedupe.key}`;
    const place = slot === undefined ? undefined : places.get(slot);
    repeats.push(place !== undefined);
    placeOf.push(place ?? firsts.length);
    if (place !== undefined) continue;
    if (slot !== undefined) places.set(slot, firsts.length);
    firsts.push(operation);
  }
  return { firsts, placeOf, repeats };
}

/** How far back any of the keys is remembered; undefined when there is none. */
export function longestWindowMs(keys: readonly (DedupeKey | undefined)[]): number | undefined {
  let longest: number | undefined;
  for (const key of keys)
    if (key !== undefined && (longest === undefined || key.windowMs > longest)) longest = key.windowMs;
  return longest;
}
