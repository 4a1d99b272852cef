import type { Endpoint, Task } from '../../../src/core/declaration';
import { buildMount } from '../../../src/core/mount';
import { OnEvent } from '../../../src/plugins/decorators';
import { nativeDialect } from '../../../src/plugins/native-dialect';
import { loadFiles } from '../../plugins/authoring';
import { keptServices } from '../../plugins/services';

const INFO = `{ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: 'x' }`;

async function mountOf(source: string) {
  const { exports } = await loadFiles({ 'index.ts': source });
  const reading = nativeDialect.recognise({ folder: '/x', manifest: {}, module: exports });
  if (reading === undefined) throw new Error('not recognised');
  const services = keptServices();
  reading.bind(services);
  return buildMount(services.key, reading.info, reading.translate());
}
const shown = ({ name, on, retry, timeoutMs, lane }: Task) => ({
  ...{ name, on, timeoutMs, attempts: retry.attempts },
  lane: lane?.({ partitionkey: 'k' }),
});

describe('a plugin listens', () => {
  test('with onEvent: a task for each pattern, by a name of its own where it has one', async () => {
    const { tasks } = await mountOf(`
      import { Plugin } from 'gatehouse';
      export const plugin = new Plugin(${INFO});
      plugin.onEvent('build.*', () => 1);
      plugin.onEvent('build.*', { name: 'second', attempts: 2, timeoutMs: 5, lane: 'key' }, () => 2);
    `);
    expect(tasks.map(shown)).toEqual([
      { name: 'on build.*', on: 'build.*', timeoutMs: 60_000, attempts: 8, lane: undefined },
      { name: 'second', on: 'build.*', timeoutMs: 5, attempts: 2, lane: 'k' },
    ]);
  });

  test('with @OnEvent: the method is called with the event and the job', async () => {
    expect(typeof OnEvent).toBe('function');
    const { tasks } = await mountOf(`
      import { GatePlugin, OnEvent } from 'gatehouse';
      @GatePlugin(${INFO})
      export class Ci {
        private name = 'ci';
        @OnEvent('build.done', { lane: (event) => event.subject })
        heard(event: { data: number }, job: { id: string }) { return [this.name, event.data, job.id]; }
      }
    `);
    expect(tasks.map(({ on }) => on)).toEqual(['build.done']);
    expect(tasks[0]?.lane?.({ subject: 's' })).toBe('s');
    expect(tasks[0]?.run({ data: 7 }, { id: 'j' } as never)).toEqual(['ci', 7, 'j']);
  });

  test.each<[string, string, RegExp]>([
    [
      'a second listener without a name',
      `plugin.onEvent('a', () => 1); plugin.onEvent('a', () => 2)`,
      /two tasks are named "on a"/,
    ],
    ['what is no pattern', `plugin.onEvent('build done', () => 1)`, /the pattern "build done" is neither/],
    [
      'a lane that is none',
      `plugin.onEvent('a', { lane: 'order' }, () => 1)`,
      /lane must be a function, or "key"/,
    ],
    [
      'no handler',
      `plugin.onEvent('a', { name: 'b' })`,
      /the handler must be a function; it is the last argument/,
    ],
    ['a misspelt option', `plugin.onEvent('a', { lanes: 'key' }, () => 1)`, /lanes/],
  ])('and hears at its load of %s', async (_what, code, issue) => {
    const source = `import { Plugin } from 'gatehouse'; export const plugin = new Plugin(${INFO}); ${code};`;
    await expect(mountOf(source)).rejects.toThrow(issue);
  });
});

test('cloudEvents declares an endpoint for POST that is answered before the work, and one for those who ask first', async () => {
  const { endpoints } = await mountOf(`
    import { Plugin } from 'gatehouse';
    export const plugin = new Plugin(${INFO});
    plugin.cloudEvents('/events', { access: { token: { header: 'x-token' }, secret: 'A' }, allowedOrigins: ['*'] });
    plugin.cloudEvents('/stored', { answer: 'accept' }, () => 1);
  `);
  const facts = ({ method, path, answer, body, isWebhook, dedupe }: Endpoint) =>
    [method, path, answer, body.kind, isWebhook, dedupe !== undefined] as const;
  expect(endpoints.map(facts)).toEqual([
    ['POST', '/events', { ackWithinMs: 10_000 }, 'raw', true, true],
    ['OPTIONS', '/events', 'handler', 'auto', undefined, false],
    ['POST', '/stored', 'accept', 'raw', true, true],
  ]);
});
