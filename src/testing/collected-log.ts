import { Writable } from 'node:stream';

/** One line of a host's log, as it would have been printed. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  /** ISO 8601. */
  readonly time: string;
  /** The plugin it is about, or whose logger wrote it. */
  readonly plugin?: string;
  readonly [name: string]: unknown;
}

/** Where a host writes its log instead of printing it: each JSON line is appended to `lines`. */
export class CollectedLog extends Writable {
  readonly lines: LogLine[] = [];
  #rest = '';

  constructor() {
    super({ decodeStrings: false });
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    const lines = (this.#rest + chunk.toString()).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') this.lines.push(readLine(line));
    done();
  }
}

/** What is no JSON is kept as it stands: nothing a host says may vanish in a test. */
function readLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { level: 'info', message: line, time: new Date().toISOString() };
  }
}
