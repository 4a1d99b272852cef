import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventRoutes, type EventRoutesOptions } from '../../../src/compat';
import { eventRoutesDialect } from '../../../src/compat/event-routes/event-routes-dialect';
import { buildMount } from '../../../src/core/mount';
import { attemptsOf, until } from '../../inbox/engine-under-test';
import { plainServices } from '../plain-plugin';
import { keyOf } from '../../core/plain-mount';
import { post, sender, startRoutesHost, type RoutesHost } from './routes-host';

const PLUGIN = `
  import { eventRoutes } from 'gatehouse/compat';
  const about = { author: 'acme', module: 'hooks', provider: 'github', secret: 'KEY' };
  let fails = 0;
  export const routes = eventRoutes({ ...about, on: {
    seen: (payload, { event, headers, job }) => ({ event, payload, agent: headers.get('user-agent'), attempt: job.attempt }),
    unknown: () => ({ is: 'unknown' }),
    nothing: () => undefined,
    flaky: async (payload, { store, message }) => {
      fails += 1;
      await store.create('tries', { id: String(fails) });
      await message.sendText('console-ci', 'try ' + fails);
      if (fails <= payload.fails) throw new Error('broken ' + fails);
      return { fails };
    },
    broken: () => { throw new Error('always'); },
  } });
  export const open = eventRoutes({ ...about, provider: undefined, secret: undefined, path: '/open', access: 'public', on: {} });
`;

let host: RoutesHost;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-routes-plugin-'));
  writeFileSync(path.join(folder, 'index.ts'), PLUGIN);
  host = await startRoutesHost({ KEY: 'key' });
  await host.load(folder);
});
afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = '/api/plugin/acme.hooks/events';
let sent = 0;
/** No two bodies are the same: what is signed alike is a duplicate. */
const send = (event: string, body: object) =>
  host.call(at, sender.github('key', event, { ...body, n: (sent += 1) }));

describe('a table of events', () => {
  test('gives its handlers the payload and what they work with', async () => {
    const { body } = await send('seen', { a: 1 });
    expect(body).toMatchObject({ event: 'seen', payload: { a: 1, n: 1 }, attempt: 1 });
  });

  test('looks the event up in the headers, then in the payload, and knows the unknown', async () => {
    const openAt = '/api/plugin/acme.hooks/open';
    const event = async (body: unknown, headers = {}) =>
      (await host.call(openAt, post(JSON.stringify(body), headers))).body.event;
    expect(await event({ type: 'c' }, { 'x-github-event': 'a', 'x-slack-event-type': 'b' })).toBe('a');
    expect(await event({ type: 'c' }, { 'x-github-event': '', 'x-slack-event-type': 'b' })).toBe('b');
    expect(await event({ type: 'c' })).toBe('c');
    expect(await event({ type: 5 })).toBe('unknown');
    expect(await event([1])).toBe('unknown');
    expect(await event({ type: 'constructor' })).toBe('constructor');
    expect((await send('', {})).body).toEqual({ is: 'unknown' });
    expect((await send('nothing', {})).status).toBe(204);
  });

  test('answers a challenge, and refuses what is no JSON', async () => {
    const openAt = '/api/plugin/acme.hooks/open';
    const challenge = post(JSON.stringify({ type: 'url_verification', challenge: 'c' }));
    expect((await host.call(openAt, challenge)).body).toEqual({ challenge: 'c' });
    expect((await host.call(openAt, post('{"a":'))).status).toBe(400);
    expect((await host.call(openAt, post(''))).status).toBe(400);
    const form = (text: string) => post(text, { 'content-type': 'application/x-www-form-urlencoded' });
    expect((await host.call(openAt, form('payload=%7B%22type%22%3A%22x%22%7D'))).body.event).toBe('x');
    expect((await host.call(openAt, form('payload=%7B'))).status).toBe(400);
  });

  test('tries an event again whose handler threw, and keeps only what the last try wrote', async () => {
    const first = await send('flaky', { fails: 2 });
    expect(first.status).toBe(202);
    await until('the first attempt', async () => (await attemptsOf(host.store)).length === 1);
    for (const [waited, tried] of [
      [360_000, 2],
      [144_000, 2],
    ] as const) {
      await host.clock.advance(waited);
      await until('the next attempt', async () => (await attemptsOf(host.store)).length >= tried);
    }
    await until(
      'the success',
      async () =>
        host.channel.messages.some(({ text }) => text === 'try 3') &&
        (await host.call(first.headers.get('location') ?? '')).body.state === 'succeeded',
    );
    const rows = await host.store.reader
      .selectFrom('document')
      .where('plugin', '=', 'acme.hooks')
      .select('id')
      .execute();
    expect(rows).toEqual([{ id: '3' }]);
  });

  test('waits 300, 120, 240, 480 and 960 seconds, then the event is a dead letter', async () => {
    const [endpoint] = mountOf({ provider: 'github', secret: 'KEY' }).endpoints;
    expect(endpoint?.retry).toEqual({ attempts: 6, backoff: [300_000, 120_000, 240_000, 480_000, 960_000] });
    const before = (await attemptsOf(host.store)).length;
    expect((await send('broken', {})).status).toBe(202);
    for (const [index, wait] of [0, 300, 120, 240, 480, 960].entries()) {
      await host.clock.advance(wait * 1_200);
      await until(
        `attempt ${index + 1}`,
        async () => (await attemptsOf(host.store)).length === before + index + 1,
      );
    }
    await host.jobs('dead', 1);
  });
});

