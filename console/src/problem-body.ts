/** An error as the host writes it. @see RFC 9457 */
export interface ProblemBody {
  readonly title?: string;
  readonly detail?: unknown;
  readonly code?: string;
  readonly requestId?: string;
  /** Of an enable, disable or reload that failed. */
  readonly transition?: unknown;
}
