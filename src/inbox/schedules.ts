import type { Logger } from 'winston';
import type { Clock } from '../core/clock';
import type { Schedule } from '../core/declaration';
import { isHostError, toError } from '../core/errors';
import type { LiveMount } from '../core/live-mount';
import type { Committer } from './committer';
import { cronText, firesOf, nextDue } from './due-times';
import { toJobRequest, toNewJob } from './new-job';
import type { Roster } from './roster';
import type { Command, Store } from './store';
import type { TaskDirectory } from './task-directory';

export interface SchedulesParts {
  readonly store: Store;
  readonly committer: Committer;
  readonly directory: TaskDirectory;
  readonly roster: Roster;
  /** The wall clock that cron lines speak of. */
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Timers must not be set further ahead (Node's limit is 2³¹ ms), and clocks are set anew. */
const LONGEST_SLEEP_MS = 60_000;
/** After the store could not be asked. */
const AGAIN_MS = 1_000;

interface Planned {
  readonly live: LiveMount;
  readonly schedule: Schedule;
}
interface Row {
  readonly plugin: string;
  readonly name: string;
  readonly cron: string;
  readonly last_due: number | null;
}

/**
 * Fires the schedules of live mounts: each due time is a job with the key `schedule:<name>:<due>`, so that of all hosts
 * one makes it. What was last due is kept in the same commit; a schedule whose text changed starts anew from now.
 */
export class Schedules {
  #timer: NodeJS.Timeout | undefined;
  #isClosed = true;
  #running: Promise<void> | undefined;
  /** Something changed while it looked. */
  #isStale = false;

  constructor(private readonly parts: SchedulesParts) {}

  start(): void {
    this.#isClosed = false;
    this.refresh();
  }
  /** Resolves once no fire is under way. */
  async stop(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Plugins came or went: looks in this turn. */
  refresh(): void {
    this.#arm(0);
  }

  #arm(delayMs: number): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.run(), Math.min(delayMs, LONGEST_SLEEP_MS));
  }

  /** Fires what is due; never rejects. */
  run(): void {
    this.#isStale = this.#running !== undefined;
    this.#running ??= this.#fireDue()
      .catch((thrown: unknown) => {
        this.parts.logger.warn(`schedules could not be looked at: ${toError(thrown).message}`);
        return AGAIN_MS;
      })
      .then((delayMs) => {
        this.#running = undefined;
        if (this.#isStale) this.#arm(0);
        else if (delayMs !== undefined) this.#arm(delayMs);
      });
  }

  /** How long until the next is due; undefined while there are none. */
  async #fireDue(): Promise<number | undefined> {
    const { roster, store, clock } = this.parts;
    const planned = roster
      .live()
      .flatMap((live) => live.mount.schedules.map((schedule): Planned => ({ live, schedule })));
    if (planned.length === 0) return undefined;
    const rows = (await store.reader.selectFrom('schedule').selectAll().execute()) as Row[];
    const rowOf = new Map(rows.map((row) => [`${row.plugin} ${row.name}`, row]));
    let earliest = Infinity;
    for (const plan of planned) {
      const row = rowOf.get(`${plan.live.mount.key} ${plan.schedule.name}`);
      const next = await this.#fire(plan, row, clock.now()).catch((thrown: unknown) =>
        this.#failed(plan, thrown),
      );
      earliest = Math.min(earliest, next ?? Infinity);
    }
    return Math.max(earliest - clock.now(), 1);
  }

  /** When it is due next. */
  async #fire({ live, schedule }: Planned, row: Row | undefined, now: number): Promise<number | undefined> {
    const { store, committer, directory, logger } = this.parts;
    const isNew = row === undefined || row.cron !== cronText(schedule) || row.last_due === null;
    const since = isNew ? now : Number(row.last_due);
    const fires = isNew ? [] : firesOf(schedule, since, now);
    const next = nextDue(schedule, now);
    const lastDue = fires.at(-1) ?? now;
    // Fires that are passed over are done with as well.
    if (!isNew && fires.length === 0 && (nextDue(schedule, since) ?? Infinity) > now) return next;
    const taskId = await directory.idOf({ plugin: live.mount.key, name: schedule.task, kind: 'task' });
    const task = live.mount.tasks.find(({ name }) => name === schedule.task);
    const enqueues = fires.map((due) => {
      const dedupeKey = `schedule:${schedule.name}:${due}`;
      return toNewJob(
        toJobRequest(schedule.task, task, schedule.payload, { dedupeKey }),
        taskId,
        store.now(),
      );
    });
    const kept = this.#kept(live, schedule, { lastDue, next, isNew });
    const { enqueues: made } = await committer.submit(
      { enqueues, commands: [kept], wakes: [taskId] },
      'must',
    );
    const late = made.filter(({ duplicate }) => !duplicate).length;
    if (late > 1) logger.info(`schedule ${schedule.name} of ${live.mount.key}: ${late} fires caught up`);
    return next;
  }

  /** What its author got wrong (a lane that throws) stops no other schedule. @throws inbox/unavailable */
  #failed({ live, schedule }: Planned, thrown: unknown): number | undefined {
    if (isHostError(thrown) && thrown.code === 'inbox/unavailable') throw thrown;
    live.logger.error(`schedule ${schedule.name} did not fire: ${toError(thrown).message}`);
    return nextDue(schedule, this.parts.clock.now());
  }

  #kept(
    { mount }: LiveMount,
    schedule: Schedule,
    { lastDue, next, isNew }: { lastDue: number; next: number | undefined; isNew: boolean },
  ): Command {
    const { reader } = this.parts.store;
    const values = { cron: cronText(schedule), last_due: lastDue, next_due: next ?? null };
    const statement = reader
      .insertInto('schedule')
      .values({ plugin: mount.key, name: schedule.name, ...values })
      .onConflict((conflict) => {
        const change = conflict.columns(['plugin', 'name']).doUpdateSet(values);
        // Another host may have come further already; but a new text counts from now.
        return isNew ? change : change.where('schedule.last_due', '<', lastDue);
      });
    return { statements: [statement.compile()] };
  }
}
