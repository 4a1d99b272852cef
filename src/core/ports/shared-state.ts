/** One value, by the space and the name it stands under. */
export interface SharedValue {
  readonly name: string;
  /** JSON text, at most 256 KiB. */
  readonly value: string;
  /** Grows with each change of this value. */
  readonly revision: number;
}

/**
 * Small values that all hosts of one database share: what is wanted of plugins, operators' settings, sealed secrets. All of
 * them are in memory; a change made on one host reaches the others within seconds.
 */
export interface SharedState {
  get(space: string, name: string): SharedValue | undefined;
  list(space: string): readonly SharedValue[];
  /**
   * Resolves when it is committed and seen here; `value` undefined removes. With `revision` only when the value has that
   * one still (0: is not there), else false.
   * @throws inbox/unavailable
   */
  put(space: string, name: string, value: string | undefined, revision?: number): Promise<boolean>;
  /** Called after each change of the space, whichever host made it. Answers how to stop. */
  onChange(space: string, changed: (name: string, value: SharedValue | undefined) => void): () => void;
}
