import type { Enqueued, EnqueueOptions, Job } from './job';
import type { PluginKey } from './plugin-key';

/** A job for a task of any plugin, whether or not it is loaded: while it is not, the job sleeps. */
export interface WorkRequest {
  readonly plugin: PluginKey;
  readonly task: string;
  /** Stored as JSON. */
  readonly payload: unknown;
  readonly options?: EnqueueOptions;
  /** Id of the job that asks, where that is another than the sink's: who looks at that one is shown this one. */
  readonly cause?: string | undefined;
}

/** Where durable work goes: stored at once, or with the success of the job that asks for it. */
export interface WorkSink {
  /**
   * All of it in one commit, in order. Undefined in place of what is only stored later.
   * @throws inbox/unavailable, inbox/bad-payload, inbox/bad-option, inbox/too-much-work
   */
  put(requests: readonly WorkRequest[]): Promise<readonly (Enqueued | undefined)[]>;
}

/** Under this a job tells the host its sink; a registered symbol, for copies to agree on. */
export const SINK: unique symbol = Symbol.for('gatehouse.work-sink') as never;

/** What is put there is stored with the job's success. @throws TypeError for what is no job of this host */
export function sinkOf(job: Job): WorkSink {
  const sink = (job as { readonly [SINK]?: WorkSink })[SINK];
  if (sink === undefined) throw new TypeError('this is no job of this host');
  return sink;
}
