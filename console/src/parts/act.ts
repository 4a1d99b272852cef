import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError, ask } from '../api';
import { failureText } from './failure';
import { useNotices } from './notices';

export interface ActOptions<T> {
  /** What is said when it is done; undefined: nothing. */
  readonly done?: string | ((answer: T) => string | undefined);
  /** Shown by the page itself: no notice of a failure. */
  readonly isQuiet?: boolean;
}
export interface Act<T> {
  /**
   * Asks the host, says what came of it, and reads anew what is in view. `path`: another than the hook's.
   * Resolves to the answer; to undefined when it failed (see `error`).
   */
  run(body?: unknown, path?: string): Promise<T | undefined>;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly answer: T | undefined;
  /** Forgets the answer and the error. */
  reset(): void;
}

/** A change at the host: `const reload = useAct('POST', '/plugins/a.b/reload', { done: 'Reloaded.' })`. */
export function useAct<T = unknown>(method: string, path: string, options: ActOptions<T> = {}): Act<T> {
  const client = useQueryClient();
  const { say } = useNotices();
  const { mutateAsync, isPending, error, data, reset } = useMutation({
    mutationFn: ({ body, at }: { readonly body: unknown; readonly at: string }) => ask<T>(method, at, body),
    onSuccess: (answer) => {
      const text = typeof options.done === 'function' ? options.done(answer) : options.done;
      if (text !== undefined) say('good', text);
    },
    onError: (thrown) => {
      const code = thrown instanceof ApiError ? thrown.problem.code : undefined;
      say('bad', `${failureText(thrown)}${code === undefined ? '' : ` (${code})`}`, options.isQuiet);
    },
    onSettled: () => client.invalidateQueries(),
  });
  return {
    run: (body, at = path) => mutateAsync({ body, at }).catch(() => undefined),
    isBusy: isPending,
    error: error ?? undefined,
    answer: data,
    reset,
  };
}
