import { HostError } from '../core/errors';
import type { Task } from '../core/declaration';
import type { Enqueued, Tasks } from '../core/job';
import type { LiveMount } from '../core/live-mount';
import type { PluginKey } from '../core/plugin-key';
import type {
  Acceptance,
  HeldAcceptance,
  Inbox,
  ListenerDraft,
  ReceiptDraft,
  ReceiptStatus,
  SharedAcceptance,
  StoredAnswer,
} from '../core/ports/inbox';
import type { Sealer } from '../core/ports/sealer';
import type { WorkRequest } from '../core/work-sink';
import type { Workable } from './attempt';
import type { ContextParts } from './job-context';
import { toHeldDelivery } from './held-delivery';
import { bytesOf, toAccept, toRecord } from './drafts';
import type { Pauses } from './pauses';
import { PluginTasks, putWork } from './plugin-tasks';
import { toPublicId } from './public-id';
import { readStatus } from './receipt-status';
import type { Roster } from './roster';
import { toSharedAccepts, type JobPlace, type PlannedDraft } from './shared-drafts';
import { unpackAnswer } from './stored-answer';
import type { AcceptOperation, AcceptResult } from './store';
import { endpointName } from './task-directory';
import { isUnheard, type UnheardClaims } from './unheard-claims';
import type { Worker } from './worker';

export interface DurableInboxParts extends ContextParts {
  readonly roster: Roster;
  readonly pauses: Pauses;
  readonly worker: Worker;
  readonly unheard: UnheardClaims;
  readonly sealer: Sealer;
  readonly node: string;
  /** A job will be due then: epoch ms. */
  readonly expect: (at: number) => void;
  /** The tasks of a plugin's live mount; undefined while it has none. */
  readonly tasksOf: (plugin: PluginKey) => readonly Task[] | undefined;
}

type Stored = Extract<AcceptResult, { kind: 'stored' }>;
interface Plan extends PlannedDraft {
  /** What works its job here from the start; undefined when it is worked later. */
  readonly workable: Workable | undefined;
}

/** The inbox as the rest of the host sees it: over one store, with the worker of this process. */
export class DurableInbox implements Inbox {
  #dropped = 0;

  constructor(private readonly parts: DurableInboxParts) {}

  /** Recorded receipts given up for want of room. */
  get dropped(): number {
    return this.#dropped;
  }

  async accept(draft: ReceiptDraft): Promise<Acceptance> {
    const plan = this.#plan(draft, await this.#taskOf(draft), undefined);
    const { operation, result } = await this.#store(plan);
    return result.kind === 'stored' ? accepted(operation, result) : duplicate(result, this.parts.sealer);
  }

  async hold(draft: ReceiptDraft, live: LiveMount): Promise<HeldAcceptance> {
    const plan = this.#plan(draft, await this.#taskOf(draft), live);
    const { operation, result } = await this.#store(plan);
    return this.#taken(plan, operation, result, 0);
  }

