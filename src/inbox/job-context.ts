import type { Logger } from 'winston';
import { HostError } from '../core/errors';
import type { EnqueueOptions, Job, JobStore } from '../core/job';
import type { Attempt } from './attempt';
import type { Committer } from './committer';
import { JobDocuments } from './job-documents';
import type { Leases } from './leases';
import { requireTask, toJobRequest, toNewJob, type JobRequest } from './new-job';
import { NO_EFFECTS, type Effects, type EffectSource } from './settlement';
import type { Store } from './store';
import type { TaskDirectory } from './task-directory';
import { waitFor } from './waits';

/** What job contexts are made with. */
export interface ContextParts {
  readonly store: Store;
  readonly committer: Committer;
  readonly directory: TaskDirectory;
  readonly leases: Leases;
}

/** Of what one attempt enqueues: it is kept in memory until the commit. */
const ENQUEUED_BYTES = 16 * 1024 ** 2;
/** Of a job without its payload, about. */
const ROW_BYTES = 256;

/** One attempt as the author's code sees it. Methods are bound: it may be destructured. */
export class JobContext implements Job, EffectSource {
  readonly id: string;
  readonly attempt: number;
  #documents: JobDocuments | undefined;
  #requests: JobRequest[] | undefined;
  #enqueuedBytes = 0;
  #log: Logger | undefined;

  constructor(
    private readonly held: Attempt,
    readonly payload: unknown,
    readonly receiptId: string | undefined,
    private readonly parts: ContextParts,
  ) {
    this.id = held.job.publicId;
    this.attempt = held.job.attempt;
    held.source = this;
  }

  get signal(): AbortSignal {
    return this.held.signal;
  }
  get log(): Logger {
    this.#log ??= this.held.workable.live.logger.child({ job: this.id, attempt: this.attempt });
    return this.#log;
  }
  get store(): JobStore {
    const { store } = this.parts;
    this.#documents ??= new JobDocuments(this.held.workable.name.plugin, store.reader, () => store.now());
    return this.#documents;
  }

  readonly enqueue = (task: string, payload?: unknown, options?: EnqueueOptions): void => {
    const { key, tasks } = this.held.workable.live.mount;
    const request = toJobRequest(task, requireTask(key, task, tasks), payload, options);
    this.#enqueuedBytes += ROW_BYTES + (request.payload?.length ?? 0);
    if (this.#enqueuedBytes > ENQUEUED_BYTES) throw new HostError('inbox/too-much-work', [ENQUEUED_BYTES]);
    (this.#requests ??= []).push(request);
  };

  readonly progress = (fraction: number, note?: string): void => {
    const within = Number.isFinite(fraction) ? Math.min(Math.max(fraction, 0), 1) : 0;
    this.held.progress = { fraction: within, note: note?.replaceAll('\0', '\uFFFD').slice(0, 500) };
  };

  readonly heartbeat = async (): Promise<void> => {
    if (!(await this.parts.leases.extend(this.held))) throw new HostError('inbox/lease-lost', [this.id]);
  };

  readonly waitFor = <T = unknown>(name: string, { timeoutMs }: { timeoutMs?: number } = {}): Promise<T> =>
    waitFor(this.held, name, timeoutMs, this.parts.store, this.parts.committer) as Promise<T>;

  /** Whether a success has nothing to commit but itself. */
  get isPlain(): boolean {
    return this.#documents === undefined && this.#requests === undefined;
  }
  /** What a success commits. @throws inbox/unavailable while a task's number cannot be looked up */
  async effects(): Promise<Effects> {
    if (this.isPlain) return NO_EFFECTS;
    const { directory, store } = this.parts;
    const { plugin } = this.held.workable.name;
    const enqueues = [];
    for (const request of this.#requests ?? [])
      enqueues.push(
        toNewJob(request, await directory.idOf({ plugin, name: request.task, kind: 'task' }), store.now()),
      );
    return { writes: this.#documents?.writes ?? [], enqueues };
  }
}
