import { useEffect, useRef, useState } from 'react';
import type { LogLine } from '../../../../src/core/ports/log-ring';
import { readEvents } from '../../event-stream';

/** In view; older ones go. */
const MOST = 1_000;
/** Lines come in bursts: they are drawn together. */
const DRAW_MS = 150;
const AGAIN_MS = 3_000;

export interface LogFilter {
  readonly plugin: string;
  readonly level: string;
  readonly text: string;
}
export interface LiveLines {
  readonly lines: readonly LogLine[];
  /** Held back while paused; at most as many as are shown. */
  readonly held: number;
  readonly error: unknown;
}

/** The log of one plugin, as it is written; while paused nothing moves. */
export function useLogLines({ plugin, level, text }: LogFilter, isPaused: boolean): LiveLines {
  const [shown, setShown] = useState<readonly LogLine[]>([]);
  const [held, setHeld] = useState(0);
  const [error, setError] = useState<unknown>();
  const kept = useRef<LogLine[]>([]);
  const paused = useRef(isPaused);
  useEffect(() => {
    paused.current = isPaused;
    if (isPaused) return;
    setShown([...kept.current]);
    setHeld(0);
  }, [isPaused]);
  useEffect(() => {
    const gone = new AbortController();
    kept.current = [];
    setShown([]);
    setHeld(0);
    let fresh = 0;
    const timer = setInterval(() => {
      if (fresh === 0) return;
      const count = fresh;
      fresh = 0;
      if (paused.current) setHeld((before) => Math.min(before + count, MOST));
      else setShown([...kept.current]);
    }, DRAW_MS);
    const query = { plugin, level, ...(text !== '' && { text }) };
    void follow(query, gone.signal, setError, (line) => {
      kept.current.push(line);
      if (kept.current.length > MOST) kept.current.shift();
      fresh += 1;
    });
    return () => {
      gone.abort();
      clearInterval(timer);
    };
  }, [plugin, level, text]);
  return { lines: shown, held, error };
}

async function follow(
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
  fail: (error: unknown) => void,
  take: (line: LogLine) => void,
): Promise<void> {
  // From the first line that the host still has.
  let after = 0;
  while (!signal.aborted) {
    try {
      const search = new URLSearchParams({ ...query, after: String(after) });
      for await (const { data } of readEvents(`/logs/stream?${search}`, signal, () => fail(undefined))) {
        const line = JSON.parse(data) as LogLine;
        after = line.number;
        take(line);
      }
    } catch (thrown) {
      if (signal.aborted) return;
      fail(thrown);
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
