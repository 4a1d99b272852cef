import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startHost, testChannel, type TestHost } from '../../src/testing';
import { pluginFolder } from '../support/plugin-folder';

const guide = readFileSync(path.resolve(__dirname, '../../docs/guide/services.md'), 'utf8');
const blocks = [...guide.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, text = '']) => text);

const channel = testChannel();
let host: TestHost;
beforeAll(async () => {
  const folder = pluginFolder({
    'index.ts': blocks.join('\n'),
    'migrations/001-visits.sql': 'CREATE TABLE visit (page text NOT NULL, at bigint NOT NULL);',
  });
  host = await startHost({ plugins: folder, channel, settings: { agent: { foldMs: 100 } } });
});
afterAll(() => host.stop());

const until = async (isSo: () => boolean) => {
  const end = Date.now() + 15_000;
  while (!isSo() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
};
const ask = async (method: string, at: string, body?: unknown) => {
  const isText = typeof body === 'string';
  const response = await fetch(host.urlOf('guide.services', at), {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': isText ? 'text/plain' : 'application/json' },
      body: isText ? body : JSON.stringify(body),
    }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
};

test('documents: created once, queried in pages, changed only by who has seen the present version', async () => {
  for (const [id, amount] of Object.entries({ a: 5, b: 20, c: 10 }))
    expect(await ask('POST', '/orders', { id, item: 'tea', amount })).toEqual({
      status: 201,
      body: { id, version: 1 },
    });
  expect((await ask('POST', '/orders', { id: 'a', item: 'tea', amount: 1 })).status).toBe(409);
  const first = (await ask('GET', '/orders?over=1')).body;
  expect(first.orders.map(({ id }: { id: string }) => id)).toEqual(['b', 'c']);
  const second = (await ask('GET', `/orders?over=1&cursor=${encodeURIComponent(first.cursor)}`)).body;
  expect(second).toMatchObject({ orders: [{ id: 'a' }] });
  expect(await ask('PUT', '/orders/a', { amount: 6, version: 1 })).toMatchObject({
    body: { version: 2, amount: 6 },
  });
  expect((await ask('PUT', '/orders/a', { amount: 7, version: 1 })).status).toBe(409);
});

test('a job writes and tells with its success, and whoever listens is run', async () => {
  await ask('POST', '/orders/b/invoice');
  await host.idle();
  expect((await ask('GET', '/told')).body).toEqual([{ id: 'b', type: 'invoice.written' }]);
});

test('values are made once, and forgotten when their time is over', async () => {
  const all = await Promise.all([1, 2, 3].map(() => ask('GET', '/rates')));
  expect(all.map(({ body }) => body)).toEqual([{ asked: 1 }, { asked: 1 }, { asked: 1 }]);
  expect((await ask('POST', '/seen/evt_1')).body).toEqual({ status: 'processed' });
  expect((await ask('POST', '/seen/evt_1')).body).toEqual({ status: 'already processed' });
});

test('its own database is migrated before it starts', async () => {
  expect((await ask('POST', '/visits/home')).body).toEqual({ count: 1 });
  expect((await ask('POST', '/visits/home')).body).toEqual({ count: 2 });
});

test('a tool is called by its name, its input checked', async () => {
  expect(await ask('GET', '/state/c')).toEqual({ status: 200, body: { id: 'c', open: true } });
  expect((await ask('GET', '/state/nothing')).status).toBe(404);
});

test('chats are told, and a user where he is', async () => {
  expect((await ask('POST', '/alert', 'The disk is full.')).status).toBe(202);
  expect(channel.messages.map(({ chatKey, text }) => [chatKey, text])).toEqual([
    ['console-alerts', 'The disk is full.'],
    ['console-user-ada', 'There is an alert.'],
  ]);
});

test('a run is stored; without a model its prompt is delivered, what came from elsewhere fenced', async () => {
  expect(await ask('POST', '/triage', 'My tea is late.')).toMatchObject({
    status: 200,
    body: { state: 'queued' },
  });
  // What comes in a burst is one run: it waits a while for more.
  await until(() => channel.messages.some(({ chatKey }) => chatKey === 'console-triage'));
  expect(channel.messages.at(-1)?.text).toMatch(
    /which order it concerns\..*<<<[0-9a-f]{32} mail\nMy tea is late\./s,
  );
});

test('a secret that is the plugin’s to write is written by it', async () => {
  expect((await ask('POST', '/connect', 'a token')).body).toEqual({ connected: true, region: 'none' });
});
