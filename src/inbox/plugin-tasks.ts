import { HostError } from '../core/errors';
import type { Task } from '../core/declaration';
import type { Enqueued, EnqueueOptions, Tasks } from '../core/job';
import type { PluginKey } from '../core/plugin-key';
import type { WorkRequest } from '../core/work-sink';
import type { ContextParts } from './job-context';
import { requireTask, toJobRequest, toNewJob } from './new-job';
import { parsePublicId, toPublicId } from './public-id';
import { signalCommand } from './waits';

export interface PluginTasksParts extends ContextParts {
  /** A job will be due then: epoch ms. */
  readonly expect: (at: number) => void;
}

/** Durable work of one plugin. */
export class PluginTasks implements Tasks {
  constructor(
    private readonly plugin: PluginKey,
    /** Undefined while nobody knows what the plugin declares: names are believed then. */
    private readonly declared: () => readonly Task[] | undefined,
    private readonly parts: PluginTasksParts,
  ) {}

  async enqueue(name: string, payload?: unknown, options?: EnqueueOptions): Promise<Enqueued> {
    const { directory, store, committer, expect } = this.parts;
    const tasks = this.declared();
    const task = tasks === undefined ? undefined : requireTask(this.plugin, name, tasks);
    const request = toJobRequest(this.plugin, name, task, payload, options);
    const taskId = await directory.idOf({ plugin: this.plugin, name, kind: 'task' });
    const job = toNewJob(request, taskId, store.now());
    const { enqueues } = await committer.submit({
      enqueues: [job],
      wakes: [taskId],
      bytes: 512 + (request.payload?.length ?? 0),
    });
    const [stored] = enqueues;
    if (stored === undefined) throw new HostError('inbox/unavailable', []);
    if (!stored.duplicate) expect(job.runAt);
    return { id: toPublicId(stored.id, stored.token), duplicate: stored.duplicate };
  }

  async signal(jobId: string, name: string, value?: unknown): Promise<boolean> {
    const { store, committer } = this.parts;
    const parsed = parsePublicId(jobId);
    const command = signalCommand(store, parsed?.id ?? 0, name, value);
    if (parsed === undefined) return false;
    const own = await store.reader
      .selectFrom('job')
      .innerJoin('task', 'task.id', 'job.task_id')
      .where('job.id', '=', parsed.id)
      .where('job.token', '=', parsed.token)
      .where('task.plugin', '=', this.plugin)
      .select('job.task_id')
      .executeTakeFirst()
      .catch((thrown: unknown) => {
        throw new HostError('inbox/unavailable', [], { cause: thrown });
      });
    if (own === undefined) return false;
    const { commands } = await committer.submit({
      commands: [command],
      wakes: [Number(own.task_id)],
    });
    const [result] = commands;
    if (result === undefined || !result.ok)
      throw new HostError('inbox/unavailable', [], { cause: result?.error });
    return (result.results.at(-1)?.changed ?? 0) > 0;
  }
}

/** Jobs for any plugin in one commit, in order; whether the plugins know the tasks is theirs to say when they run. */
export async function putWork(
  { directory, store, committer, expect }: PluginTasksParts,
  requests: readonly WorkRequest[],
): Promise<readonly Enqueued[]> {
  if (requests.length === 0) return [];
  const checked = requests.map(({ plugin, task, payload, options }) =>
    toJobRequest(plugin, task, undefined, payload, options),
  );
  const jobs = await Promise.all(
    checked.map(async (request, index) => {
      const name = { plugin: request.plugin, name: request.task, kind: 'task' } as const;
      const causeId = parsePublicId(requests[index]?.cause ?? '')?.id;
      return { ...toNewJob(request, await directory.idOf(name), store.now()), causeId };
    }),
  );
  const { enqueues } = await committer.submit({
    enqueues: jobs,
    wakes: jobs.map(({ taskId }) => taskId),
    bytes: jobs.reduce((sum, { payload }) => sum + 512 + (payload?.length ?? 0), 0),
  });
  return enqueues.map((stored, index) => {
    if (!stored.duplicate) expect(jobs[index]?.runAt ?? store.now());
    return { id: toPublicId(stored.id, stored.token), duplicate: stored.duplicate };
  });
}
