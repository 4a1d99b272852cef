/** One row of the catalogue. The message says what, where, and the next step. */
export interface ErrorEntry {
  /** What a caller sees over HTTP. */
  readonly status: number;
  readonly message: (...args: never[]) => string;
}
