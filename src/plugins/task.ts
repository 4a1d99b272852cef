import type { Task } from '../core/declaration';
import type { PluginKey } from '../core/plugin-key';
import { STANDARD_RETRY } from '../core/retry';
import { aFunction, checkOptions, TASK_RULES } from '../core/option-issues';

export interface TaskOptions {
  /** How often in all. Default 8. */
  readonly attempts?: number | undefined;
  /** Of one attempt. Default 60,000. */
  readonly timeoutMs?: number | undefined;
}

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
  checkOptions(key, where, options, TASK_RULES, [
    typeof name === 'string' && name.trim() !== '' ? undefined : 'the name must be a string',
    issue === undefined ? undefined : `what runs ${issue}; it is the last argument`,
  ]);
  return {
    kind: 'task',
    origin: { dialect: 'native', where },
    name,
    retry: { ...STANDARD_RETRY, attempts: options.attempts ?? STANDARD_RETRY.attempts },
    timeoutMs: options.timeoutMs ?? 60_000,
    run: run as Task['run'],
  };
}
