import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import winston from 'winston';
import type { Settings } from '../core/settings';

/** The file that log lines go to besides, and those before it. */
export interface LogFile {
  /** Takes access lines, whole ones, for `output` and the file. */
  readonly stream: Writable;
  /** Resolves once everything is written. */
  close(): Promise<void>;
}

/** Between two lines about a file that cannot be written. */
const TELL_MS = 60_000;
/** Under this winston keeps the text of a line. */
const MESSAGE = Symbol.for('message');

/**
 * Makes what `logger` logs go to `file`, too: a new one is begun at `fileBytes`, and the last `files` are kept, the youngest
 * under the name itself. Undefined where no file is set. A file that cannot be written stops nothing: `output` says so.
 */
export function addLogFile(
  logger: winston.Logger,
  { file, fileBytes, files }: Settings['log'],
  output: Writable,
): LogFile | undefined {
  if (file === undefined) return undefined;
  mkdirSync(path.dirname(file), { recursive: true });
  const transport = new winston.transports.File({
    ...{ filename: file, maxsize: fileBytes, maxFiles: files, tailable: true },
    options: { flags: 'a', mode: 0o640 },
  });
  logger.add(transport);
  logger.on('error', tellOf(file, output));
  return {
    stream: new Writable({
      decodeStrings: false,
      write: (lines: string, _encoding, done) => {
        // Between winston's own lines, which end the same way.
        if (lines !== '') void transport.log?.({ [MESSAGE]: lines.replace(/\n$/, '') }, () => undefined);
        if (output.write(lines)) done();
        else output.once('drain', done);
      },
    }),
    close: () =>
      new Promise((resolve) => {
        logger.remove(transport);
        transport.end(() => resolve());
      }),
  };
}

function tellOf(file: string, output: Writable): (error: Error) => void {
  let quietUntil = 0;
  return ({ message }) => {
    const now = Date.now();
    if (now < quietUntil) return;
    quietUntil = now + TELL_MS;
    const line = { time: new Date(now).toISOString(), level: 'error', message: `${file}: ${message}` };
    output.write(`${JSON.stringify(line)}\n`);
  };
}
