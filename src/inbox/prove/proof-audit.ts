import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Percentiles } from '../../core/ports/prove';

/** What the effects say: which happened, and which more often than once. */
export interface Effects {
  /** Ids whose delivery and task both had their effect. */
  readonly worked: ReadonlySet<string>;
  readonly doubled: number;
}

/** Reads lines of `<step> <id> <count>`. */
export async function readEffects(file: string): Promise<Effects> {
  const delivered = new Set<string>();
  const worked = new Set<string>();
  let doubled = 0;
  for await (const line of linesOf(file)) {
    const [step, id = '', count] = line.split(' ');
    (step === 'delivered' ? delivered : worked).add(id);
    if (Number(count) !== 1) doubled += 1;
  }
  for (const id of worked) if (!delivered.has(id)) worked.delete(id);
  return { worked, doubled };
}

/** How many of the runs in `<step> <id>` lines were not the first of theirs. */
export async function countRepeats(file: string): Promise<number> {
  const seen = new Set<string>();
  let repeats = 0;
  for await (const line of linesOf(file)) {
    if (seen.has(line)) repeats += 1;
    else seen.add(line);
  }
  return repeats;
}

/** Of milliseconds, rounded; all zero of none. */
export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (fraction: number) =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0) * 10) / 10;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file), crlfDelay: Infinity });
}
