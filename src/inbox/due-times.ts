import { Cron } from 'croner';
import type { Schedule } from '../core/declaration';

/** Of fires missed, the most that are caught up. */
const MOST_CAUGHT_UP = 1_000;
/** A fire this late is on time: the event loop was busy, or the host was just starting. */
export const ON_TIME_MS = 30_000;

/** The next time a schedule is due after `after`, epoch ms; undefined when there is none. Daylight saving is croner's. */
export function nextDue(schedule: Schedule, after: number): number | undefined {
  return cronOf(schedule).nextRun(new Date(after))?.getTime();
}

/** The last time it was due at or before `now`, epoch ms. */
export function previousDue(schedule: Schedule, now: number): number | undefined {
  return cronOf(schedule)
    .previousRuns(1, new Date(now + 1))
    .at(0)
    ?.getTime();
}

/** What a schedule is compared by: another text starts anew. */
export function cronText({ cron, timezone }: Pick<Schedule, 'cron' | 'timezone'>): string {
  return `${cron} ${timezone}`;
}

/** Which of the due times in (`lastDue`, `now`] are to be fired, ascending, by the schedule's policy for missed ones. */
export function firesOf(schedule: Schedule, lastDue: number, now: number): number[] {
  const due = dueBetween(schedule, lastDue, now);
  const onTime = due.filter((at) => now - at <= ON_TIME_MS);
  if (schedule.catchUp === 'all') return due;
  if (schedule.catchUp === 'skip') return onTime;
  const missed = due.filter((at) => now - at > ON_TIME_MS);
  return [...missed.slice(-1), ...onTime];
}

/**
 * From the end back, in growing steps: mostly there is one, and after a long absence the oldest are too many to walk
 * through. At most the last thousand.
 */
function dueBetween(schedule: Schedule, after: number, until: number): number[] {
  const cron = cronOf(schedule);
  const due: number[] = [];
  // Whole seconds are what a cron line can say; the next one is past `until` and dropped.
  let before = new Date(until + 1_000);
  for (let step = 2; due.length < MOST_CAUGHT_UP; step = Math.min(step * 4, 128)) {
    const runs = cron.previousRuns(step, before);
    for (const run of runs) if (run.getTime() <= until && run.getTime() > after) due.push(run.getTime());
    const oldest = runs.at(-1);
    if (oldest === undefined || oldest.getTime() <= after) break;
    before = oldest;
  }
  return due.slice(0, MOST_CAUGHT_UP).reverse();
}

function cronOf({ cron, timezone }: Schedule): Cron {
  return new Cron(cron, { timezone, paused: true });
}
