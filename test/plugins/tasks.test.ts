import { z } from 'zod';
import type { Declaration, Schedule, Task } from '../../src/core/declaration';
import { isGiveUp, type Job } from '../../src/core/job';
import { buildMount } from '../../src/core/mount';
import { STANDARD_RETRY } from '../../src/core/retry';
import { PluginBase } from '../../src/plugins/plugin';
import { PLUGIN } from '../../src/plugins/plugin-reading';
import { keptServices } from './services';

const info = { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' };
const job = {} as Job;

function read(plugin: PluginBase): Declaration[] {
  plugin[PLUGIN].bind(keptServices());
  return plugin[PLUGIN].translate();
}
const taskOf = (plugin: PluginBase) => read(plugin).find((d): d is Task => d.kind === 'task') as Task;
const scheduleOf = (plugin: PluginBase) => read(plugin).find((d): d is Schedule => d.kind === 'schedule');
const create = () => new PluginBase(info);
const refusal = (call: () => unknown): string => {
  try {
    call();
  } catch (thrown) {
    return (thrown as Error).message;
  }
  throw new Error('it was accepted');
};

describe('a task', () => {
  test('is tried eight times over about a day unless it says otherwise', () => {
    expect(taskOf(create().task('mail', () => 1))).toMatchObject({
      retry: STANDARD_RETRY,
      timeoutMs: 60_000,
    });
    const options = { attempts: 2, backoff: [5], timeoutMs: 9, concurrency: 3, lane: () => 'one' };
    const task = taskOf(create().task('mail', options, () => 1));
    expect(task).toMatchObject({
      retry: { attempts: 2, backoff: [5] },
      timeoutMs: 9,
      concurrency: 3,
    });
    expect(task.lane?.({})).toBe('one');
  });

  test('with an input schema runs what the schema makes of the payload', async () => {
    const input = z.object({ id: z.coerce.number(), note: z.string().default('none') });
    const seen: unknown[] = [];
    const task = taskOf(create().task('report', { input }, (payload) => void seen.push(payload)));
    expect(task.check?.({ id: '7' })).toBeUndefined();
    await task.run({ id: '7' }, job);
    expect(seen).toEqual([{ id: 7, note: 'none' }]);
  });

  test('says what is wrong with a payload that its schema refuses, and gives up on one that got in', async () => {
    const input = z.object({ id: z.number(), lines: z.array(z.string()) });
    let runs = 0;
    const task = taskOf(create().task('report', { input }, () => (runs += 1)));
    expect(task.check?.({ lines: [1] })).toMatch(/^id: .*; lines\.0: /);
    const thrown = await Promise.resolve(task.run({ lines: 'x' }, job)).catch((error: unknown) => error);
    expect(isGiveUp(thrown)).toBe(true);
    expect((thrown as Error).message).toMatch(/^the payload is not what the task "report" takes: id: /);
    expect(runs).toBe(0);
  });

  test('with a schema that takes its time is checked when the job runs', async () => {
    const input = z.string().refine(async (text) => text === 'good');
    const slow = {
      '~standard': {
        ...input['~standard'],
        validate: (value: unknown) => input['~standard'].validate(value),
      },
    };
    const task = taskOf(create().task('mail', { input: slow as typeof input }, () => 'ran'));
    expect(task.check?.('bad')).toBeUndefined();
    expect(await task.run('good', job)).toBe('ran');
    await expect(task.run('bad', job)).rejects.toThrow('the payload is not what');
  });

  test('with wrong options is refused, every one of them named', () => {
    const options = { attempts: 0, backoff: 'soon', timeoutMs: 1.5, concurrency: 0, lane: 1, input: {} };
    const message = refusal(() => create().task('', options as any, () => 1));
    for (const part of [
      'attempts',
      'backoff',
      'timeoutMs',
      'concurrency',
      'lane',
      'Standard Schema',
      'the name',
    ])
      expect(message).toContain(part);
    expect(refusal(() => create().task('x', { retries: 2 } as any, () => 1))).toContain(
      'unknown option "retries"',
    );
  });
});

describe('a schedule', () => {
  const withTask = () => create().task('report', () => 1);

  test('is named after its task, in UTC, and makes up for the last fire it missed', () => {
    expect(scheduleOf(withTask().schedule(' 0 9 * * 1-5 ', { task: 'report' }))).toMatchObject({
      name: 'report',
      cron: '0 9 * * 1-5',
      timezone: 'UTC',
      payload: undefined,
      catchUp: 'one',
    });
    const options = {
      name: 'daily',
      task: 'report',
      timezone: 'Europe/Berlin',
      payload: { id: 1 },
      catchUp: 'all',
    } as const;
    expect(scheduleOf(withTask().schedule('*/5 * * * * *', options))).toMatchObject(options);
  });

  test.each([
    ['61 * * * *', 'cannot be read: Invalid value for minute: 61'],
    ['* * * *', 'must have five fields'],
    ['@daily', 'must have five fields'],
    ['2026-01-01T00:00:00', 'must have five fields'],
    ['* * * * * * 2027', 'must have five fields'],
    ['0 0 31 2 *', 'never comes due'],
    [7, 'must have five fields'],
  ])('with the pattern %j is refused', (cron, why) => {
    expect(refusal(() => withTask().schedule(cron as string, { task: 'report' }))).toContain(why);
  });

  test.each([
    [{ task: 'report', timezone: 'Mars/Base' }, 'timezone "Mars/Base" is not known'],
    [{ task: 'report', timezone: 5 }, 'timezone must be a string'],
    [{ task: 'report', payload: () => 1 }, 'payload cannot be said in JSON'],
    [{ task: 'report', payload: 1n }, 'payload cannot be said in JSON'],
    [{ task: 'report', catchUp: 'some' }, 'catchUp must be one of skip, one, all'],
    [{}, 'task is missing'],
    [undefined, 'must be an object'],
  ])('with %p is refused', (options, why) => {
    expect(refusal(() => withTask().schedule('* * * * *', options as any))).toContain(why);
  });

  test('of a task that nobody declares is refused by the mount', () => {
    const declarations = read(withTask().schedule('* * * * *', { task: 'repot' }));
    expect(refusal(() => buildMount('acme.ci' as never, info, declarations))).toContain(
      'no task is named "repot"',
    );
  });
});

test('jobs are enqueued and signalled through the services of the plugin', async () => {
  const plugin = create();
  expect(() => plugin.tasks).toThrow('plugin.tasks was used before the host loaded the plugin');
  plugin[PLUGIN].bind(keptServices());
  expect(await plugin.tasks.enqueue('report', {})).toEqual({ id: '1', duplicate: false });
  expect(await plugin.tasks.signal('1', 'go')).toBe(false);
});
