/** A schedule of a plugin that serves. Times are epoch ms. */
export interface ScheduleStatus {
  readonly plugin: string;
  readonly name: string;
  readonly cron: string;
  readonly timezone: string;
  /** The task it enqueues. */
  readonly task: string;
  readonly nextAt: number | undefined;
  /** When it was last due, whether or not anything was enqueued then: no host may have run. */
  readonly lastAt: number | undefined;
  /** Its task is paused. */
  readonly isPaused: boolean;
}
export interface SchedulesDesk {
  list(): Promise<readonly ScheduleStatus[]>;
  /** Enqueues its task now. @throws plugin/unknown, schedule/unknown, inbox/unavailable */
  run(plugin: string, name: string): Promise<{ readonly job: string }>;
}
