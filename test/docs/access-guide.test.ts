import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startHost, type TestHost } from '../../src/testing';
import { pluginFolder } from '../support/plugin-folder';

const guide = readFileSync(path.resolve(__dirname, '../../docs/guide/access.md'), 'utf8');
const [, snippet = ''] = /^```ts row\n([^]*?)^```$/m.exec(guide) ?? [];

const SECRET = 'the secret of a meter';
const mac = (hash: string, text: string) => createHmac(hash, SECRET).update(text);
let host: TestHost;
beforeAll(async () => {
  host = await startHost({
    plugins: pluginFolder({ 'index.ts': snippet }),
    secrets: { 'acme.meter': { METER_SECRET: SECRET } },
  });
});
afterAll(() => host.stop());

const ask = async (at: string, headers: Record<string, string>, body: string) => {
  const all = { 'content-type': 'application/json', ...headers };
  const answer = await fetch(host.urlOf('acme.meter', at), { method: 'POST', headers: all, body });
  return { status: answer.status, body: answer.status === 200 ? await answer.json() : undefined };
};
const body = '{"reading":{"id":"r-7","litres":3}}';
const meter = (now: number) => ({
  'X-Meter-Time': String(now),
  'X-Meter-Event': 'reading.taken',
  'X-Meter-Signature': `v1=${mac('sha256', `v1:${now}:${body}`).digest('hex')}`,
});
const gauge = (nowS: number) => ({
  'X-Gauge-Time': String(nowS),
  'X-Gauge-Signature': `sha512=${mac('sha512', `${nowS}.${body}`).digest('base64')}`,
});

test('the row of the guide lets in what it describes, and tells of the delivery and the event', async () => {
  expect(await ask('/meter', meter(Date.now()), body)).toMatchObject({
    status: 200,
    body: { scheme: 'acme-meter', bodySigned: true, event: 'reading.taken', deliveryId: 'r-7' },
  });
});

test('hmac(…) with all of its options and sharedSecret(…) let in what they describe', async () => {
  const answer = await ask('/gauge', gauge(Math.floor(Date.now() / 1_000)), body);
  expect(answer).toMatchObject({ status: 200, body: { scheme: 'hmac:x-gauge-signature' } });
  expect(await ask('/valve', { 'X-Valve-Key': SECRET }, body)).toMatchObject({ status: 200 });
});

test.each([
  ['/meter', 'unsigned', {}],
  ['/meter', 'too old', meter(Date.now() - 301_000)],
  ['/meter', 'too early', meter(Date.now() + 90_000)],
  [
    '/meter',
    'without its prefix',
    { ...meter(Date.now()), 'X-Meter-Signature': mac('sha256', body).digest('hex') },
  ],
  ['/gauge', 'unsigned', {}],
  ['/gauge', 'too old', gauge(Math.floor(Date.now() / 1_000) - 301)],
  ['/valve', 'unsigned', {}],
  ['/valve', 'with another secret', { 'X-Valve-Key': `${SECRET}s` }],
])('%s, %s, is refused', async (at, _how, headers) => {
  expect((await ask(at, headers as Record<string, string>, body)).status).toBe(401);
});

test('a row that contradicts itself fails the load with every reason', async () => {
  const wrong = snippet
    .replace(
      "signed: [{ literal: 'v1:' }, 'timestamp', { literal: ':' }, 'body']",
      "signed: [{ literal: 'v1:' }]",
    )
    .replace("key: { encoding: 'utf8' }", "key: { encoding: 'pem' }");
  await expect(startHost({ plugins: pluginFolder({ 'index.ts': wrong }) })).rejects.toMatchObject({
    code: 'testing/plugin-failed',
    message: expect.stringMatching(/key\.encoding must be one of[^]*time[^]*body/),
  });
});

test('the table names every member of a row', () => {
  const type = readFileSync(path.resolve(__dirname, '../../src/core/signature-row.ts'), 'utf8');
  const [, shape = ''] = /^export interface SignatureRow \{\n([^]*?)^\}/m.exec(type) ?? [];
  const members = [...shape.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name);
  const [, table = ''] = /^\| member \|[^\n]*\n([^]*?)\n\n/m.exec(guide) ?? [];
  expect(members.length).toBeGreaterThan(15);
  expect(members.filter((name) => !new RegExp(`\`${name}[.\`]`).test(table))).toEqual([]);
});
