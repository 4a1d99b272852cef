import { HostError } from '../core/errors';
import type { LogLine, LogQuery, LogRing } from '../core/ports/log-ring';
import { textIn, wholeIn } from './inbox-query';
import { matches } from './log-ring';

/** What operators may ask of the log of the host they ask. */
export interface LogDesk {
  /** Oldest first. */
  search(query: LogQuery): Promise<readonly LogLine[]>;
  /** The lines there are after `after` (none without it), and each that comes, until the signal aborts. */
  follow(query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine>;
}

const LEVELS = ['error', 'warn', 'info', 'debug'] as const;
const NAMES: readonly string[] = ['plugin', 'level', 'text', 'after', 'limit'];
/** Of lines a reader has not taken; then the oldest are left out. */
const MOST_WAITING = 5_000;

/** The log of this very process. `stopping` ends those who follow, so that no stop waits for them. */
export function createLogDesk(ring: LogRing, stopping?: AbortSignal): LogDesk {
  return {
    search: async (query) => ring.search(query),
    follow: (query, signal) =>
      follow(ring, query, stopping === undefined ? signal : AbortSignal.any([signal, stopping])),
  };
}

/** A query as it stands in a URL. @throws inbox/bad-request naming what is not understood */
export function readLogQuery(given: Readonly<Record<string, unknown>>): LogQuery {
  const unknown = Object.keys(given).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) refuse(`"${unknown}" is no filter; there are ${NAMES.join(', ')}`);
  const level = LEVELS.find((known) => known === given['level']);
  if (given['level'] !== undefined && level === undefined) refuse(`level is one of ${LEVELS.join(', ')}`);
  return {
    level,
    ...(given['plugin'] !== undefined && { plugin: textIn(given, 'plugin') }),
    ...(given['text'] !== undefined && { text: textIn(given, 'text') }),
    ...(given['after'] !== undefined && { after: wholeIn(given, 'after') }),
    ...(given['limit'] !== undefined && { limit: wholeIn(given, 'limit') }),
  };
}

export function toLogQuery(query: LogQuery): string {
  const entries = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return entries.length === 0 ? '' : `?${String(new URLSearchParams(entries))}`;
}

async function* follow(ring: LogRing, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogLine> {
  const waiting: LogLine[] = query.after === undefined ? [] : [...ring.search({ limit: 1_000, ...query })];
  let wake = () => {};
  const end = () => wake();
  const stop = ring.follow((line) => {
    if (!matches(line, query)) return;
    waiting.push(line);
    if (waiting.length > MOST_WAITING) waiting.shift();
    wake();
  });
  signal.addEventListener('abort', end);
  try {
    while (!signal.aborted) {
      const line = waiting.shift();
      if (line === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else yield line;
    }
  } finally {
    stop();
    signal.removeEventListener('abort', end);
  }
}

function refuse(why: string): never {
  throw new HostError('inbox/bad-request', [why]);
}
