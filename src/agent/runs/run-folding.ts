import { createHash } from 'node:crypto';
import { FOLDS, RUNS, type RunRecord } from './run-record';
import type { RunRecords } from './run-records';

/** More texts than this are another run: they stand in one document. */
const FOLDED_BYTES = 400_000;

interface FoldHead {
  readonly run: string;
  readonly at: number;
}

/**
 * What requests become one run by: what they ask for, and what a run of it may do; undefined where nothing is folded. `given` is the
 * author's own key, else the endpoint and the prompt count.
 */
export function foldKeyOf(
  { plugin, prompt, channel, tools, only, budget, deliver, context, endpoint }: Omit<RunRecord, 'texts'>,
  given: string | undefined,
): string | undefined {
  if (given === undefined && endpoint === undefined) return undefined;
  const powers = [channel ?? '', tools, only ?? '*', budget, deliver, context];
  const asked = JSON.stringify([plugin, given ?? [endpoint, prompt], powers]);
  return createHash('sha256').update(asked).digest('base64url').slice(0, 24);
}

/** The run that takes the texts; undefined where none of this key waits any more, or it is full. */
export async function foldInto(
  records: RunRecords,
  foldKey: string,
  { depth, texts }: RunRecord,
): Promise<string | undefined> {
  const head = await records.store.get<FoldHead>(FOLDS, foldKey);
  if (head === undefined) return undefined;
  const added = bytesOf(texts);
  let isTaken = false;
  await records.settle<RunRecord>(RUNS, head.data.run, (before) => {
    isTaken = before !== undefined && !before.isClosed && bytesOf(before.texts) + added <= FOLDED_BYTES;
    if (!isTaken || before === undefined) return undefined;
    const all = { ...before.texts, ...texts };
    const requests = Object.keys(all).length;
    return { ...before, depth: Math.max(before.depth, depth), texts: all, requests };
  });
  return isTaken ? head.data.run : undefined;
}

/** From now on requests of the key join this run, while it has not begun. */
export async function beginFold(records: RunRecords, foldKey: string, run: string): Promise<void> {
  await records.settle<FoldHead>(FOLDS, foldKey, () => ({ run, at: records.clock.now() }));
}

const bytesOf = (texts: RunRecord['texts']) => Buffer.byteLength(JSON.stringify(texts));
