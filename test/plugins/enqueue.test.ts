import { z } from 'zod';
import type { Task } from '../../src/core/declaration';
import Database from '../../src/inbox/sqlite/driver.cjs';
import { PluginBase } from '../../src/plugins/plugin';
import { PLUGIN } from '../../src/plugins/plugin-reading';
import { startDurableHost, type DurableHost } from '../http/durable-host';
import { eventually, json } from '../http/gateway-under-test';
import { keptServices } from './services';

const info = { author: 'acme', module: 'demo', name: 'Demo', version: '1.0.0', description: '' };
const D = '/api/plugin/acme.demo';
let host: DurableHost;
beforeEach(async () => {
  host = await startDurableHost();
});
afterEach(() => host.close());

/** Puts a plugin in its seat, its tasks those of a real inbox. */
function seat(plugin: PluginBase): void {
  const declared = () =>
    declarations.filter((declaration): declaration is Task => declaration.kind === 'task');
  plugin[PLUGIN].bind({ ...keptServices(), tasks: host.engine.inbox.tasksOf(plugin.key, declared) });
  const declarations = plugin[PLUGIN].translate();
  host.seat('acme.demo', ...declarations);
}
const input = z.object({ id: z.coerce.number() });

test('what a handler enqueues is worked, as the schema of its task makes it', async () => {
  const worked: unknown[] = [];
  const plugin = new PluginBase(info);
  plugin
    .task('report', { input }, ({ id }, { payload, attempt }) => void worked.push([id, payload, attempt]))
    .post('/', ({ json: parse }) => plugin.tasks.enqueue('report', parse(), { dedupeKey: 'one' }));
  seat(plugin);
  const first = await host.call(D, json({ id: '7' }));
  expect(first.body).toEqual({ id: expect.any(String), duplicate: false });
  expect((await host.call(D, json({ id: '7' }))).body).toEqual({ id: first.body.id, duplicate: true });
  await eventually(() => worked.length === 1);
  expect(worked).toEqual([[7, { id: '7' }, 1]]);
});

test('a payload that the schema refuses is not enqueued, from a handler or from a job', async () => {
  const codes: unknown[] = [];
  const note = (thrown: unknown) => {
    const { code, message } = thrown as { code: string; message: string };
    codes.push([code, message.includes('"report" takes: id: ')]);
  };
  const plugin = new PluginBase(info);
  plugin
    .task('report', { input }, () => 1)
    .task('outer', (_payload, job) => {
      try {
        job.enqueue('report', { id: 'x' });
      } catch (thrown) {
        note(thrown);
      }
    })
    .post('/', async () => {
      await plugin.tasks.enqueue('report', { id: 'x' }).catch(note);
      await plugin.tasks.enqueue('outer');
    });
  seat(plugin);
  await host.call(D, json({}));
  await eventually(() => codes.length === 2);
  expect(codes).toEqual([
    ['inbox/invalid-payload', true],
    ['inbox/invalid-payload', true],
  ]);
});

test('a store that takes nothing is 503 and a time to come again, unless the handler sees to it', async () => {
  const plugin = new PluginBase(info);
  plugin.task('report', () => 1).post('/', () => plugin.tasks.enqueue('report'));
  seat(plugin);
  const other = new Database(host.file);
  other.exec('BEGIN EXCLUSIVE');
  const { status, body, headers } = await host.call(D, json({}));
  expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'inbox/unavailable', '5']);
  other.exec('ROLLBACK');
  other.close();
  expect((await host.call(D, json({}))).body).toMatchObject({ duplicate: false });
});
