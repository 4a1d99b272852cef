import type { Logger } from 'winston';
import { HostError } from '../core/errors';
import type { DocumentStore } from '../core/documents';
import type { Events } from '../core/event';
import type { EnqueueOptions, Job } from '../core/job';
import type { Messages } from '../core/messages';
import type { JobFaces, JobFacesOf } from '../core/ports/inbox';
import { SINK, type WorkRequest, type WorkSink } from '../core/work-sink';
import type { Attempt } from './attempt';
import type { Committer } from './committer';
import { DocumentRows } from './document-rows';
import { JobDocuments } from './job-documents';
import type { Leases } from './leases';
import { requireTask, toJobRequest, toNewJob, type JobRequest } from './new-job';
import { NO_EFFECTS, type Effects, type EffectSource } from './settlement';
import type { Store } from './store';
import type { TaskDirectory } from './task-directory';
import { waitFor } from './waits';
import type { WorkTraces } from './work-traces';

/** What job contexts are made with. */
export interface ContextParts {
  readonly store: Store;
  readonly committer: Committer;
  readonly directory: TaskDirectory;
  readonly leases: Leases;
  /** Events and messages for jobs; a host without them has none. */
  readonly facesOf: JobFacesOf;
  /** Undefined where nobody is told of attempts. */
  readonly traces?: WorkTraces | undefined;
}

/** Of what one attempt enqueues: it is kept in memory until the commit. */
const ENQUEUED_BYTES = 16 * 1024 ** 2;
/** Of a job without its payload, about. */
const ROW_BYTES = 256;

/** One attempt as the author's code sees it. Methods are bound: it may be destructured. */
export class JobContext implements Job, EffectSource, WorkSink {
  readonly id: string;
  readonly attempt: number;
  #documents: JobDocuments | undefined;
  #requests: JobRequest[] | undefined;
  #enqueuedBytes = 0;
  #log: Logger | undefined;
  #faces: JobFaces | undefined;

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
  get store(): DocumentStore {
    const { store } = this.parts;
    const { plugin } = this.held.workable.name;
    this.#documents ??= new JobDocuments(plugin, new DocumentRows(store), () => store.now());
    return this.#documents.store;
  }

  get [SINK](): WorkSink {
    return this;
  }
  get events(): Events {
    return this.#others.events;
  }
  get message(): Messages {
    return this.#others.message;
  }
  get #others(): JobFaces {
    return (this.#faces ??= this.parts.facesOf(this.held.workable.live.mount.key, this, this));
  }

  readonly enqueue = (task: string, payload?: unknown, options?: EnqueueOptions): void => {
    const { key, tasks } = this.held.workable.live.mount;
    this.#keep(toJobRequest(key, task, requireTask(key, task, tasks), payload, options));
  };

  /** Jobs for any plugin, stored with this job's success. */
  readonly put = async (requests: readonly WorkRequest[]): Promise<readonly undefined[]> => {
    for (const { plugin, task, payload, options } of requests)
      this.#keep(toJobRequest(plugin, task, undefined, payload, options));
    return requests.map(() => undefined);
  };

  #keep(request: JobRequest): void {
    this.#enqueuedBytes += ROW_BYTES + (request.payload?.length ?? 0);
    if (this.#enqueuedBytes > ENQUEUED_BYTES) throw new HostError('inbox/too-much-work', [ENQUEUED_BYTES]);
    (this.#requests ??= []).push(request);
  }

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
    const enqueues = [];
    const causeId = this.held.job.id;
    for (const request of this.#requests ?? []) {
      const taskId = await directory.idOf({ plugin: request.plugin, name: request.task, kind: 'task' });
      enqueues.push({ ...toNewJob(request, taskId, store.now()), causeId });
    }
    return { writes: this.#documents?.writes ?? [], enqueues };
  }
}
