import type { Task } from '../core/declaration';
import { RETRY_RULES, type RetryOptions } from '../core/durable-options';
import { patternIssue, type CloudEvent } from '../core/event';
import type { Awaitable } from '../core/exchange';
import { GiveUp, type Job } from '../core/job';
import { aFunction, aText, checkOptions, count, type Rule } from '../core/option-issues';
import type { PluginKey } from '../core/plugin-key';
import { isStandardSchema, shownIssues, type StandardSchema } from '../core/standard-schema';
import { taskDeclaration } from './task';

export interface ListenerOptions<Input = unknown, Data = Input> extends RetryOptions {
  /** Unique among the plugin's tasks. Default: `on <pattern>`. */
  readonly name?: string | undefined;
  /** Of one attempt. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Events worked at once by one host. Default: the host's. */
  readonly concurrency?: number | undefined;
  /**
   * Events of one lane are worked one after the other, in the order they were emitted. `'key'`: of the key they were emitted with.
   * While the plugin is not there to be asked, its events go by their keys, else by their sources.
   */
  readonly lane?: 'key' | ((event: CloudEvent<Input>) => string | undefined) | undefined;
  /** Any Standard Schema, of the event's `data`: what it refuses is a dead letter at once; the handler gets what it makes. */
  readonly input?: StandardSchema<Input, Data> | undefined;
}
/**
 * Works one event: returning is success. Throw `RetryAfter` or `GiveUp` to say what comes next. What `job.events.emit` emits
 * carries on how many events have caused one another, at most 16; `plugin.events.emit` does so with `{ cause: event }`.
 */
export type HandleEvent<Data = unknown> = (event: CloudEvent<Data>, job: Job) => Awaitable<unknown>;

const PATTERN_CHARACTERS = 200;
const lane: Rule = (value) =>
  value === 'key' ? undefined : aFunction(value)?.replace(/$/, ', or "key": the key events are emitted with');
const input: Rule = (value) =>
  isStandardSchema(value) ? undefined : 'must be a Standard Schema, such as z.object({ … })';
const RULES = { ...RETRY_RULES, name: aText, timeoutMs: count, concurrency: count, lane, input };

/**
 * A task that listens, as core knows it.
 * @throws mount/invalid listing everything wrong with the arguments
 */
export function listenerDeclaration(
  key: PluginKey,
  where: string,
  pattern: string,
  options: ListenerOptions,
  handler: unknown,
): Task {
  const issue = patternIssue(pattern);
  const notCallable = aFunction(handler);
  checkOptions(key, where, options, RULES, [
    issue === undefined ? undefined : `the pattern ${issue}`,
    String(pattern).length > PATTERN_CHARACTERS
      ? `the pattern is longer than ${PATTERN_CHARACTERS} characters`
      : undefined,
    notCallable === undefined ? undefined : `the handler ${notCallable}; it is the last argument`,
  ]);
  const { name = `on ${pattern}`, lane: by, input: schema, ...rest } = options;
  const handle = handler as HandleEvent;
  const run = (event: unknown, job: Job) =>
    schema === undefined
      ? handle(event as CloudEvent, job)
      : handleChecked(name, schema, handle, event as CloudEvent, job);
  const laneOf = by === 'key' ? keyOf : (by as ((event: unknown) => string | undefined) | undefined);
  return { ...taskDeclaration(key, where, name, { ...rest, lane: laneOf }, run), on: pattern };
}

function keyOf(event: unknown): string | undefined {
  const { partitionkey } = event as CloudEvent;
  return typeof partitionkey === 'string' ? partitionkey : undefined;
}

async function handleChecked(
  name: string,
  schema: StandardSchema,
  handle: HandleEvent,
  event: CloudEvent,
  job: Job,
): Promise<unknown> {
  const result = await schema['~standard'].validate(event.data);
  if (result.issues !== undefined)
    throw new GiveUp(`the data is not what "${name}" takes: ${shownIssues(result.issues)}`);
  return handle({ ...event, data: result.value }, job);
}
