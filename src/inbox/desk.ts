import { HostError, isHostError, toError } from '../core/errors';
import type { InboxDesk } from '../core/ports/inbox-desk';
import type { Sealer } from '../core/ports/sealer';
import { changeStep, countSelection } from './desk-change';
import type { DeskCommit } from './desk-commit';
import { showJob, showReceipt } from './desk-details';
import { exportJobs } from './desk-export';
import { importJobs } from './desk-import';
import { createJobCounts } from './desk-counts';
import { listAttempts, listJobs, listReceipts } from './desk-lists';
import { listPauses, pause, resume } from './desk-pauses';
import { signalJob } from './desk-signals';
import { listNodes } from './nodes';
import type { DeskSearch } from './desk-search';
import type { Store } from './store';

export interface DeskParts {
  readonly store: Store;
  /** Where writes go; they share batches with what is being stored and worked. */
  readonly commit: DeskCommit;
  readonly sealer: Sealer;
  readonly orphanOf: DeskSearch['orphanOf'];
  readonly maskOf?: DeskSearch['maskOf'];
  /** Called when something was paused or resumed, so that this host's workers need not wait for their next look. */
  pausesChanged?(): void;
}

/** The operator's desk over one store: it reads with its searcher, writes are commands among its batches. */
export function createDesk({ store, commit, sealer, pausesChanged, ...parts }: DeskParts): InboxDesk {
  const { orphanOf, maskOf } = parts;
  const search: DeskSearch = { queries: store.searcher, kind: store.kind, orphanOf, maskOf };
  const counts = createJobCounts(search, () => store.now());
  const told = async (change: Promise<boolean>) => {
    const changed = await change;
    if (changed) pausesChanged?.();
    return changed;
  };
  return {
    receipts: (filter, page = {}) => reading(listReceipts(search, filter, page)),
    jobs: (filter, page = {}) => reading(listJobs(search, filter, page)),
    attempts: (filter, page = {}) => reading(listAttempts(search, filter, page)),
    receipt: (id) => reading(showReceipt(search, id)),
    job: (id) => reading(showJob(search, id)),
    counts: () => reading(counts()),
    nodes: () => reading(listNodes(store)),
    pauses: () => reading(listPauses(store)),
    pause: (target, reason) => reading(told(pause(store, commit, target, reason))),
    resume: (target) => reading(told(resume(store, commit, target))),
    signal: (id, name, value) => reading(signalJob(store, commit, id, name, value)),
    count: (verb, selection) => reading(countSelection(search, verb, selection)),
    change: (verb, selection, after) =>
      reading(changeStep({ store, commit, search }, verb, selection, after)),
    export: (filter, after) => reading(exportJobs(search, filter, after)),
    import: (jobs) => reading(importJobs(store, commit, sealer, jobs)),
  };
}

/** Statements the database does not understand are our fault; whatever else it says, it cannot be asked now. */
const OUR_FAULT = /^(42|SQLITE_ERROR)/;

/** @throws inbox/unavailable when the store's reader failed; its words stay in the cause, without the driver's objects */
export async function reading<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    const { message, code } = toError(thrown) as Error & { code?: unknown };
    if (isHostError(thrown) || OUR_FAULT.test(String(code))) throw thrown;
    throw new HostError('inbox/unavailable', [], { cause: new Error(message) });
  }
}
