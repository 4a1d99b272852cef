/** What a `chat.function` answers: plain JSON. */
export type ActionResult =
  | { readonly status: 'success'; readonly data: unknown; readonly summary: string }
  | { readonly status: 'error'; readonly error: string; readonly retryable: boolean };

/** Makes what a `chat.function` answers. An error is an answer too: the caller is told of it, and nothing is thrown. */
export const ActionResult = {
  /** `summary` is what people are told. Default: nothing. */
  success(data: unknown, { summary = '' }: { readonly summary?: string } = {}): ActionResult {
    return { status: 'success', data, summary };
  },
  /** `retryable`: the same call may succeed later. Default false. */
  error(message: string, { retryable = false }: { readonly retryable?: boolean } = {}): ActionResult {
    return { status: 'error', error: String(message), retryable };
  },
};
