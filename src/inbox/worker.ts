import { Attempt, GRACE_MS, type Ending, type HeldJob, type Workable } from './attempt';
import type { Claimer } from './committer';
import { JobContext, type ContextParts } from './job-context';
import type { Pauses } from './pauses';
import { toPublicId } from './public-id';
import { CRASHES_BORNE } from './reaper';
import type { Room } from './room';
import type { Roster } from './roster';
import type { DeliveryStart, Runner, TaskStart } from './runner';
import type { Settler } from './settler';
import type { ClaimedJob, ClaimOperation } from './store';
import { isUnheard, type UnheardClaims } from './unheard-claims';

export interface WorkerParts extends ContextParts {
  readonly roster: Roster;
  readonly room: Room;
  readonly pauses: Pauses;
  readonly runner: Runner;
  readonly settler: Settler;
  readonly unheard: UnheardClaims;
  /** Name of this process among the nodes. */
  readonly node: string;
}

/**
 * Takes jobs and has them run. Which tasks may have work is known from hints (what was just committed here, what
 * another host announced, what the poll found), so that a batch claims only where there is something to get:
 *
 *   task unhinted ──wake──▶ hinted ──claim got all it asked for──▶ hinted
 *        ▲                    └──claim got less: nothing is left──▶ unhinted
 *
 * A task without room stays hinted until a job of it ends; a hint that came while a claim was on its way stays too.
 *
 * When a process dies, every job it held is counted as crashed with it. Those that were there twice run one at a time
 * from then on, so that the third crash, which poisons, is laid to one job and not to all that ran beside it.
 */
export class Worker implements Claimer {
  /** In the order of their turn, with the hint's number. */
  readonly #hints = new Map<number, number>();
  #hinted = 0;
  readonly #asked = new WeakMap<ClaimOperation, Map<number, number>>();
  #isOpen = false;
  /** The job under suspicion that runs. */
  #suspect: number | undefined;
  /** After a failed claim, until the poll has reached the store again. */
  #isResting = false;

  constructor(private readonly parts: WorkerParts) {}

  /** From now on it claims. */
  open(): void {
    this.#isOpen = true;
    this.parts.committer.serve(this);
    this.parts.committer.poke();
  }
  /** Claims nothing more; what runs goes on. */
  close(): void {
    this.#isOpen = false;
  }

