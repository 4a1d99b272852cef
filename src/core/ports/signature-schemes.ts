/** A request as a plugin's handler has it. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** Any content encoding undone. Asked for by schemes that sign it. May throw where it was not kept. */
  readonly body: () => Buffer;
}

/** How known senders sign, for plugins that verify by hand. */
export interface SignatureSchemes {
  readonly ids: readonly string[];
  /**
   * Whether `secret` signed the request as senders of this kind do, judged now. Constant time; an empty secret, an unknown
   * kind and whatever cannot be read are false. Throws what `body` throws, and nothing else.
   */
  verify(id: string, request: ReceivedRequest, secret: string): boolean;
}
