import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { HostError } from '../../core/errors';
import { Secret } from '../../core/secret';
import type { CliContext } from './cli-context';
import { plain } from './terminal';

/** Far above what a host takes: who pipes the wrong file in hears of it before it is all in memory. */
const LARGEST_BYTES = 1_048_576;

/**
 * The value an operator gives, white space around it trimmed: from `file`, else piped in, else typed without being shown.
 * @throws secrets/no-value, secrets/unreadable-file
 */
export async function readSecret(context: CliContext, what: string, file?: string): Promise<Secret> {
  const text = (await readText(context, what, file)).trim();
  if (text === '') throw new HostError('secrets/no-value', ['it is empty']);
  return new Secret(text);
}

async function readText(context: CliContext, what: string, file: string | undefined): Promise<string> {
  if (file !== undefined) return readValueFile(path.resolve(context.cwd, file));
  const input = context.stdin();
  return input.isTTY === true ? ask(context, input, `Value of ${plain(what)}: `) : readAll(input);
}

function readValueFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new HostError('secrets/unreadable-file', ['--file', file], { cause: error });
  }
}

async function readAll(input: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > LARGEST_BYTES)
      throw new HostError('secrets/no-value', ['what was piped in is no secret: too long']);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** One line from a terminal. Readline takes the echo over from the terminal, and what it writes goes nowhere. */
function ask({ stderr }: CliContext, input: NodeJS.ReadableStream, question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
  stderr.write(question);
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => {
      stderr.write('\n');
      reject(new HostError('secrets/no-value', ['the question was given up']));
    });
  });
}
