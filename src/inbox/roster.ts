import type { Endpoint, Task } from '../core/declaration';
import type { LiveMount } from '../core/live-mount';
import type { MountTable } from '../core/mount-table';
import type { InboxSettings } from '../core/settings';
import type { Workable } from './attempt';
import { endpointName, keepsReceipts, type TaskDirectory } from './task-directory';
import type { TaskName } from './store';

/** Milliseconds an endpoint's handler gets that does not say. */
export interface RosterSettings extends InboxSettings {
  readonly handlerMs: number;
}

/**
 * What can be worked right now: the tasks and endpoints of live mounts, by number. Jobs of anything else sleep. Follows
 * the mount table; a mount whose numbers could not be looked up is tried again with `catchUp`.
 */
export class Roster {
  readonly #byTask = new Map<number, Workable>();
  /** Of each key: the generation that is wanted here, and the numbers it has here. */
  readonly #present = new Map<string, { readonly live: LiveMount; taskIds: readonly number[] | undefined }>();

  constructor(
    private readonly table: MountTable,
    private readonly directory: TaskDirectory,
    private readonly settings: RosterSettings,
    /** Called with what came in. */
    private readonly onArrival: (taskIds: readonly number[]) => void,
  ) {}

  /** Follows the table from now on. */
  async follow(): Promise<void> {
    this.table.onChange((key, seat) => {
      this.#drop(key);
      if (seat?.live !== undefined) this.#present.set(key, { live: seat.live, taskIds: undefined });
      void this.catchUp();
    });
    for (const key of this.table.keys()) {
      const live = this.table.get(key)?.live;
      if (live !== undefined) this.#present.set(key, { live, taskIds: undefined });
    }
    await this.catchUp();
  }

  get(taskId: number): Workable | undefined {
    return this.#byTask.get(taskId);
  }
  /** An endpoint of a generation, newest or not; undefined while its id is not known. */
  workableOf(live: LiveMount, endpoint: Endpoint): Workable | undefined {
    return this.#workable(
      live,
      { plugin: live.mount.key, name: endpointName(endpoint), kind: 'endpoint' },
      endpoint,
    );
  }
  live(): LiveMount[] {
    return [...this.#present.values()].map(({ live }) => live);
  }

  /** Never rejects: what could not be looked up stays for the next time. */
  async catchUp(): Promise<void> {
    for (const present of this.#present.values()) {
      if (present.taskIds !== undefined) continue;
      try {
        await this.directory.learn(present.live.mount);
      } catch {
        return;
      }
      // It may have been replaced meanwhile.
      if (this.#present.get(present.live.mount.key) === present && present.taskIds === undefined)
        this.#admit(present);
    }
  }

  #admit(present: { readonly live: LiveMount; taskIds: readonly number[] | undefined }): void {
    const { live } = present;
    const { key, tasks, endpoints } = live.mount;
    const workables = [
      ...tasks.map((task) => this.#workable(live, { plugin: key, name: task.name, kind: 'task' }, task)),
      ...endpoints
        .filter(keepsReceipts)
        .map((endpoint) =>
          this.#workable(live, { plugin: key, name: endpointName(endpoint), kind: 'endpoint' }, endpoint),
        ),
    ].filter((workable) => workable !== undefined);
    for (const workable of workables) this.#byTask.set(workable.taskId, workable);
    present.taskIds = workables.map(({ taskId }) => taskId);
    this.onArrival(present.taskIds);
  }

  #workable(live: LiveMount, name: TaskName, from: Task | Endpoint): Workable | undefined {
    const taskId = this.directory.known(name);
    if (taskId === undefined) return undefined;
    return {
      taskId,
      name,
      live,
      task: from.kind === 'task' ? from : undefined,
      endpoint: from.kind === 'endpoint' ? from : undefined,
      retry: from.retry,
      timeoutMs: from.timeoutMs ?? this.settings.handlerMs,
      concurrency: from.concurrency ?? this.settings.taskConcurrency,
    };
  }

  #drop(key: string): void {
    for (const taskId of this.#present.get(key)?.taskIds ?? []) this.#byTask.delete(taskId);
    this.#present.delete(key);
  }
}
