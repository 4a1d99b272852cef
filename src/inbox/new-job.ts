import { hash } from 'node:crypto';
import { HostError, toError } from '../core/errors';
import type { EnqueueOptions } from '../core/job';
import type { Task } from '../core/declaration';
import type { PluginKey } from '../core/plugin-key';
import { newToken } from './public-id';
import type { DedupeKey, NewJob } from './store';

/** A payload lies in the row that workers claim. */
const PAYLOAD_BYTES = 1024 ** 2;
/** How long a key given to `enqueue` is remembered. */
const TASK_WINDOW_MS = 72 * 3_600_000;
/**
 * UTF-16 code units, three bytes each at most: PostgreSQL takes no index row above 2,704 bytes, and lanes stand in one
 * beside a prefix.
 */
const KEY_CHARACTERS = 800;
/** What of a longer one stays readable, before its digest. */
const KEY_HEAD = 700;

/** What was asked to be enqueued, checked; its task has no number yet. */
export interface JobRequest {
  readonly plugin: PluginKey;
  readonly task: string;
  readonly payload: string | undefined;
  readonly runAt: number | undefined;
  readonly priority: number;
  readonly lane: string | undefined;
  readonly dedupeKey: string | undefined;
}

/** @throws inbox/bad-payload, inbox/invalid-payload, inbox/bad-option */
export function toJobRequest(
  plugin: PluginKey,
  task: string,
  declared: Task | undefined,
  payload: unknown,
  options: EnqueueOptions = {},
): JobRequest {
  const refuse = (why: string) => new HostError('inbox/bad-option', [task, why]);
  const issues = declared?.check?.(payload);
  if (issues !== undefined) throw new HostError('inbox/invalid-payload', [task, issues]);
  const { priority = 0, dedupeKey } = options;
  const runAt = options.runAt === undefined ? undefined : Number(options.runAt);
  if (runAt !== undefined && !Number.isSafeInteger(Math.round(runAt)))
    throw refuse('runAt is neither a Date nor epoch milliseconds');
  if (!Number.isInteger(priority) || Math.abs(priority) > 100)
    throw refuse('priority is no whole number from -100 to 100');
  return {
    plugin,
    task,
    payload: toJson(task, payload),
    runAt: runAt === undefined ? undefined : Math.round(runAt),
    priority,
    lane: toKey(options.lane ?? declared?.lane?.(payload), () => refuse('lane is no text')),
    dedupeKey: toKey(dedupeKey, () => refuse('dedupeKey is no text')),
  };
}

/** The row of a request. `now` is the store's. */
export function toNewJob(request: JobRequest, taskId: number, now: number): NewJob {
  const { payload, runAt, priority, lane, dedupeKey } = request;
  const dedupe: DedupeKey | undefined =
    dedupeKey === undefined ? undefined : { taskId, key: dedupeKey, windowMs: TASK_WINDOW_MS };
  return {
    token: newToken(),
    taskId,
    payload,
    runAt: runAt ?? now,
    priority,
    lane,
    dedupe,
    held: undefined,
    receiptId: undefined,
  };
}

/**
 * Text as both stores can keep it: no NUL, no more than an index bears. Of what is longer the beginning and a digest of
 * all of it: two long keys that differ only at their ends are two keys still.
 */
export function storableKey(key: string): string {
  const storable = key.replaceAll('\0', '\uFFFD');
  if (storable.length <= KEY_CHARACTERS) return storable;
  return `${storable.slice(0, KEY_HEAD)}…${hash('sha256', key, 'base64url')}`;
}

/** @throws inbox/unknown-task */
export function requireTask(plugin: PluginKey, name: string, tasks: readonly Task[]): Task {
  const found = tasks.find((task) => task.name === name);
  if (found !== undefined) return found;
  throw new HostError('inbox/unknown-task', [plugin, name, tasks.map((task) => task.name).join(', ')]);
}

function toKey(given: unknown, refusal: () => Error): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== 'string') throw refusal();
  return storableKey(given);
}

function toJson(task: string, payload: unknown): string | undefined {
  let text: string | undefined;
  try {
    text = JSON.stringify(payload);
  } catch (thrown) {
    throw new HostError('inbox/bad-payload', [task, toError(thrown).message], { cause: thrown });
  }
  if (text === undefined && payload !== undefined)
    throw new HostError('inbox/bad-payload', [task, `a ${typeof payload} is no JSON`]);
  if (text !== undefined && Buffer.byteLength(text) > PAYLOAD_BYTES)
    throw new HostError('inbox/bad-payload', [task, `it is larger than ${PAYLOAD_BYTES} bytes`]);
  return text;
}
