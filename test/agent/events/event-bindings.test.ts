import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bindingTask } from '../../../src/agent/events/binding-task';
import { createHostMount } from '../../../src/agent/host-mount';
import type { Agent, AgentRunRequest } from '../../../src/core/agent-run';
import { bindEvent } from '../../../src/core/event-binding';
import { HOST_KEY } from '../../../src/core/host-key';
import { run } from '../../cli/command-line';
import { keyOf, liveOf, mountOf } from '../../core/plain-mount';
import { openSqlite } from '../../inbox/open-sqlite';
import { until } from '../../inbox/engine-under-test';
import { startOperatorHost, TOKEN, type OperatorHost } from '../../operator/operator-host';
import { busOn, type BusUnderTest } from './bus-under-test';

let host: BusUnderTest;
let operator: OperatorHost;
let folder: string;
const runs: (AgentRunRequest & { readonly by: string })[] = [];
const agentOf = (by: string): Agent => ({
  run: async (request) => {
    runs.push({ ...request, by });
    return { id: `run-${runs.length}`, state: 'queued' };
  },
});

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-bindings-'));
  host = await busOn(await openSqlite(folder));
  const { live } = liveOf(mountOf('acme.any'));
  host.table.swap(
    HOST_KEY,
    createHostMount([bindingTask({ bindings: host.bindings, agentOf })], live.logger),
  );
  await host.start();
  const events = { bindings: host.bindings, events: host.bus.of(HOST_KEY) };
  operator = await startOperatorHost(undefined, undefined, undefined, { events });
});
beforeEach(async () => {
  runs.length = 0;
  for (const { id } of host.bindings.list()) await host.bindings.unbind(id);
});
afterAll(async () => {
  await operator.close();
  await host.closeBus();
  await host.stop(1_000);
  rmSync(folder, { recursive: true, force: true });
});

