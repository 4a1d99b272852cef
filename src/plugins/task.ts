import type { Task } from '../core/declaration';
import { RETRY_RULES, toRetry, type RetryOptions } from '../core/durable-options';
import type { Awaitable } from '../core/exchange';
import { GiveUp, type Job } from '../core/job';
import { aFunction, checkOptions, count, type Rule } from '../core/option-issues';
import type { PluginKey } from '../core/plugin-key';
import { isStandardSchema, shownIssues, type StandardSchema } from '../core/standard-schema';

export interface TaskOptions<Input = unknown, Payload = Input> extends RetryOptions {
  /** Of one attempt. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * Jobs worked at once by one host: N hosts work N times as many. What must be one at a time belongs in a lane. Default:
   * the host's.
   */
  readonly concurrency?: number | undefined;
  /** The lane of a payload that is enqueued without one: jobs of one lane run one after the other. */
  readonly lane?: ((payload: Input) => string | undefined) | undefined;
  /**
   * Any Standard Schema (zod, valibot, arktype …): a payload it refuses is not enqueued, and one it refuses when the job
   * runs is a dead letter at once. `run` gets what the schema makes of the payload.
   */
  readonly input?: StandardSchema<Input, Payload> | undefined;
}
/** Works one job: returning is success, whatever is returned. Throw `RetryAfter` or `GiveUp` to say what comes next. */
export type RunTask<Payload = unknown> = (payload: Payload, job: Job<Payload>) => Awaitable<unknown>;

const input: Rule = (value) =>
  isStandardSchema(value) ? undefined : 'must be a Standard Schema, such as z.object({ … })';
const RULES = { ...RETRY_RULES, timeoutMs: count, concurrency: count, lane: aFunction, input };

/**
 * A task as core knows it.
 * @throws mount/invalid listing everything wrong with the arguments
 */
export function taskDeclaration(
  key: PluginKey,
  where: string,
  name: string,
  options: TaskOptions,
  run: unknown,
): Task {
  const issue = aFunction(run);
  checkOptions(key, where, options, RULES, [
    typeof name === 'string' && name.trim() !== '' ? undefined : 'the name must be a string',
    issue === undefined ? undefined : `what runs ${issue}; it is the last argument`,
  ]);
  const { timeoutMs, concurrency, lane, input: schema } = options;
  const work = run as Task['run'];
  return {
    kind: 'task',
    origin: { dialect: 'native', where },
    name,
    retry: toRetry(options),
    timeoutMs: timeoutMs ?? 60_000,
    ...(concurrency !== undefined && { concurrency }),
    ...(lane !== undefined && { lane }),
    ...(schema !== undefined && { check: (payload: unknown) => issuesIn(schema, payload) }),
    run: schema === undefined ? work : (payload, job) => runChecked(name, schema, work, payload, job),
  };
}

/** A schema that takes its time is asked when the job runs: enqueueing within a job cannot wait for it. */
function issuesIn(schema: StandardSchema, payload: unknown): string | undefined {
  const result = schema['~standard'].validate(payload);
  if ('then' in result) {
    Promise.resolve(result).catch(() => undefined);
    return undefined;
  }
  return result.issues === undefined ? undefined : shownIssues(result.issues);
}

async function runChecked(
  name: string,
  schema: StandardSchema,
  run: Task['run'],
  payload: unknown,
  job: Job,
): Promise<unknown> {
  const result = await schema['~standard'].validate(payload);
  if (result.issues !== undefined)
    throw new GiveUp(`the payload is not what the task "${name}" takes: ${shownIssues(result.issues)}`);
  return run(result.value, job);
}