  wake(taskIds: readonly number[]): void {
    for (const taskId of taskIds)
      if (this.parts.roster.get(taskId) !== undefined) this.#hints.set(taskId, (this.#hinted += 1));
  }
  /** As `wake`, where no batch is being formed. */
  found(taskIds: readonly number[]): void {
    this.#isResting = false;
    this.wake(taskIds);
    if (this.#hints.size > 0) this.parts.committer.poke();
  }

  wants(): ClaimOperation | undefined {
    if (!this.#isOpen || this.#isResting || this.#hints.size === 0) return undefined;
    const { roster, room, pauses, leases, node } = this.parts;
    const wants: { taskId: number; most: number }[] = [];
    const hints = new Map<number, number>();
    for (const [taskId, hint] of this.#hints) {
      const workable = roster.get(taskId);
      if (workable === undefined || pauses.has(workable)) {
        this.#hints.delete(taskId); // It sleeps; the poll finds it when it may run again.
        continue;
      }
      const most = room.left(workable);
      if (most <= 0) continue;
      room.take(taskId, workable.name.plugin, most);
      wants.push({ taskId, most });
      hints.set(taskId, hint);
    }
    if (wants.length === 0) return undefined;
    const operation = { node, leaseUntil: leases.claimUntil(), wants };
    this.#asked.set(operation, hints);
    return operation;
  }

  claimed(operation: ClaimOperation, jobs: readonly ClaimedJob[], failure: Error | undefined): void {
    const { room, directory, unheard } = this.parts;
    if (failure !== undefined) this.#isResting = true;
    if (isUnheard(failure) && operation.leaseUntil % 2 === 1) unheard.add(operation.leaseUntil);
    const counts = new Map<number, number>();
    for (const { taskId } of jobs) counts.set(taskId, (counts.get(taskId) ?? 0) + 1);
    const hints = this.#asked.get(operation);
    for (const { taskId, most } of operation.wants) {
      const got = counts.get(taskId) ?? 0;
      room.take(taskId, directory.nameOf(taskId)?.plugin ?? '', got - most);
      const hint = this.#hints.get(taskId);
      const isExhausted = failure === undefined && got < most && hint === hints?.get(taskId);
      this.#hints.delete(taskId);
      if (hint !== undefined && !isExhausted) this.#hints.set(taskId, hint); // To the end: others have their turn.
    }
    this.#start(operation, jobs);
  }

  /**
   * Whether there is room to hold one more, which is taken then: `hold` gives it back when the attempt ends, `dismiss`
   * when it comes to nothing. What answers itself is worked here or not at all, and takes no room.
   */
  admit(workable: Workable): boolean {
    if (answersItself(workable)) return true;
    if (this.parts.room.left(workable) <= 0) return false;
    this.parts.room.take(workable.taskId, workable.name.plugin, 1);
    return true;
  }
  dismiss(workable: Workable): void {
    if (answersItself(workable)) return;
    this.parts.room.take(workable.taskId, workable.name.plugin, -1);
    // Whoever went without for it is claimed now.
    if (this.#hints.size > 0) this.parts.committer.poke();
  }

  /** A job that was claimed while its request was accepted, and admitted before. The caller runs it. */
  hold(workable: Workable, job: HeldJob, leaseUntil: number, receiptId: string): Held {
    let settled!: (kept: boolean) => void;
    const outcome = new Promise<boolean>((resolve) => (settled = resolve));
    const onEnd = (ended: Attempt, ending: Ending) => {
      void this.parts.settler
        .settle(ended, ending)
        .then((kept) => settled(kept && ending.kind !== 'stopped'));
      this.dismiss(workable);
    };
    const attempt = new Attempt(job, workable, leaseUntil, onEnd, true);
    const context = new JobContext(attempt, undefined, receiptId, this.parts);
    this.parts.leases.take(attempt);
    // One that answers itself has missed its deadline by then, and is told so. It gets as long again, while its key is
    // busy: what it says in the end is worth more to a repetition than a second run beside it.
    const more = attempt.answersItself ? Math.max(workable.timeoutMs, GRACE_MS) : 0;
    attempt.limit(workable.timeoutMs + more);
    return { attempt, context, outcome };
  }

  #start(operation: ClaimOperation, jobs: readonly ClaimedJob[]): void {
    const { roster, settler } = this.parts;
    const isHere = ({ taskId }: ClaimedJob) => this.#isOpen && roster.get(taskId) !== undefined;
    const gone = jobs.filter((job) => !isHere(job));
    const here = jobs.filter(isHere);
    const suspects = here.filter(isSuspect);
    if (gone.length > 0) void settler.putBack(this.#freed(gone), 0);
    if (suspects.length === 0) this.#run(operation, here);
    else void this.#startSuspects(operation, suspects, here);
  }

  /** The others only start once they are safe from what the suspect may do. */
  async #startSuspects(
    operation: ClaimOperation,
    suspects: readonly ClaimedJob[],
    all: readonly ClaimedJob[],
  ): Promise<void> {
    const next = this.#suspect === undefined ? suspects[0] : undefined;
    this.#suspect ??= next?.id;
    const others = suspects.filter((job) => job !== next);
    if (others.length > 0) await this.parts.settler.putBack(this.#freed(others), SUSPECT_PAUSE_MS);
    this.#run(
      operation,
      all.filter((job) => !others.includes(job)),
    );
  }

  #run(operation: ClaimOperation, jobs: readonly ClaimedJob[]): void {
    const { roster, leases, runner, settler, store, traces } = this.parts;
    const startedAt = store.now();
    const deliveries: DeliveryStart[] = [];
    const traced: TaskStart[] = [];
    for (const job of jobs) {
      const workable = roster.get(job.taskId);
      if (workable === undefined) {
        void settler.putBack(this.#freed([job]), 0);
        continue;
      }
      const held = toHeldJob(job, startedAt);
      const attempt = new Attempt(held, workable, operation.leaseUntil, (ended, ending) =>
        this.#ended(ended, ending),
      );
      leases.take(attempt);
      if (job.cancel) {
        attempt.stop('cancelled');
        attempt.expired();
      } else if (workable.task === undefined)
        deliveries.push({ attempt, receiptId: job.receiptId, payload: job.payload });
      else if (traces === undefined) runner.runTask(attempt, workable.task, job.payload);
      else traced.push({ attempt, task: workable.task, payload: job.payload });
    }
    if (deliveries.length > 0) void runner.runDeliveries(deliveries);
    if (traces !== undefined && traced.length > 0) void runner.runTraced(traces, traced);
  }

  /** They do not run here: their room is free again. */
  #freed(jobs: readonly ClaimedJob[]): readonly ClaimedJob[] {
    const { room, directory } = this.parts;
    for (const { id, taskId } of jobs) {
      room.take(taskId, directory.nameOf(taskId)?.plugin ?? '', -1);
      if (this.#suspect === id) this.#suspect = undefined;
    }
    return jobs;
  }

  #ended(attempt: Attempt, ending: Ending): void {
    const { taskId, name } = attempt.workable;
    this.parts.room.take(taskId, name.plugin, -1);
    if (this.#suspect === attempt.job.id) this.#suspect = undefined;
    void this.parts.settler.settle(attempt, ending);
  }
}

/** Until the next of them may have its turn. */
const SUSPECT_PAUSE_MS = 1_000;
const answersItself = ({ endpoint }: Workable) => endpoint?.answer === 'handler';
const isSuspect = ({ crashes }: ClaimedJob) => crashes >= CRASHES_BORNE - 1;

function toHeldJob({ id, token, ticket, attempt, lane }: ClaimedJob, startedAt: number): HeldJob {
  return { id, publicId: toPublicId(id, token), ticket, attempt, lane, startedAt };
}

export interface Held {
  readonly attempt: Attempt;
  readonly context: JobContext;
  /** Whether its settlement was kept; false when the lease was lost. */
  readonly outcome: Promise<boolean>;
}
