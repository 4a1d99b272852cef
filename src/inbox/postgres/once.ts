/** Operations on rows, each row once and in order of its id: all hosts lock rows in the same order, so nobody deadlocks. */
export interface Once<T> {
  readonly items: readonly T[];
  /** Of each operation given: the place of its row in `items`; undefined where another one of the same row is taken. */
  readonly placeOf: readonly (number | undefined)[];
}

/** Of operations on one row the `first` or the `last` is taken. */
export function once<T>(
  operations: readonly T[],
  idOf: (operation: T) => number,
  takes: 'first' | 'last',
): Once<T> {
  const taken = new Map<number, number>();
  operations.forEach((operation, index) => {
    const id = idOf(operation);
    if (takes === 'last' || !taken.has(id)) taken.set(id, index);
  });
  const order = [...taken].sort(([a], [b]) => a - b).map(([, index]) => index);
  const placeOf = new Array<number | undefined>(operations.length).fill(undefined);
  order.forEach((index, place) => (placeOf[index] = place));
  return { items: order.map((index) => operations[index] as T), placeOf };
}
