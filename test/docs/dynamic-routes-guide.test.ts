import { readFileSync } from 'node:fs';
import path from 'node:path';
import WebSocket from 'ws';
import { startHost, testChannel, type TestHost } from '../../src/testing';
import { pluginFolder } from '../support/plugin-folder';

const guide = readFileSync(path.resolve(__dirname, '../../docs/guide/dynamic-routes.md'), 'utf8');
const blocks = [...guide.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, text = '']) => text);

const channel = testChannel();
let host: TestHost;
beforeAll(async () => {
  const folder = pluginFolder({
    'index.ts': blocks.join('\n'),
    'manual.txt': 'Read me.',
    'assets/style.css': 'p { color: red }',
  });
  host = await startHost({ plugins: folder, channel, settings: { routes: { docs: 'public' } } });
});
afterAll(() => host.stop());

const ask = async (at: string, options: RequestInit & { readonly json?: unknown } = {}) => {
  const { json, ...rest } = options;
  const body =
    json === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) };
  const headers = { ...body.headers, ...(rest.headers as Record<string, string> | undefined) };
  const response = await fetch(host.urlOf('guide.shop', at), {
    redirect: 'manual',
    ...body,
    ...rest,
    headers,
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
};

test('path and query are converted and checked', async () => {
  expect(await ask('/users/7?verbose=yes&tags=a')).toMatchObject({
    status: 200,
    body: { id: 7, verbose: true, tags: ['a'] },
  });
  expect(await ask('/users/zero?verbose=perhaps')).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ['path', 'id'] }, { loc: ['query', 'verbose'] }] },
  });
});

test('a body is checked, the answer is 201 and holds what its model declares and nothing else', async () => {
  const made = await ask('/products', { json: { name: 'Lamp', price: 20 } });
  expect(made).toMatchObject({ status: 201 });
  expect(made.body).toEqual({ id: 1, name: 'Lamp', price: 20 });
  expect((await ask('/products', { json: { name: 'Lamp', price: 20 } })).status).toBe(409);
  expect((await ask('/products', { json: { name: 'Desk' } })).body.detail).toEqual([
    { loc: ['body', 'price'], msg: 'Field required', type: 'missing', at: 'body.price' },
  ]);
});

test('errors are what was thrown, an error class of its own is mapped once', async () => {
  expect(await ask('/orders', { json: { name: 'Chair', count: 1 } })).toMatchObject({
    status: 404,
    body: { detail: 'There is no such product.' },
  });
  expect(await ask('/orders', { json: { name: 'Lamp', count: 4 } })).toMatchObject({
    status: 409,
    body: { detail: { message: 'only 3 left', left: 3 } },
  });
  expect((await ask('/orders', { json: { name: 'Lamp', count: 2 } })).body).toEqual({ total: 40 });
});

test('a dependency stands for parameters that endpoints share', async () => {
  expect((await ask('/products?limit=1')).body).toEqual([{ id: 1, name: 'Lamp', price: 20 }]);
  expect((await ask('/products?skip=1')).body).toEqual([]);
  expect((await ask('/products?limit=101')).status).toBe(422);
});

test('dependencies are provided, or refuse', async () => {
  expect((await ask('/members/me')).status).toBe(401);
  expect((await ask('/members/me', { headers: { 'x-user': 'Ada' } })).body).toEqual({
    greeting: 'Hello Ada',
  });
  expect((await ask('/parcels', { json: { weight: 2 } })).status).toBe(401);
  const sent = await ask('/parcels', { json: { weight: 2 }, headers: { 'x-user': 'Ada' } });
  expect(sent.body).toEqual({ user: 'Ada', fee: 4 });
});

test('middleware puts its header on the answer', async () => {
  expect((await ask('/timed')).headers.get('x-process-time')).toMatch(/^\d+\.\d{3}$/);
});

test('a form is taken with its files, or part by part', async () => {
  const form = () => {
    const data = new FormData();
    data.append('title', 'Week');
    data.append('pages', '3');
    data.append('report', new File(['12345'], 'a.txt', { type: 'text/plain' }));
    return data;
  };
  expect((await ask('/reports', { method: 'POST', body: form() })).body).toEqual({
    title: 'Week',
    pages: 3,
    bytes: 5,
  });
  expect((await ask('/lines', { method: 'POST', body: form() })).body).toEqual({ bytes: 10 });
});

test('answers of every kind', async () => {
  const moved = await ask('/old');
  expect([moved.status, moved.headers.get('location')]).toEqual([302, 'users/1']);
  expect(await ask('/manual')).toMatchObject({ status: 200, body: 'Read me.' });
  expect(await ask('/manual', { headers: { range: 'bytes=0-3' } })).toMatchObject({
    status: 206,
    body: 'Read',
  });
  expect((await ask('/hello')).headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect((await ask('/nothing')).status).toBe(204);
  const pot = await ask('/teapot');
  expect([pot.status, pot.headers.get('x-kind'), pot.body]).toEqual([418, 'pot', { short: true }]);
  const ticks = await ask('/ticks', { headers: { 'last-event-id': '4' } });
  expect(ticks.body).toContain('id: 5\n');
  expect(ticks.body).toContain('data: {"tick":7}');
  expect(await ask('/assets/style.css')).toMatchObject({ status: 200, body: 'p { color: red }' });
});

test('a WebSocket answers', async () => {
  const socket = new WebSocket(host.urlOf('guide.shop', '/chat?name=Ada').replace('http', 'ws'));
  const heard = await new Promise<string>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => socket.send('hello'));
    socket.once('message', (data) => resolve((data as Buffer).toString()));
  });
  socket.close();
  expect(JSON.parse(heard)).toEqual({ name: 'Ada', text: 'hello' });
});

test('a message goes to a chat', async () => {
  expect((await ask('/announce', { json: { chat: 'console-x', text: 'It is ready.' } })).status).toBe(202);
  expect(JSON.stringify(channel)).toContain('It is ready.');
});

test('a Router stands beside, and all of it is described', async () => {
  expect((await ask('/clock/time')).body).toEqual({ zone: 'UTC' });
  const { body } = await ask('/openapi.json');
  const base = '/api/plugin/guide.shop';
  for (const at of ['/users/{id}', '/products', '/members/me', '/reports', '/chat', '/clock/time'])
    expect(Object.keys(body.paths)).toContain(base + at);
  expect(body.components.schemas).toHaveProperty('Product');
  expect((await ask('/docs')).status).toBe(200);
});
