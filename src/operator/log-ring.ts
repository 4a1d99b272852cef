import { Writable } from 'node:stream';
import winston from 'winston';
import { toError } from '../core/errors';
import type { LogLine, LogQuery, LogRing } from '../core/ports/log-ring';

export interface LogRingOptions {
  /** Of all plugins together; default 10,000. */
  readonly lines?: number | undefined;
  /** Likewise; default 8 MiB. */
  readonly bytes?: number | undefined;
}

/** Put `transport` beside the others of the host's logger. */
export type TransportedRing = LogRing & { readonly transport: winston.transports.StreamTransportInstance };

const MOST_LINES = 10_000;
const MOST_BYTES = 8 * 1024 ** 2;
/** Of a line, beside its texts. */
const LINE_BYTES = 200;
const MOST_CHARACTERS = 8_192;
const STANDARD_LIMIT = 200;
const MOST_LIMIT = 1_000;
const SEVERITY: Readonly<Record<string, number>> = {
  error: 0,
  warn: 1,
  info: 2,
  http: 3,
  verbose: 4,
  debug: 5,
};
/** What is told apart from the other fields, or says nothing. */
const NAMED = new Set(['level', 'message', 'plugin', 'time', 'timestamp']);

/**
 * The last lines of a log. Full, it forgets the oldest line of whoever has most, so that one plugin that floods it pushes out its
 * own lines and not those of the others.
 */
export function createLogRing({
  lines = MOST_LINES,
  bytes = MOST_BYTES,
}: LogRingOptions = {}): TransportedRing {
  const ring = new SharedRing(lines, bytes);
  return {
    search: (query) => ring.search(query),
    follow: (listener) => ring.follow(listener),
    transport: transportTo(ring),
  };
}

/** Whether a line is one of those that are asked for. */
export function matches(line: LogLine, { plugin, level, text, after }: LogQuery): boolean {
  if (after !== undefined && line.number <= after) return false;
  if (plugin !== undefined && line.plugin !== plugin) return false;
  if (level !== undefined && severityOf(line.level) > severityOf(level)) return false;
  if (text === undefined) return true;
  const wanted = text.toLowerCase();
  return line.message.toLowerCase().includes(wanted) || line.fields.toLowerCase().includes(wanted);
}

function severityOf(level: string): number {
  return SEVERITY[level] ?? SEVERITY['debug'] ?? 0;
}

/** One plugin's lines, oldest first; those before `first` are forgotten. */
interface Share {
  lines: LogLine[];
  first: number;
  bytes: number;
}
const countOf = ({ lines, first }: Share) => lines.length - first;

class SharedRing {
  readonly #shares = new Map<string, Share>();
  readonly #listeners = new Set<(line: LogLine) => void>();
  // Beyond those of the process before: whoever goes on after a number misses nothing when the host was started anew.
  #number = Date.now() * 100;
  #count = 0;
  #bytes = 0;

  constructor(
    private readonly mostLines: number,
    private readonly mostBytes: number,
  ) {}

  add(given: Omit<LogLine, 'number'>): void {
    const line: LogLine = { number: (this.#number += 1), ...given };
    const name = line.plugin ?? '';
    const share = this.#shares.get(name) ?? { lines: [], first: 0, bytes: 0 };
    this.#shares.set(name, share);
    share.lines.push(line);
    share.bytes += bytesOf(line);
    this.#count += 1;
    this.#bytes += bytesOf(line);
    while (this.#count > this.mostLines) this.#forget(countOf);
    while (this.#bytes > this.mostBytes && this.#count > 1) this.#forget(({ bytes }) => bytes);
    for (const listener of this.#listeners) listener(line);
  }

  search(query: LogQuery): readonly LogLine[] {
    const limit = Math.min(query.limit ?? STANDARD_LIMIT, MOST_LIMIT);
    const shares = query.plugin === undefined ? [...this.#shares.values()] : [this.#shares.get(query.plugin)];
    const found = shares.flatMap((share) =>
      share === undefined ? [] : share.lines.slice(share.first).filter((line) => matches(line, query)),
    );
    return found.sort((one, other) => one.number - other.number).slice(Math.max(0, found.length - limit));
  }

  follow(listener: (line: LogLine) => void): () => void {
    // Its own, so that one given twice ends twice.
    const own = (line: LogLine) => listener(line);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  #forget(sizeOf: (share: Share) => number): void {
    let [largest, name]: [Share | undefined, string] = [undefined, ''];
    for (const [key, share] of this.#shares)
      if (largest === undefined || sizeOf(share) > sizeOf(largest)) [largest, name] = [share, key];
    const line = largest?.lines[largest.first];
    if (largest === undefined || line === undefined) return;
    largest.first += 1;
    largest.bytes -= bytesOf(line);
    this.#count -= 1;
    this.#bytes -= bytesOf(line);
    if (countOf(largest) === 0) this.#shares.delete(name);
    else if (largest.first > countOf(largest)) {
      largest.lines = largest.lines.slice(largest.first);
      largest.first = 0;
    }
  }
}

function bytesOf({ message, fields, plugin = '' }: LogLine): number {
  return LINE_BYTES + 2 * (message.length + fields.length + plugin.length);
}

function transportTo(ring: SharedRing): winston.transports.StreamTransportInstance {
  const stream = new Writable({
    // Lines as winston has them, not their text.
    objectMode: true,
    write(info: winston.Logform.TransformableInfo, _encoding, done) {
      ring.add(lineOf(info));
      done();
    },
  });
  return new winston.transports.Stream({ stream });
}

function lineOf(info: winston.Logform.TransformableInfo): Omit<LogLine, 'number'> {
  const { level, message } = info;
  const plugin = info['plugin'];
  return {
    at: Date.now(),
    level,
    plugin: typeof plugin === 'string' ? plugin.slice(0, MOST_CHARACTERS) : undefined,
    message: cut(typeof message === 'string' ? message : fieldsOf({ text: message })),
    fields: cut(fieldsOf(info)),
  };
}

/** Never throws: what plugins log may not be JSON. */
function fieldsOf(info: object): string {
  try {
    const rest = Object.entries(info).filter(([name]) => !NAMED.has(name));
    return JSON.stringify(Object.fromEntries(rest), (_name, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
  } catch (error) {
    return JSON.stringify({ unreadable: toError(error).message });
  }
}

function cut(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}
