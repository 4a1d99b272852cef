/** What a fetch may cost. */
export interface FetchLimits {
  readonly maxBytes: number;
  /** From the first byte sent to the last one read. */
  readonly timeoutMs: number;
}

/**
 * Reads one public https address: certificates and key sets that signatures are verified with. Resolves to the body of a
 * 200 as UTF-8; rejects for everything else: another status, any redirect (never followed), too many bytes, too late.
 */
export type FetchText = (url: string, limits: FetchLimits) => Promise<string>;
