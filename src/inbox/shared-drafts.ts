import type { ReceiptDraft } from '../core/ports/inbox';
import type { Sealer } from '../core/ports/sealer';
import { toAccept, toJob } from './drafts';
import type { AcceptOperation, NewJob } from './store';

/** A draft, by the number of its endpoint, and who holds its job from the start. */
export interface PlannedDraft {
  readonly draft: ReceiptDraft;
  readonly taskId: number;
  readonly held: NewJob['held'];
}
/** Where the job of a draft is: in which operation, and the how many'th there. */
export interface JobPlace {
  readonly operation: number;
  readonly job: number;
}

/**
 * The rows of one request that several endpoints listen for: one receipt for all to whom it says the same, with a job for
 * each. A listener with a dedupe key has a receipt of its own, which the key leads to; so has one to whom the request was
 * verified as coming from somebody, or whose path has other parameters.
 */
export function toSharedAccepts(
  planned: readonly PlannedDraft[],
  now: number,
  sealer: Sealer,
): { readonly operations: readonly AcceptOperation[]; readonly places: readonly JobPlace[] } {
  const groups = new Map<string, PlannedDraft[]>();
  planned.forEach((one, index) => {
    const slot = slotOf(one.draft) ?? String(index);
    groups.set(slot, [...(groups.get(slot) ?? []), one]);
  });
  const places = new Map<PlannedDraft, JobPlace>();
  const operations = [...groups.values()].map((group, operation) => {
    group.forEach((one, job) => places.set(one, { operation, job }));
    return toOperation(group, now, sealer);
  });
  return { operations, places: planned.map((one) => places.get(one) as JobPlace) };
}

/** Equal for listeners that can share a receipt; undefined for one that cannot share its own. */
function slotOf({ dedupe, request }: ReceiptDraft): string | undefined {
  return dedupe === undefined ? JSON.stringify([request.params, request.verified]) : undefined;
}

function toOperation(group: readonly PlannedDraft[], now: number, sealer: Sealer): AcceptOperation {
  const [first, ...others] = group as [PlannedDraft, ...PlannedDraft[]];
  const { draft, taskId, held } = first;
  const remarks = [
    ...draft.remarks,
    ...(others.length === 0 ? [] : [`the address is shared with ${others.map(keyOf).join(', ')}`]),
    ...others.flatMap((other) => other.draft.remarks.map((remark) => `${keyOf(other)}: ${remark}`)),
  ];
  const sharedWith = [...(draft.sharedWith ?? []), ...others.map((other) => other.draft.endpoint)];
  const operation = toAccept({ ...draft, remarks, sharedWith }, taskId, now, sealer, held);
  const further = others.map((other) => toJob(other.draft, other.taskId, now, other.held));
  return { ...operation, jobs: [...operation.jobs, ...further] };
}

const keyOf = ({ draft }: PlannedDraft) => draft.plugin;
