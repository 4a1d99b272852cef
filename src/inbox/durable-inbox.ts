import { HostError } from '../core/errors';
import type { Task } from '../core/declaration';
import type { Tasks } from '../core/job';
import type { LiveMount } from '../core/live-mount';
import type { PluginKey } from '../core/plugin-key';
import type {
  Acceptance,
  HeldDelivery,
  Inbox,
  ReceiptDraft,
  ReceiptStatus,
  StoredAnswer,
} from '../core/ports/inbox';
import type { Sealer } from '../core/ports/sealer';
import type { UnitResult } from './batch-assembly';
import type { ContextParts } from './job-context';
import { bytesOf, toAccept, toRecord } from './drafts';
import type { Pauses } from './pauses';
import { PluginTasks } from './plugin-tasks';
import { toPublicId } from './public-id';
import { readStatus } from './receipt-status';
import type { Roster } from './roster';
import { packAnswer, unpackAnswer } from './stored-answer';
import type { AcceptOperation, AcceptResult, NewJob } from './store';
import { endpointName } from './task-directory';
import type { Held, Worker } from './worker';

export interface DurableInboxParts extends ContextParts {
  readonly roster: Roster;
  readonly pauses: Pauses;
  readonly worker: Worker;
  readonly sealer: Sealer;
  readonly node: string;
  /** A job will be due then: epoch ms. */
  readonly expect: (at: number) => void;
  /** The tasks of a plugin's live mount; undefined while it has none. */
  readonly tasksOf: (plugin: PluginKey) => readonly Task[] | undefined;
}

type Stored = Extract<AcceptResult, { kind: 'stored' }>;

/** The inbox as the rest of the host sees it: over one store, with the worker of this process. */
export class DurableInbox implements Inbox {
  #dropped = 0;

  constructor(private readonly parts: DurableInboxParts) {}

  /** Recorded receipts given up for want of room. */
  get dropped(): number {
    return this.#dropped;
  }

  async accept(draft: ReceiptDraft): Promise<Acceptance> {
    const { operation, result } = await this.#store(draft, undefined);
    return result.kind === 'stored' ? accepted(operation, result) : duplicate(result);
  }

  async hold(
    draft: ReceiptDraft,
    live: LiveMount,
  ): Promise<
    | (Acceptance & { kind: 'stored'; held: HeldDelivery | undefined })
    | Extract<Acceptance, { kind: 'duplicate' }>
  > {
    const { store, leases, roster, pauses, worker, node } = this.parts;
    const taskId = await this.#taskOf(draft);
    // One that answers in the midst of its request is worked here or not at all: pausing is not for it.
    const isOwn = draft.endpoint.answer === 'handler';
    const known = isOwn ? roster.workableOf(live, draft.endpoint) : roster.get(taskId);
    const isFit = known?.live === live && (isOwn || !pauses.has(known));
    const workable = isFit ? known : undefined;
    const leaseUntil = store.now() + leases.leaseMs;
    const held = workable === undefined ? undefined : { node, leaseUntil };
    const { operation, result } = await this.#store(draft, held);
    if (result.kind === 'duplicate') return duplicate(result);
    const acceptance = accepted(operation, result);
    const [job] = result.jobs;
    if (workable === undefined || job?.ticket === undefined) return { ...acceptance, held: undefined };
    const taken = worker.hold(
      workable,
      {
        id: job.id,
        publicId: acceptance.jobId,
        ticket: job.ticket,
        attempt: 1,
        lane: operation.jobs[0]?.lane,
        startedAt: store.now(),
      },
      leaseUntil,
      acceptance.receiptId,
    );
    return { ...acceptance, held: this.#held(taken, result.receiptId) };
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

  tasksOf(plugin: PluginKey, declared?: () => readonly Task[]): Tasks {
    return new PluginTasks(plugin, declared ?? (() => this.parts.tasksOf(plugin)), this.parts);
  }

  status(receiptId: string): Promise<ReceiptStatus | undefined> {
    return readStatus(this.parts.store.reader, receiptId);
  }

  async #store(
    draft: ReceiptDraft,
    held: NewJob['held'],
  ): Promise<{ operation: AcceptOperation; result: AcceptResult }> {
    const { store, committer, sealer } = this.parts;
    const taskId = await this.#taskOf(draft);
    const operation = toAccept(draft, taskId, store.now(), sealer, held);
    const { accepts }: UnitResult = await committer.submit({
      accepts: [operation],
      wakes: held === undefined ? [taskId] : [],
      bytes: bytesOf(draft),
    });
    const [result] = accepts;
    if (result === undefined) throw new HostError('inbox/unavailable', []);
    return { operation, result };
  }

  #taskOf({ plugin, endpoint }: ReceiptDraft): Promise<number> {
    return this.parts.directory.idOf({ plugin, name: endpointName(endpoint), kind: 'endpoint' });
  }

  #held({ attempt, context, outcome }: Held, receiptId: number): HeldDelivery {
    const { committer } = this.parts;
    return {
      job: context,
      over: outcome,
      get signal() {
        return attempt.signal;
      },
      answered(answer) {
        const kept = { receiptId, status: answer.status, answer: packAnswer(answer) };
        // Not stored: its duplicates are told that it is being worked.
        committer.submit({ answers: [kept] }, 'must').catch(() => undefined);
      },
      succeeded() {
        attempt.returned();
        return outcome;
      },
      refused() {
        attempt.refused();
        return outcome;
      },
      failed(thrown) {
        attempt.threw(thrown);
        return outcome;
      },
    };
  }
}

function accepted(
  { receipt, jobs }: AcceptOperation,
  result: Stored,
): Extract<Acceptance, { kind: 'stored' }> {
  return {
    kind: 'stored',
    receiptId: toPublicId(result.receiptId, receipt.token),
    jobId: toPublicId(result.jobs[0]?.id ?? 0, jobs[0]?.token ?? ''),
  };
}

function duplicate(
  result: Extract<AcceptResult, { kind: 'duplicate' }>,
): Extract<Acceptance, { kind: 'duplicate' }> {
  return {
    kind: 'duplicate',
    receiptId: toPublicId(result.receiptId, result.token),
    answer: unpackAnswer(result.answerStatus, result.answer),
    bodyDigest: result.bodyDigest,
  };
}
