import { Cron } from 'croner';
import type { Schedule } from '../core/declaration';
import { toError } from '../core/errors';
import { among, aText, checkOptions, type Rule } from '../core/option-issues';
import type { PluginKey } from '../core/plugin-key';

export interface ScheduleOptions {
  /** Unique in its plugin; what is due is remembered under it. Default: the task's name. */
  readonly name?: string | undefined;
  /** The task to enqueue; of this plugin. */
  readonly task: string;
  /** IANA name, such as `Europe/Berlin`. Default UTC. */
  readonly timezone?: string | undefined;
  /** Stored as JSON with each fire. */
  readonly payload?: unknown;
  /** Of fires missed while no host ran: none, the last one (default), or each (at most 1,000). */
  readonly catchUp?: 'skip' | 'one' | 'all' | undefined;
}

const anything: Rule = () => undefined;
const RULES = {
  name: aText,
  task: aText,
  timezone: aText,
  payload: anything,
  catchUp: among(['skip', 'one', 'all']),
};

/**
 * A schedule as core knows it.
 * @throws mount/invalid listing everything wrong with the arguments
 */
export function scheduleDeclaration(
  key: PluginKey,
  where: string,
  cron: string,
  options: ScheduleOptions,
): Schedule {
  const { name, task, timezone = 'UTC', payload, catchUp } = Object(options) as ScheduleOptions;
  checkOptions(key, where, options, RULES, [
    task === undefined ? 'task is missing: name the task to enqueue' : undefined,
    typeof timezone === 'string' ? cronIssue(cron, timezone) : undefined,
    jsonIssue(payload),
  ]);
  return {
    kind: 'schedule',
    origin: { dialect: 'native', where },
    name: name ?? task,
    cron: cron.trim(),
    timezone,
    task,
    payload,
    catchUp: catchUp ?? 'one',
  };
}

/** The parser also takes dates and nicknames; a schedule is a pattern of five fields, or six with seconds first. */
function cronIssue(cron: unknown, timezone: string): string | undefined {
  const fields = typeof cron === 'string' ? cron.trim().split(/\s+/).length : 0;
  if (fields !== 5 && fields !== 6)
    return `the pattern must have five fields, or six with seconds first: "0 9 * * 1-5"`;
  try {
    const next = new Cron(cron as string, { timezone, paused: true }).nextRun();
    return next === null ? `the pattern "${String(cron)}" never comes due` : undefined;
  } catch (thrown) {
    const { message } = toError(thrown);
    if (!isTimezone(timezone))
      return `timezone "${timezone}" is not known; write an IANA name such as "Europe/Berlin"`;
    return `the pattern "${String(cron)}" cannot be read: ${message.replace(/^CronPattern: /, '')}`;
  }
}

function isTimezone(timezone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return true;
  } catch {
    return false;
  }
}

function jsonIssue(payload: unknown): string | undefined {
  try {
    return payload === undefined || (JSON.stringify(payload) as string | undefined) !== undefined
      ? undefined
      : 'payload cannot be said in JSON';
  } catch (thrown) {
    return `payload cannot be said in JSON: ${toError(thrown).message}`;
  }
}
