import { useQuery, useQueryClient, type QueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ask, isSignedIn } from './api';
import { readEvents } from './event-stream';

/** What a page shows changes with these; the host says when. */
export type Topic =
  | 'plugins'
  | 'receipts'
  | 'jobs'
  | 'refusals'
  | 'messages'
  | 'runs'
  | 'secrets'
  | 'tokens'
  | 'nodes'
  | 'audit';

/** Reads from the operator API, and again whenever one of the topics changes. */
export function useRead<T>(
  path: string,
  topics: readonly Topic[],
  options: { readonly enabled?: boolean } = {},
): UseQueryResult<T> {
  return useQuery<T>({
    queryKey: ['read', path],
    queryFn: () => ask<T>('GET', path),
    meta: { topics },
    ...options,
  });
}

const AGAIN_MS = 1_000;
const AGAIN_AT_MOST_MS = 30_000;
/** Between one reading of what changed and the next: a busy host says so many times a second. */
const REST_MS = 400;
/** What is not read by then is left to itself. */
const READING_MS = 10_000;

/** One stream for the whole console. True while it is connected. */
export function useLiveUpdates(): boolean {
  const client = useQueryClient();
  const [isLive, setLive] = useState(false);
  useEffect(() => {
    if (!isSignedIn) return;
    const gone = new AbortController();
    void follow(new Refreshing(client), gone.signal, setLive);
    return () => gone.abort();
  }, [client]);
  return isLive;
}

async function follow(
  refreshing: Refreshing,
  signal: AbortSignal,
  setLive: (isLive: boolean) => void,
): Promise<void> {
  for (let againMs = AGAIN_MS; !signal.aborted; againMs = Math.min(againMs * 2, AGAIN_AT_MOST_MS)) {
    try {
      const events = readEvents('/changes', signal, () => {
        setLive(true);
        againMs = AGAIN_MS;
        // Whatever happened while nobody listened.
        refreshing.all();
      });
      for await (const { data } of events) refreshing.add((JSON.parse(data) as { topic: Topic }).topic);
    } catch {
      // It is tried again below.
    }
    if (signal.aborted) return;
    setLive(false);
    await new Promise((resolve) => setTimeout(resolve, againMs));
  }
}

/** Reads anew what is in view, one round after the other: what changes during a round is of the next. */
class Refreshing {
  readonly #client: QueryClient;
  readonly #changed = new Set<Topic>();
  #isAll = false;
  #isBusy = false;

  constructor(client: QueryClient) {
    this.#client = client;
  }

  add(topic: Topic): void {
    this.#changed.add(topic);
    void this.#run();
  }

  all(): void {
    this.#isAll = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#isAll || this.#changed.size > 0) {
      const topics = this.#isAll ? undefined : new Set(this.#changed);
      this.#isAll = false;
      this.#changed.clear();
      const reading = this.#client.invalidateQueries({
        predicate: ({ meta }) => {
          const shown = (meta?.['topics'] ?? []) as readonly Topic[];
          return topics === undefined || shown.some((topic) => topics.has(topic));
        },
      });
      await Promise.race([reading, after(READING_MS)]);
      await after(REST_MS);
    }
    this.#isBusy = false;
  }
}

const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
