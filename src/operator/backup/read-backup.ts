import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { HostError, isHostError, toError } from '../../core/errors';
import type { BackupHead, BackupRow, BackupSection } from '../../core/ports/backup';
import { FORMAT, rowOf } from './backup-lines';

/** A row carries a part of a body, a document or a payload: none comes near. */
const LONGEST_LINE_BYTES = 64 * 1024 ** 2;

const headShape = z.object({
  version: z.string(),
  at: z.number(),
  all: z.boolean(),
  store: z.enum(['sqlite', 'postgres']),
  schema: z.number().int(),
  proof: z.string().optional(),
});
const sectionShape = z.object({
  part: z.enum(['store', 'databases', 'plugins']),
  name: z.string(),
  columns: z.array(z.string()),
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
});
const endShape = z.object({ end: z.object({ lines: z.number(), sha256: z.string() }) });

/** One reading of a file, from its head to its end. */
export interface BackupReading {
  readonly head: BackupHead;
  /** Once. Ends only where the file is whole. @throws backup/damaged */
  sections(): AsyncIterable<BackupSection>;
}

/** @throws backup/damaged, backup/other-format */
export async function readBackup(file: string): Promise<BackupReading> {
  const lines = new CheckedLines(linesOf(file));
  const head = await lines.next();
  return { head: headOf(head), sections: () => sectionsOf(lines) };
}

function headOf(value: unknown): BackupHead {
  const format = (value as Record<string, unknown> | undefined)?.['gatehouse-backup'];
  if (format === undefined) throw damaged('it is no backup of Gatehouse');
  if (format !== FORMAT) throw new HostError('backup/other-format', [JSON.stringify(format), FORMAT]);
  const { success, data } = headShape.safeParse(value);
  if (!success) throw damaged('its first line is not what one says');
  return { ...data, proof: data.proof };
}

async function* sectionsOf(lines: CheckedLines): AsyncGenerator<BackupSection> {
  let line = await lines.next();
  const rows = async function* (columns: number): AsyncGenerator<BackupRow> {
    for (line = await lines.next(); Array.isArray(line); line = await lines.next()) {
      const row = line.length === columns ? rowOf(line) : undefined;
      if (row === undefined) throw damaged('a row is not as its columns say');
      yield row;
    }
  };
  while (line !== undefined) {
    const { success, data } = sectionShape.safeParse(line);
    if (!success) throw damaged('it says something that this release does not know');
    const own = rows(data.columns.length);
    yield { ...data, rows: own };
    // What was not asked for is passed over.
    for await (const _row of own);
  }
}

/** Lines up to the end, which has to be true of them. */
class CheckedLines {
  readonly #hash = createHash('sha256');
  #count = 0;

  constructor(private readonly source: AsyncIterator<Buffer>) {}

  /** Undefined after the last. @throws backup/damaged */
  async next(): Promise<unknown> {
    const { done, value } = await this.source.next();
    if (done === true) throw damaged('it is cut short');
    const parsed = parse(value);
    const { success, data } = endShape.safeParse(parsed);
    if (!success) {
      this.#hash.update(value).update('\n');
      this.#count += 1;
      return parsed;
    }
    const { lines, sha256 } = data.end;
    if (lines !== this.#count || sha256 !== this.#hash.digest('hex'))
      throw damaged('it is not what was written');
    if ((await this.source.next()).done !== true) throw damaged('something follows its end');
    return undefined;
  }
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    throw damaged('a line is no JSON');
  }
}

async function* linesOf(file: string): AsyncGenerator<Buffer> {
  const bytes = createGunzip();
  pipeline(createReadStream(file), bytes, () => {}); // whoever reads it is told
  let parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      let from = 0;
      for (let to = chunk.indexOf(10); to !== -1; to = chunk.indexOf(10, from)) {
        const line = Buffer.concat([...parts, chunk.subarray(from, to)]);
        // An empty one says only that the host was busy.
        if (line.length > 0) yield line;
        parts = [];
        length = 0;
        from = to + 1;
      }
      parts.push(chunk.subarray(from));
      length += chunk.length - from;
      if (length > LONGEST_LINE_BYTES) throw damaged('a line has no end');
    }
  } catch (thrown) {
    throw isHostError(thrown) ? thrown : damaged(toError(thrown).message);
  }
  if (length > 0) throw damaged('it is cut short');
}

function damaged(why: string): HostError {
  return new HostError('backup/damaged', [why]);
}