const call = async (method: string, verb: string, body?: unknown) => {
  const response = await fetch(`${operator.url}/api/operator/${verb}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as any };
};
const cli = (...argv: string[]) => run([...argv, '--data', operator.data]);

describe('an event that is bound to a run of the agent', () => {
  test('starts it in the name that was given, with the event as data', async () => {
    const wanted = { prompt: 'Look into it.', channel: 'console-ops', tools: ['acme.ci/*'] };
    host.put('acme.ci', []);
    const { id } = await host.bindings.bind({ pattern: 'build.*', plugin: keyOf('acme.ci'), ...wanted });
    await host.bindings.bind({ pattern: 'deploy.done', prompt: 'Celebrate.' });
    expect((await host.events.emit('build.failed', { n: 1 }, { key: 'b' })).listeners).toBe(1);
    expect((await host.events.emit('build.failed', { n: 1 }, { key: 'b' })).listeners).toBe(0);
    await until('the run', () => runs.length === 1);
    expect(runs[0]).toMatchObject({ ...wanted, by: 'acme.ci', foldKey: `binding ${id}` });
    expect(runs[0]?.untrusted).toMatchObject({ event: { type: 'build.failed', data: { n: 1 } } });
    expect(runs[0]?.from).toHaveProperty('attempt', 1);
    host.table.remove(keyOf('acme.ci'));
    expect((await host.events.emit('build.failed')).listeners).toBe(0);
    await host.events.emit('deploy.done');
    await until('the other run', () => runs.length === 2);
    expect(runs[1]?.by).toBe(HOST_KEY);
  });

  test('two bindings of one event are two runs, and what was unbound meanwhile is none', async () => {
    const first = await host.bindings.bind({ pattern: 'a.*', prompt: 'One.' });
    await host.bindings.bind({ pattern: 'a.b', prompt: 'Two.' });
    expect((await host.events.emit('a.b', 1, { key: 'k' })).listeners).toBe(2);
    await until('both runs', () => runs.length === 2);
    expect(await host.bindings.unbind(first.id)).toBe(true);
    expect(await host.bindings.unbind(first.id)).toBe(false);
    await host.inbox.put([
      { plugin: HOST_KEY, task: 'event-binding', payload: { binding: first.id, event: { type: 'a.b' } } },
    ]);
    await host.idle();
    expect(runs).toHaveLength(2);
  });

  test('a manifest binds one as a task of its plugin', async () => {
    const origin = { dialect: 'test', where: 'manifest' };
    const untrusted = { note: 'n' };
    const task = bindEvent(origin, 'm.*', { prompt: 'Go.', untrusted }, () => agentOf('acme.manifest'));
    host.put('acme.manifest', [task]);
    await host.events.emit('m.done', 7);
    await until('the run', () => runs.length === 1);
    expect(runs[0]).toMatchObject({
      by: 'acme.manifest',
      prompt: 'Go.',
      untrusted: { note: 'n', event: { data: 7 } },
    });
    host.table.remove(keyOf('acme.manifest'));
  });
});

describe('operators', () => {
  test('bind, list, unbind and emit over HTTP', async () => {
    const bound = await call('POST', 'bindings', { pattern: 'x.*', prompt: 'Go.' });
    expect(bound).toMatchObject({ status: 200, body: { pattern: 'x.*', id: expect.stringMatching(/^b-/) } });
    expect((await call('GET', 'bindings')).body.bindings).toEqual([bound.body]);
    const emitted = await call('POST', 'events', { type: 'x.y', payload: { a: 1 }, key: 'k', subject: 's' });
    expect(emitted).toMatchObject({ status: 200, body: { listeners: 1 } });
    await until('the run', () => runs.length === 1);
    expect(runs[0]?.untrusted).toMatchObject({ event: { subject: 's', source: '/plugins/gatehouse.host' } });
    expect((await call('DELETE', `bindings/${bound.body.id}`)).body).toEqual({ unbound: true });
    expect((await call('GET', 'bindings')).body.bindings).toEqual([]);
  });

  test.each<[string, string, unknown]>([
    ['no pattern', 'bindings', { prompt: 'x' }],
    ['a pattern that names nothing', 'bindings', { pattern: 'a b', prompt: 'x' }],
    ['a pattern beyond measure', 'bindings', { pattern: 'a.'.repeat(150) + 'b', prompt: 'x' }],
    ['no prompt', 'bindings', { pattern: 'a' }],
    ['a prompt beyond measure', 'bindings', { pattern: 'a', prompt: 'x'.repeat(20_001) }],
    ['no key', 'bindings', { pattern: 'a', prompt: 'x', plugin: 'nobody' }],
    ['no chat', 'bindings', { pattern: 'a', prompt: 'x', channel: 'nowhere' }],
    ['no tools', 'bindings', { pattern: 'a', prompt: 'x', tools: [1] }],
    ['an unknown member', 'bindings', { pattern: 'a', prompt: 'x', budget: 1 }],
    ['no JSON', 'bindings', '{'],
    ['a type that is a pattern', 'events', { type: 'a.*' }],
    ['a key that is no text', 'events', { type: 'a', key: 1 }],
  ])('hear what is wrong with %s', async (_what, verb, body) => {
    expect(await call('POST', verb, body)).toMatchObject({
      status: 400,
      body: { code: 'events/bad-request' },
    });
    expect(host.bindings.list()).toEqual([]);
  });

  test('do the same on the command line', async () => {
    expect(await cli('events', 'list')).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('No event'),
    });
    const bound = await cli(
      'events',
      'bind',
      'c.*',
      '--prompt',
      'Go.',
      '--channel',
      'console-a',
      '--tool',
      'a.b/c',
    );
    expect(bound.exitCode).toBe(0);
    const [{ id, ...rest } = { id: '' }] = host.bindings.list();
    expect(rest).toMatchObject({ pattern: 'c.*', channel: 'console-a', tools: ['a.b/c'] });
    expect((await cli('events', 'list')).out).toContain(`${id}  c.*`);
    const emitted = await cli('events', 'emit', 'c.d', '--payload', '{"a":1}', '--json');
    expect(JSON.parse(emitted.out)).toMatchObject({ type: 'c.d', listeners: 1 });
    expect(await cli('events', 'unbind', id)).toMatchObject({ exitCode: 0, out: `${id} is unbound\n` });
    expect((await cli('events', 'unbind', id)).exitCode).toBe(1);
    expect(await cli('events', 'emit', 'c', '--payload', '{')).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('no JSON'),
    });
    expect((await cli('events', 'bind', 'c.*')).exitCode).toBe(2);
  });
});
