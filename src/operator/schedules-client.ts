import type { SchedulesDesk, ScheduleStatus } from '../core/ports/schedules-desk';
import { listIn, type OperatorConnection } from './operator-connection';

/** The schedules of a host in another process. */
export function connectSchedules({ where, read }: OperatorConnection): SchedulesDesk {
  return {
    list: async () => listIn<ScheduleStatus>(await read('GET', 'schedules'), 'schedules', where),
    run: async (plugin, name) => {
      const verb = `schedules/${encodeURIComponent(plugin)}/${encodeURIComponent(name)}/run`;
      return { job: String((await read('POST', verb))['job']) };
    },
  };
}
