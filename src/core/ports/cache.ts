/** Values of one plugin that may be forgotten, shared by the hosts of one database; they survive the process. */
export interface Cache {
  /** Undefined once its time is over. */
  get<T = unknown>(key: string): Promise<T | undefined>;
  /** `value` as JSON, at most a MiB; `ttlMs` default an hour, at most a year. @throws cache/bad-key, cache/too-large, inbox/unavailable */
  set(key: string, value: unknown, options?: { readonly ttlMs?: number }): Promise<void>;
  /** True when it was there. */
  delete(key: string): Promise<boolean>;
  /**
   * The value, or what `make` gives, kept for `ttlMs`. Of many who ask at once on one host one makes it; the others wait for it.
   * A failure is not kept.
   */
  remember<T>(key: string, ttlMs: number, make: () => T | Promise<T>): Promise<T>;
}
