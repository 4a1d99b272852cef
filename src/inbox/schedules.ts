import type { Logger } from 'winston';
import { isMoved, type Clock } from '../core/clock';
import type { Schedule } from '../core/declaration';
import { isHostError, toError } from '../core/errors';
import type { LiveMount } from '../core/live-mount';
import type { Committer } from './committer';
import { cronText, firesOf, nextDue, ON_TIME_MS } from './due-times';
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
/** How old "looked at" may grow in a row before it is said again. */
const SAY_AGAIN_MS = LONGEST_SLEEP_MS / 2;
/** A line that no host has looked at for so long is forgotten once another one stands in its place. */
const FORGOTTEN_MS = 31 * 86_400_000;

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
/** What is known of a schedule with this line, and of the same one with other lines. */
interface Past {
  /** Up to when this line was looked at; undefined when it is new. */
  readonly lookedUntil: number | undefined;
  /** Up to when any other line was; 0 when there was none. */
  readonly othersUntil: number;
  readonly forgotten: readonly Row[];
}

/**
 * Fires the schedules of live mounts: each due time is a job with the key `schedule:<name>:<due>`, so that of all hosts
 * one makes it. Up to when a schedule was looked at is kept with its fires in one commit, and said again each half
 * minute while there are none.
 *
 * It is kept for each line apart, since hosts of one database may have different ones while plugins are being upgraded:
 * each host fires what its own line says. A new line starts from now. One that comes back, after another one stood in
 * its place, makes up for nothing that was due while that one was looked at.
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

  /** Looks now; resolves once what is due is fired, or could not be. */
  async look(): Promise<void> {
    // One that began before may have asked the clock too early.
    await this.#running;
    if (this.#isClosed) return;
    this.run();
    await this.#running;
  }

  /** When the next of all is due, epoch ms; undefined while there are none. */
  nextDue(): number | undefined {
    const { roster, clock } = this.parts;
    const dues = roster
      .live()
      .flatMap((live) => live.mount.schedules.map((schedule) => nextDue(schedule, clock.now()) ?? Infinity));
    const earliest = Math.min(...dues, Infinity);
    return earliest === Infinity ? undefined : earliest;
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
    let earliest = Infinity;
    for (const plan of planned) {
      const now = clock.now();
      const past = pastOf(plan, rows, now);
      const next = await this.#fire(plan, past, now).catch((thrown: unknown) => this.#failed(plan, thrown));
      earliest = Math.min(earliest, next ?? Infinity);
    }
    return isMoved(clock) ? LONGEST_SLEEP_MS : Math.max(earliest - clock.now(), 1);
  }

  /** When it is due next. */
  async #fire({ live, schedule }: Planned, past: Past, now: number): Promise<number | undefined> {
    const { store, committer, directory, logger } = this.parts;
    const { lookedUntil = now, othersUntil } = past;
    // What is due right now is fired whoever looks: two lines may be in force.
    const since = Math.max(lookedUntil, Math.min(othersUntil, now - ON_TIME_MS));
    const fires = firesOf(schedule, since, now);
    const next = nextDue(schedule, now);
    if (past.lookedUntil !== undefined && fires.length === 0 && now - lookedUntil < SAY_AGAIN_MS) return next;
    const commands = [this.#kept(live, schedule, { ...past, now, next })];
    if (fires.length === 0) {
      await committer.submit({ commands }, 'must');
      return next;
    }
    const taskId = await directory.idOf({ plugin: live.mount.key, name: schedule.task, kind: 'task' });
    const task = live.mount.tasks.find(({ name }) => name === schedule.task);
    const enqueues = fires.map((due) => {
      const dedupeKey = `schedule:${schedule.name}:${due}`;
      return toNewJob(
        toJobRequest(live.mount.key, schedule.task, task, schedule.payload, { dedupeKey }),
        taskId,
        store.now(),
      );
    });
    const { enqueues: made } = await committer.submit({ enqueues, commands, wakes: [taskId] }, 'must');
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
    { lookedUntil, forgotten, now, next }: Past & { now: number; next: number | undefined },
  ): Command {
    const { reader } = this.parts.store;
    const cron = cronText(schedule);
    const values = { last_due: now, next_due: next ?? null };
    const statement = reader
      .insertInto('schedule')
      .values({ plugin: mount.key, name: nameOf(schedule.name, cron), cron, ...values })
      .onConflict((conflict) => {
        const there = conflict.columns(['plugin', 'name']);
        // Another host may have come further already, or begun before: what was due since then is its to fire, or ours.
        if (lookedUntil === undefined) return there.doNothing();
        return there.doUpdateSet(values).where('schedule.last_due', '<', now);
      });
    const removals = forgotten.map(({ plugin, name, last_due: until }) =>
      reader
        .deleteFrom('schedule')
        .where('plugin', '=', plugin)
        .where('name', '=', name)
        .where('last_due', '=', until)
        .compile(),
    );
    return { statements: [statement.compile(), ...removals] };
  }
}

/** Rows are named by schedule and line: both are what "looked at" is about. */
const nameOf = (name: string, cron: string) => `${name} ${cron}`;

function pastOf({ live, schedule }: Planned, rows: readonly Row[], now: number): Past {
  const cron = cronText(schedule);
  const same = rows.filter(
    (row) => row.plugin === live.mount.key && row.name === nameOf(schedule.name, row.cron),
  );
  const own = same.find((row) => row.cron === cron);
  const others = same.filter((row) => row.cron !== cron);
  const untilOf = ({ last_due: until }: Row) => Number(until ?? 0);
  return {
    lookedUntil: own && untilOf(own),
    othersUntil: Math.max(0, ...others.map(untilOf)),
    forgotten: others.filter((row) => untilOf(row) < now - FORGOTTEN_MS),
  };
}
