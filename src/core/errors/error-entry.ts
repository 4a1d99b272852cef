/** One row of the catalogue. The message says what, where, and the next step. */
export interface ErrorEntry {
  /** What a caller sees over HTTP. */
  readonly status: number;
  /** Its message is for authors and operators: callers get the status alone. */
  readonly isInternal?: boolean;
  readonly message: (...args: never[]) => string;
}