function mountOf(options: Partial<EventRoutesOptions>) {
  const routes = eventRoutes({ author: 'acme', module: 'hooks', ...options });
  const reading = eventRoutesDialect.recognise({ folder: '/', manifest: {}, module: { routes } });
  if (reading === undefined) throw new Error('not recognised');
  reading.bind(plainServices('acme.hooks'));
  return buildMount(keyOf('acme.hooks'), reading.info, reading.translate());
}

describe('the dialect', () => {
  test('makes an endpoint, its secret, and a task for each schedule', () => {
    const run = () => undefined;
    const { endpoints, secrets, tasks, schedules, info } = mountOf({
      provider: 'stripe',
      secret: ['A', 'B'],
      path: 'in//here/',
      schedules: { poll: { cron: '*/5 * * * *', run } },
    });
    expect(info).toMatchObject({ name: 'hooks', version: '1.0.0' });
    expect(endpoints).toMatchObject([
      {
        method: 'POST',
        path: '/in/here',
        access: { signature: 'stripe', secret: ['A', 'B'] },
        isWebhook: true,
      },
    ]);
    expect(secrets.map(({ name }) => name)).toEqual(['A', 'B']);
    expect([tasks.map(({ name }) => name), schedules.map(({ cron }) => cron)]).toEqual([
      ['poll'],
      ['*/5 * * * *'],
    ]);
  });

  test.each<[string, object, RegExp]>([
    ['nobody who may send', {}, /who may send is missing/],
    ['access beside a provider', { provider: 'github', secret: 'A', access: 'public' }, /one of the two/],
    ['a handler that is none', { access: 'public', on: { push: 'x' } }, /"push" must be a function/],
    [
      'a schedule that never comes',
      { access: 'public', schedules: { a: { cron: '0 0 31 2 *', run: () => 1 } } },
      /"a" needs cron/,
    ],
    ['a misspelt option', { access: 'public', provder: 'github' }, /provder/],
  ])('refuses %s', (_what, options, issue) => {
    expect(() => mountOf(options)).toThrow(issue);
  });

  test('is not what other plugins are written in, and one plugin has one key', () => {
    const source = { folder: '/', manifest: {} };
    const table = (module: string) => eventRoutes({ author: 'acme', module, access: 'public' });
    expect(eventRoutesDialect.recognise({ ...source, module: { routes: {} } })).toBeUndefined();
    expect(eventRoutesDialect.recognise(source)).toBeUndefined();
    expect(() =>
      eventRoutesDialect.recognise({ ...source, module: { a: table('a'), b: table('b') } }),
    ).toThrow(/a, b/);
    expect(() => eventRoutesDialect.recognise({ ...source, module: { a: table('9') } })).toThrow(
      /author and module/,
    );
  });
});