  async acceptShared(listeners: readonly ListenerDraft[]): Promise<SharedAcceptance> {
    const { store, committer, sealer } = this.parts;
    const taskIds = await Promise.all(listeners.map(({ draft }) => this.#taskOf(draft)));
    const plans = listeners.map(({ draft, live }, index) =>
      this.#plan(draft, taskIds[index] as number, live),
    );
    const { accepts, operations, places } = await this.#commit(plans, () =>
      toSharedAccepts(plans, store.now(), sealer),
    );
    const shared = operations.flatMap(({ jobs }, index) => {
      const result = accepts[index];
      return jobs.length > 1 && result?.kind === 'stored' ? [result.receiptId] : [];
    });
    return {
      listeners: plans.map((plan, index) => {
        const place = places[index] as JobPlace;
        const [operation, result] = [operations[place.operation], accepts[place.operation]];
        if (operation === undefined || result === undefined) throw new HostError('inbox/unavailable', []);
        return this.#taken(plan, operation, result, place.job);
      }),
      answered: ({ status }) => {
        const answers = shared.map((receiptId) => ({ receiptId, status, answer: undefined }));
        if (answers.length > 0) committer.submit({ answers }, 'spare').catch(() => undefined);
      },
    };
  }

  record(draft: ReceiptDraft, answer: StoredAnswer): void {
    const drop = () => (this.#dropped += 1);
    this.#taskOf(draft)
      .then((taskId) =>
        this.parts.committer.submit(
          { accepts: [toRecord(draft, taskId, this.parts.sealer, answer)], bytes: bytesOf(draft) },
          'spare',
        ),
      )
      .catch(drop);
  }

  put(requests: readonly WorkRequest[]): Promise<readonly Enqueued[]> {
    return putWork(this.parts, requests);
  }

  tasksOf(plugin: PluginKey, declared?: () => readonly Task[]): Tasks {
    return new PluginTasks(plugin, declared ?? (() => this.parts.tasksOf(plugin)), this.parts);
  }

  status(receiptId: string): Promise<ReceiptStatus | undefined> {
    return readStatus(this.parts.store.reader, receiptId);
  }

  /** What is decided of a draft before it is stored: whether this process works its job from the start. */
  #plan(draft: ReceiptDraft, taskId: number, live: LiveMount | undefined): Plan {
    const { leases, roster, pauses, worker, node } = this.parts;
    if (live === undefined) return { draft, taskId, workable: undefined, held: undefined };
    // One that answers in the midst of its request is worked here or not at all: pausing is not for it.
    const isOwn = draft.endpoint.answer === 'handler';
    const known = isOwn ? roster.workableOf(live, draft.endpoint) : roster.get(taskId);
    const isFit = known?.live === live && (isOwn || !pauses.has(known));
    const workable = isFit && worker.admit(known) ? known : undefined;
    const leaseUntil = leases.until();
    return { draft, taskId, workable, held: workable === undefined ? undefined : { node, leaseUntil } };
  }

  /** What came of a plan; `at` is which of the receipt's jobs is its own. */
  #taken(
    { workable, held, draft }: Plan,
    operation: AcceptOperation,
    result: AcceptResult,
    at: number,
  ): HeldAcceptance {
    const { store, committer, worker, sealer, traces } = this.parts;
    const job = result.kind === 'stored' ? result.jobs[at] : undefined;
    const isHeld = held !== undefined && job?.ticket !== undefined;
    if (workable !== undefined && !isHeld) worker.dismiss(workable);
    if (result.kind === 'duplicate') return duplicate(result, sealer);
    const acceptance = accepted(operation, result, at);
    if (workable === undefined || held === undefined || job?.ticket === undefined)
      return { ...acceptance, held: undefined };
    const taken = worker.hold(
      workable,
      {
        id: job.id,
        publicId: acceptance.jobId,
        ticket: job.ticket,
        attempt: 1,
        lane: operation.jobs[at]?.lane,
        startedAt: store.now(),
      },
      held.leaseUntil,
      acceptance.receiptId,
    );
    traces?.deliver(taken.attempt, draft.request);
    // Of several listeners none speaks for all: the one who gathered their answers does.
    const answered = operation.jobs.length > 1 ? undefined : result.receiptId;
    return { ...acceptance, held: toHeldDelivery(taken, answered, committer, sealer) };
  }

  async #store(plan: Plan): Promise<{ operation: AcceptOperation; result: AcceptResult }> {
    const { store, sealer } = this.parts;
    const { draft, taskId, held } = plan;
    const { accepts, operations } = await this.#commit([plan], () => ({
      operations: [toAccept(draft, taskId, store.now(), sealer, held)],
    }));
    const [operation, result] = [operations[0], accepts[0]];
    if (operation === undefined || result === undefined) throw new HostError('inbox/unavailable', []);
    return { operation, result };
  }

  /** What was admitted for the plans is dismissed where nothing comes of them. */
  async #commit<T extends { readonly operations: readonly AcceptOperation[] }>(
    plans: readonly Plan[],
    make: () => T,
  ): Promise<T & { readonly accepts: readonly AcceptResult[] }> {
    const { committer, unheard, worker } = this.parts;
    const wakes = plans.flatMap(({ held, taskId }) => (held === undefined ? [taskId] : []));
    let made: T | undefined;
    try {
      made = make();
      const bytes = made.operations.length * Math.max(...plans.map(({ draft }) => bytesOf(draft)));
      const { accepts } = await committer.submit({ accepts: made.operations, wakes, bytes });
      return { ...made, accepts };
    } catch (thrown) {
      for (const { workable } of plans) if (workable !== undefined) worker.dismiss(workable);
      if (isUnheard(thrown))
        for (const { held, token } of made?.operations.flatMap(({ jobs }) => jobs) ?? [])
          if (held !== undefined) unheard.add(held.leaseUntil, token);
      throw thrown;
    }
  }

  #taskOf({ plugin, endpoint }: ReceiptDraft): Promise<number> {
    return this.parts.directory.idOf({ plugin, name: endpointName(endpoint), kind: 'endpoint' });
  }
}

function accepted(
  { receipt, jobs }: AcceptOperation,
  result: Stored,
  at = 0,
): Extract<Acceptance, { kind: 'stored' }> {
  return {
    kind: 'stored',
    receiptId: toPublicId(result.receiptId, receipt.token),
    jobId: toPublicId(result.jobs[at]?.id ?? 0, jobs[at]?.token ?? ''),
  };
}

function duplicate(
  result: Extract<AcceptResult, { kind: 'duplicate' }>,
  sealer: Sealer,
): Extract<Acceptance, { kind: 'duplicate' }> {
  return {
    kind: 'duplicate',
    receiptId: toPublicId(result.receiptId, result.token),
    answer: unpackAnswer(result.answerStatus, result.answer, result.receiptId, sealer),
    bodyDigest: result.bodyDigest,
  };
}
