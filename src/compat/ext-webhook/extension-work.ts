import { Cron } from 'croner';
import type { Schedule, SecretDeclaration, Task, Tool } from '../../core/declaration';
import { isSecretName } from '../../core/declared-secrets';
import { toRetry } from '../../core/durable-options';
import { toError } from '../../core/errors';
import { jsonSchemaOf } from '../../core/json-schema';
import { among, aText, checkOptions, count, flag, type Rule } from '../../core/option-issues';
import type { PluginKey } from '../../core/plugin-key';
import { isStandardSchema } from '../../core/standard-schema';
import type { ToolCaller } from '../../core/tool-call';
import type { ChatFunctionOptions } from './chat-extension';
import type { ExtensionSchedule, ExtensionSecret } from './extension';
import { ExtensionContext, type Standing } from './extension-context';
import type { WrittenFunction, WrittenSchedule } from './extension-reading';
import { DIALECT } from './webhook-endpoint';

/** Who acts when the clock says so: no person. */
const SCHEDULE_USER = '__schedule__';
const STANDARD_TIMEOUT_MS = 30_000;
/** Of one attempt of a schedule's job. */
const SCHEDULE_TIMEOUT_MS = 60_000;

type Bound = () => Pick<Standing, 'services' | 'isShared'>;

const aSchema: Rule = (value) =>
  isStandardSchema(value) ? undefined : 'must be a Standard Schema, such as z.object({ … })';
const FUNCTION_RULES = {
  name: aText,
  description: aText,
  actionType: among(['read', 'write', 'destructive']),
  params: aSchema,
  timeoutMs: count,
};
const SECRET_RULES = {
  name: aText,
  description: aText,
  required: flag,
  writeMode: among(['user', 'extension', 'both']),
  maxBytes: count,
};
const SCHEDULE_RULES = {
  name: aText,
  cron: aText,
  timezone: aText,
  catchUp: among(['skip', 'one', 'all']),
};

/** A function of a ChatExtension as a tool. @throws mount/invalid listing everything wrong with the options */
export function functionTool(key: PluginKey, written: WrittenFunction, bound: Bound): Tool {
  const { where, name, options, run } = written;
  checkOptions(key, where, options, FUNCTION_RULES, [
    /^[A-Za-z0-9_-]{1,64}$/.test(name)
      ? undefined
      : `"${name}" is no name for a function: letters, digits, "_" and "-"; give one as name`,
    'description' in Object(options) ? undefined : 'description is missing: say what it does',
  ]);
  const { description, params, timeoutMs } = options as ChatFunctionOptions;
  return {
    kind: 'tool',
    origin: { dialect: DIALECT, where },
    name,
    description,
    ...(params !== undefined && { input: params }),
    inputSchema: (params && jsonSchemaOf(params, 'input')) ?? { type: 'object' },
    timeoutMs: timeoutMs ?? STANDARD_TIMEOUT_MS,
    call: (input, { caller, extensions, log }) => {
      const progress = (percent: number, note?: string) =>
        void log.info(`${name}: ${percent} %${note === undefined ? '' : `, ${note}`}`);
      const standing = { kind: 'function', userId: userOf(caller), job: undefined, progress } as const;
      return run(new ExtensionContext({ ...bound(), ...standing, extensions }), input ?? {});
    },
  };
}

/** The user in whose name a function is called, else who calls it, by a name that no user's token is taken for. */
function userOf({ kind, id, user }: ToolCaller): string {
  return user ?? (kind === 'operator' ? '__operator__' : `__${kind}__${id}`);
}

/** A schedule and the task it enqueues. @throws mount/invalid listing everything wrong with the options */
export function scheduleParts(key: PluginKey, written: WrittenSchedule, bound: Bound): [Task, Schedule] {
  const { where, first, options, run } = written;
  const { cron = first, timezone = 'UTC', catchUp = 'one', ...named } = Object(options) as ExtensionSchedule;
  const name = named.name ?? (cron === first ? run.name : first);
  checkOptions(key, where, options, SCHEDULE_RULES, [
    typeof name === 'string' && name !== '' ? undefined : 'the function has no name; give one as name',
    cronIssue(cron, timezone),
  ]);
  const origin = { dialect: DIALECT, where };
  const task: Task = {
    kind: 'task',
    origin,
    name: String(name),
    retry: toRetry({}),
    timeoutMs: SCHEDULE_TIMEOUT_MS,
    run: (_payload, job) => {
      const progress = (percent: number, note?: string) => job.progress(percent / 100, note);
      const standing = { kind: 'schedule', userId: SCHEDULE_USER, job, progress } as const;
      return run(new ExtensionContext({ ...bound(), ...standing }));
    },
  };
  const schedule: Schedule = {
    kind: 'schedule',
    origin,
    name: task.name,
    cron: String(cron).trim(),
    timezone,
    task: task.name,
    payload: undefined,
    catchUp,
  };
  return [task, schedule];
}

/** The parser also takes dates and nicknames; a schedule is a pattern. */
function cronIssue(cron: unknown, timezone: unknown): string | undefined {
  const fields = typeof cron === 'string' ? cron.trim().split(/\s+/).length : 0;
  if (fields !== 5 && fields !== 6)
    return 'the pattern must have five fields, or six with seconds first: "0 9 * * 1-5"';
  try {
    const next = new Cron(String(cron), { timezone: String(timezone), paused: true }).nextRun();
    return next === null ? `the pattern "${String(cron)}" never comes due` : undefined;
  } catch (thrown) {
    return `"${String(cron)}" in ${String(timezone)} cannot be read: ${toError(thrown).message}`;
  }
}

/** A secret as core knows it. @throws mount/invalid listing everything wrong with the options */
export function secretOf(key: PluginKey, options: ExtensionSecret): SecretDeclaration {
  const {
    name,
    description = '',
    required = false,
    writeMode,
    maxBytes,
  } = Object(options) as ExtensionSecret;
  const where = `ext.secret(${JSON.stringify(name) ?? ''})`;
  checkOptions(key, where, options, SECRET_RULES, [
    isSecretName(name)
      ? undefined
      : 'the name is a letter, then letters, digits, "_", "-" and ".", 100 in all, not ending in _FILE',
  ]);
  return {
    kind: 'secret',
    origin: { dialect: DIALECT, where },
    name,
    description,
    required,
    ...(writeMode !== undefined && { writeMode }),
    ...(maxBytes !== undefined && { maxBytes }),
  };
}
