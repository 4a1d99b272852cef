import type { Clock } from '../core/clock';
import { HostError } from '../core/errors';
import type { LiveMount } from '../core/live-mount';
import type { MountTable } from '../core/mount-table';
import type { Pause } from '../core/ports/inbox-desk';
import type { SchedulesDesk, ScheduleStatus } from '../core/ports/schedules-desk';
import type { Tasks } from '../core/job';
import type { PluginKey } from '../core/plugin-key';
import { nextDue, previousDue } from './due-times';

export interface SchedulesDeskParts {
  readonly table: MountTable;
  /** What schedules go by. */
  readonly clock: Clock;
  pauses(): Promise<readonly Pause[]>;
  tasksOf(plugin: PluginKey): Tasks;
}

/** The schedules of what serves here. */
export function createSchedulesDesk({ table, clock, pauses, tasksOf }: SchedulesDeskParts): SchedulesDesk {
  return {
    list: async () => {
      const paused = await pauses();
      return table
        .keys()
        .flatMap((key) => table.get(key)?.live ?? [])
        .flatMap((live) => statusesOf(live, clock.now(), paused))
        .sort((a, b) => (`${a.plugin} ${a.name}` < `${b.plugin} ${b.name}` ? -1 : 1));
    },
    run: async (plugin, name) => {
      const live = table.get(plugin)?.live;
      if (live === undefined)
        throw new HostError(table.get(plugin) === undefined ? 'plugin/unknown' : 'plugin/not-ready', [
          plugin,
        ]);
      const { key, schedules } = live.mount;
      const schedule = schedules.find((one) => one.name === name);
      if (schedule === undefined)
        throw new HostError('schedule/unknown', [key, name, schedules.map((one) => one.name).join(', ')]);
      const { id } = await tasksOf(key).enqueue(schedule.task, schedule.payload);
      return { job: id };
    },
  };
}

function statusesOf({ mount }: LiveMount, now: number, paused: readonly Pause[]): readonly ScheduleStatus[] {
  return mount.schedules.map((schedule) => ({
    plugin: mount.key,
    name: schedule.name,
    cron: schedule.cron,
    timezone: schedule.timezone,
    task: schedule.task,
    nextAt: nextDue(schedule, now),
    lastAt: previousDue(schedule, now),
    isPaused: paused.some(
      ({ plugin, name, lane }) =>
        plugin === mount.key && lane === undefined && (name === undefined || name === schedule.task),
    ),
  }));
}
