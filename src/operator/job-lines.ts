import type { ExportedJob } from '../core/ports/inbox-desk';

/** @see https://github.com/ndjson/ndjson-spec (read 2026-11-21) */
export const JSON_LINES_TYPE = 'application/x-ndjson';

/** A list that is sent as JSON lines instead of one document. */
export class JsonLines {
  constructor(readonly items: readonly unknown[]) {}

  get text(): string {
    return this.items.map((item) => `${JSON.stringify(item)}\n`).join('');
  }
}

/** A line that is no job of an export: its message says which, and why. */
export class BadLine extends Error {}

/** Some jobs of an export, to be imported at once. */
export interface JobStep {
  readonly jobs: readonly ExportedJob[];
  /** From 1. */
  readonly firstLine: number;
}

const STEP_JOBS = 200;
const STEP_CHARACTERS = 8 * 1024 ** 2;
/** A little more than the largest receipt, as base64. */
const LONGEST_LINE_BYTES = 144 * 1024 ** 2;
const LINE_END = 0x0a;

/**
 * The jobs in JSON lines, a step at a time: however many there are, a few MiB of them are in memory, and one line.
 * @throws BadLine for what is no JSON, or too long; the source's own errors
 */
export async function* jobSteps(source: AsyncIterable<Buffer>): AsyncGenerator<JobStep> {
  let jobs: ExportedJob[] = [];
  let [characters, number, firstLine] = [0, 0, 1];
  for await (const line of linesOf(source)) {
    number += 1;
    if (line.trim() === '') continue;
    if (jobs.length === 0) firstLine = number;
    jobs.push(parseLine(line, number));
    characters += line.length;
    if (jobs.length < STEP_JOBS && characters < STEP_CHARACTERS) continue;
    yield { jobs, firstLine };
    jobs = [];
    characters = 0;
  }
  if (jobs.length > 0) yield { jobs, firstLine };
}

async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let bytes = 0;
  const add = (part: Buffer) => {
    bytes += part.length;
    if (bytes > LONGEST_LINE_BYTES) throw new BadLine(`a line is longer than ${LONGEST_LINE_BYTES} bytes`);
    parts.push(part);
  };
  for await (const chunk of source) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, from)) {
      add(chunk.subarray(from, end));
      yield Buffer.concat(parts).toString('utf8');
      parts = [];
      bytes = 0;
      from = end + 1;
    }
    add(chunk.subarray(from));
  }
  if (bytes > 0) yield Buffer.concat(parts).toString('utf8');
}

function parseLine(line: string, number: number): ExportedJob {
  try {
    return JSON.parse(line) as ExportedJob;
  } catch (cause) {
    throw new BadLine(`line ${number} is not JSON`, { cause });
  }
}
