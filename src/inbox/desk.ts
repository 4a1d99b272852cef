import { HostError, isHostError, toError } from '../core/errors';
import type { InboxDesk } from '../core/ports/inbox-desk';
import type { Sealer } from '../core/ports/sealer';
import { changeStep, countSelection } from './desk-change';
import type { DeskCommit } from './desk-commit';
import { showJob, showReceipt } from './desk-details';
import { exportJobs } from './desk-export';
import { importJobs } from './desk-import';
import { countJobs, listAttempts, listJobs, listReceipts } from './desk-lists';
import { listPauses, pause, resume } from './desk-pauses';
import { listNodes } from './nodes';
import type { Store } from './store';

export interface DeskParts {
  readonly store: Store;
  /** Where writes go; they share batches with what is being stored and worked. */
  readonly commit: DeskCommit;
  readonly sealer: Sealer;
  /** Called when something was paused or resumed, so that this host's workers need not wait for their next look. */
  pausesChanged?(): void;
}

/** The operator's desk over one store: reads go to its reader, writes are commands among its batches. */
export function createDesk({ store, commit, sealer, pausesChanged }: DeskParts): InboxDesk {
  const told = async (change: Promise<boolean>) => {
    const changed = await change;
    if (changed) pausesChanged?.();
    return changed;
  };
  return {
    receipts: (filter, page = {}) => reading(listReceipts(store, filter, page)),
    jobs: (filter, page = {}) => reading(listJobs(store, filter, page)),
    attempts: (filter, page = {}) => reading(listAttempts(store, filter, page)),
    receipt: (id) => reading(showReceipt(store, id)),
    job: (id) => reading(showJob(store, id)),
    counts: () => reading(countJobs(store)),
    nodes: () => reading(listNodes(store)),
    pauses: () => reading(listPauses(store)),
    pause: (target, reason) => reading(told(pause(store, commit, target, reason))),
    resume: (target) => reading(told(resume(store, commit, target))),
    count: (verb, selection) => reading(countSelection(store, verb, selection)),
    change: (verb, selection, after) => reading(changeStep(store, commit, verb, selection, after)),
    export: (filter, after) => reading(exportJobs(store, filter, after)),
    import: (jobs) => reading(importJobs(store, commit, sealer, jobs)),
  };
}

/** Statements the database does not understand are our fault; whatever else it says, it cannot be asked now. */
const OUR_FAULT = /^(42|SQLITE_ERROR)/;

/** @throws inbox/unavailable when the store's reader failed; its words stay in the cause, without the driver's objects */
async function reading<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    const { message, code } = toError(thrown) as Error & { code?: unknown };
    if (isHostError(thrown) || OUR_FAULT.test(String(code))) throw thrown;
    throw new HostError('inbox/unavailable', [], { cause: new Error(message) });
  }
}
