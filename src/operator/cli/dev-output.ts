import { Writable } from 'node:stream';
import { plain, type Terminal } from './terminal';

export interface DevOutputOptions {
  /** Lines of level `debug` are shown; they are read in any case. */
  readonly showsDebug: boolean;
}

/** What the host is asked about itself says nothing of a plugin. */
const OWN_PATHS = /^\/(?:healthz|readyz|metrics|favicon\.ico|console(?:\/|$)|api\/operator(?:\/|$))/;
/** Requests that were refused and not answered yet, as far as they are remembered. */
const MOST_REASONS = 1_000;
const COLUMN = 9;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Takes the log of a host, JSON lines, and tells it to whoever writes a plugin: a line for each request with what became of it and
 * why it was refused, one for each message, and stacks below theirs. What is no JSON line is printed as it is.
 */
export function createDevOutput(terminal: Terminal, options: DevOutputOptions): Writable {
  const lines = new DevLines(terminal, options);
  let rest = '';
  return new Writable({
    decodeStrings: false,
    write(chunk: Buffer | string, _encoding, done) {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) lines.take(part);
      done();
    },
  });
}

class DevLines {
  /** Why, by the id of the request: it is told before the request's own line. */
  readonly #reasons = new Map<string, string>();

  constructor(
    private readonly terminal: Terminal,
    private readonly options: DevOutputOptions,
  ) {}

  take(text: string): void {
    if (text === '') return;
    const line = parsed(text);
    if (line === undefined) this.terminal.print(plain(text));
    else if (line['message'] === 'request' && 'status' in line) this.#request(line);
    else this.#message(line);
  }

  #request(line: Fields): void {
    const path = textIn(line, 'path');
    if (line['plugin'] === undefined && OWN_PATHS.test(path)) return;
    const { colors } = this.terminal;
    const id = textIn(line, 'requestId');
    const reason = this.#reasons.get(id);
    this.#reasons.delete(id);
    const status = Number(line['status']);
    const paint = status >= 500 ? colors.red : status >= 400 ? colors.yellow : colors.green;
    const parts = [
      colors.dim(timeIn(line)),
      textIn(line, 'method').padEnd(COLUMN - 1),
      path,
      paint(String(status)),
      colors.dim(`${Math.round(Number(line['durationMs'] ?? 0))} ms`),
      textIn(line, 'plugin'),
      ...(reason === undefined ? [] : [colors.yellow(`refused: ${reason}`)]),
    ];
    this.terminal.print(parts.filter((part) => part !== '').join('  '));
  }

  #message(line: Fields): void {
    const level = textIn(line, 'level');
    if (line['requestId'] !== undefined && line['reason'] !== undefined) {
      this.#remember(textIn(line, 'requestId'), textIn(line, 'reason'));
      // It is told with the request.
      if (level === 'info' || level === 'debug') return;
    }
    if (level === 'debug' && !this.options.showsDebug) return;
    const { colors } = this.terminal;
    const shade = { error: colors.red, warn: colors.yellow }[level] ?? colors.dim;
    const head = [colors.dim(timeIn(line)), shade(level.padEnd(COLUMN - 1)), textIn(line, 'plugin')];
    const message = textIn(line, 'message').replaceAll('\n', '\n    ');
    this.terminal.print([...head.filter((part) => part !== ''), message].join('  '));
    const stack = framesOf(textIn(line, 'stack'));
    if (stack !== '') this.terminal.print(colors.dim(stack));
  }

  #remember(requestId: string, reason: string): void {
    const [oldest] = this.#reasons.keys();
    if (this.#reasons.size >= MOST_REASONS && oldest !== undefined) this.#reasons.delete(oldest);
    this.#reasons.set(requestId, reason);
  }
}

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

function textIn(line: Fields, name: string): string {
  const value = line[name];
  return typeof value === 'string' ? plain(value) : '';
}

/** Hours, minutes and seconds where the reader is. */
function timeIn(line: Fields): string {
  const at = new Date(textIn(line, 'time'));
  return Number.isNaN(at.getTime()) ? '' : at.toTimeString().slice(0, 8);
}

/** The frames of a plugin's own files, and what caused it; frames of the host and of Node help nobody here. */
function framesOf(stack: string): string {
  const lines = stack.split('\n').slice(1);
  const isOwn = (line: string) =>
    !/\bnode:internal\b|[\\/]gatehouse[\\/]dist[\\/]|<stdin>|__require/.test(line);
  return lines
    .filter((line) => line.trim() !== '' && isOwn(line))
    .slice(0, 12)
    .map((line) => `    ${line.trim()}`)
    .join('\n');
}
