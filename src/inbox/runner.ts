import { callFor } from '../core/actor';
import { BodyRoom } from '../core/body-room';
import type { Endpoint, Task } from '../core/declaration';
import { toError } from '../core/errors';
import { GiveUp, type Job } from '../core/job';
import type { LiveMount } from '../core/live-mount';
import type { Deliveries, StoredDelivery } from '../core/ports/inbox';
import type { Sealer } from '../core/ports/sealer';
import type { Attempt } from './attempt';
import { JobContext, type ContextParts } from './job-context';
import { loadReceipts, type LargeReceipt, type LoadedReceipt } from './receipts';
import type { WorkTraces } from './work-traces';

export interface RunnerParts extends ContextParts {
  readonly deliveries: Deliveries;
  readonly sealer: Sealer;
}
export interface DeliveryStart {
  readonly attempt: Attempt;
  readonly receiptId: number | undefined;
  readonly payload: string | undefined;
}
export interface TaskStart {
  readonly attempt: Attempt;
  readonly task: Task;
  readonly payload: string | undefined;
}

/** After a receipt could not be read. */
const POSTPONED_MS = 1_000;
/** Of large bodies in memory at once, from when they are loaded until their handlers are through. */
const BODY_BYTES = 32 * 1024 ** 2;

/** Enters the plugin's code with a job and tells the attempt how that ended. */
export class Runner {
  readonly #bodies = new BodyRoom(BODY_BYTES);

  constructor(private readonly parts: RunnerParts) {}

  runTask(attempt: Attempt, task: Task, payload: string | undefined): void {
    let given: unknown;
    try {
      given = payload === undefined ? undefined : JSON.parse(payload);
    } catch {
      attempt.threw(new GiveUp('its payload is no JSON'));
      return;
    }
    const context = new JobContext(attempt, given, undefined, this.parts);
    follow(attempt, () => callFor(attempt.workable.live.actor, callTask, task, given, context));
  }

  /** Each once it is known what it belongs to. Never rejects. */
  async runTraced(traces: WorkTraces, starts: readonly TaskStart[]): Promise<void> {
    const waiting = starts.filter(({ attempt }) => !attempt.isEnded);
    await traces.work(waiting.map(({ attempt }) => attempt));
    for (const { attempt, task, payload } of waiting)
      if (!attempt.isEnded) this.runTask(attempt, task, payload);
  }

  /** Reads the receipts of all in one query; small ones start at once, large ones as there is room. Never rejects. */
  async runDeliveries(starts: readonly DeliveryStart[]): Promise<void> {
    const ids = starts.flatMap(({ receiptId }) => (receiptId === undefined ? [] : [receiptId]));
    try {
      const loaded = await loadReceipts(this.parts.store.reader, ids, this.parts.sealer);
      for (const start of starts) {
        const receipt = loaded.get(start.receiptId ?? -1);
        if (receipt !== undefined && 'load' in receipt) void this.#deliverLarge(start, receipt);
        else this.#deliver(start, receipt);
      }
    } catch (thrown) {
      for (const { attempt } of starts) postpone(attempt, thrown);
    }
  }

  /** Never rejects. */
  async #deliverLarge(start: DeliveryStart, receipt: LargeReceipt): Promise<void> {
    const { attempt } = start;
    const release = await this.#bodies.take(receipt.bytes);
    attempt.released = release;
    if (attempt.isEnded) release();
    else
      await receipt.load().then(
        (loaded) => this.#deliver(start, loaded),
        (thrown: unknown) => postpone(attempt, thrown),
      );
  }

  #deliver({ attempt, payload }: DeliveryStart, receipt: LoadedReceipt | Error | undefined): void {
    const { endpoint, live } = attempt.workable;
    if (attempt.isEnded || endpoint === undefined) return;
    if (receipt === undefined) attempt.threw(new GiveUp('its receipt was removed'));
    else if (receipt instanceof Error) attempt.threw(receipt);
    else {
      this.parts.traces?.deliver(attempt, receipt.request);
      const job = new JobContext(attempt, undefined, receipt.publicId, this.parts);
      const delivery: StoredDelivery = {
        request: receipt.request,
        receiptId: receipt.publicId,
        replayOf: replayOf(payload),
        job,
      };
      follow(attempt, () => callFor(live.actor, deliver, this.parts.deliveries, live, endpoint, delivery));
    }
  }
}

function postpone(attempt: Attempt, thrown: unknown): void {
  attempt.postpone(POSTPONED_MS, `its request could not be read: ${toError(thrown).message}`);
}

const callTask = (task: Task, payload: unknown, job: Job): unknown => task.run(payload, job);
const deliver = (
  deliveries: Deliveries,
  live: LiveMount,
  endpoint: Endpoint,
  delivery: StoredDelivery,
): unknown => deliveries.deliver(live, endpoint, delivery);

/** Runs `call`; its time runs while it is pending. */
function follow(attempt: Attempt, call: () => unknown): void {
  let result: unknown;
  try {
    result = call();
  } catch (thrown) {
    attempt.threw(thrown);
    return;
  }
  if (!isThenable(result)) {
    attempt.returned();
    return;
  }
  attempt.limit(attempt.workable.timeoutMs);
  // Adopted, not trusted: a thenable may call back twice, or throw.
  Promise.resolve(result).then(
    () => attempt.returned(),
    (thrown: unknown) => attempt.threw(thrown),
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function'
  );
}

/** Public id of the receipt that an operator replays with this job. */
function replayOf(payload: string | undefined): string | undefined {
  const given = payload === undefined ? undefined : /"replayOf":"([0-9a-z]{1,11}-[\w-]{16})"/.exec(payload);
  return given?.[1];
}
