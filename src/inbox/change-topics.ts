import { HOST_KEY, HOST_TASKS } from '../core/host-key';
import type { Change, ChangeTopic } from '../core/ports/change-feed';
import type { Unit } from './batch-assembly';
import type { TaskName } from './store';

/** Words of statements that write a table, and what is no longer as it was then. */
const WRITTEN: readonly (readonly [table: RegExp, topic: ChangeTopic])[] = [
  [/\breceipt\b/, 'receipts'],
  [/\bjob\b|\bpause\b|\bsignal\b/, 'jobs'],
  [/\brefusal\b/, 'refusals'],
  [/\bchat_message\b/, 'messages'],
  [/\baudit\b/, 'audit'],
];
/** Of values that hosts share, by their space. */
const SPACES: Readonly<Record<string, ChangeTopic>> = {
  plugins: 'plugins',
  config: 'plugins',
  secrets: 'secrets',
  'user-secrets': 'secrets',
  'signed-urls': 'secrets',
  tokens: 'tokens',
  channels: 'messages',
};
const OF_HOST: Readonly<Record<string, ChangeTopic>> = {
  [HOST_TASKS.message]: 'messages',
  [HOST_TASKS.run]: 'runs',
};
const SHARED = /\bshared\b/;
const DOCUMENT = /\bdocument\b/;

/** What units of a batch that is stored changed. Asked only while somebody follows. */
export function changesIn(
  units: readonly Unit[],
  taskOf: (taskId: number) => TaskName | undefined,
): readonly Change[] {
  return units.flatMap(({ accepts, enqueues, answers, settles, commands }) => [
    ...(accepts ?? []).flatMap(({ receipt, jobs }) => [
      toChange('receipts', taskOf(receipt.taskId)),
      ...jobs.map(({ taskId }) => toChange('jobs', taskOf(taskId))),
    ]),
    ...(answers?.length ? [{ topic: 'receipts' } as const] : []),
    ...[...(enqueues ?? []), ...(settles ?? []).flatMap((settlement) => settlement.enqueues)].flatMap(
      ({ taskId }) => ofWork(taskOf(taskId)),
    ),
    ...(settles?.length ? [{ topic: 'jobs' } as const] : []),
    ...(commands ?? []).flatMap(({ statements }) =>
      statements.flatMap(({ sql, parameters }) => ofStatement(sql, parameters)),
    ),
  ]);
}

function ofWork(task: TaskName | undefined): readonly Change[] {
  const topic = task?.plugin === HOST_KEY ? OF_HOST[task.name] : undefined;
  return topic === undefined ? [toChange('jobs', task)] : [{ topic: 'jobs' }, { topic }];
}

function ofStatement(sql: string, parameters: readonly unknown[]): readonly Change[] {
  if (SHARED.test(sql)) {
    const spaces = parameters.filter((value) => typeof value === 'string' && Object.hasOwn(SPACES, value));
    return spaces.flatMap((space) => SPACES[space as string] ?? []).map((topic) => ({ topic }));
  }
  if (DOCUMENT.test(sql)) return parameters.includes(HOST_KEY) ? [{ topic: 'runs' }] : [];
  return WRITTEN.filter(([table]) => table.test(sql)).map(([, topic]) => ({ topic }));
}

function toChange(topic: ChangeTopic, task: TaskName | undefined): Change {
  return task === undefined || task.plugin === HOST_KEY ? { topic } : { topic, plugin: task.plugin };
}
