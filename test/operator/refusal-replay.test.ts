import { createHmac } from 'node:crypto';
import { fakeClock, type FakeClock } from '../../src/testing';
import { run } from '../cli/command-line';
import { startHostUnderTest, TOKEN, type HostUnderTest } from '../support/running-host';

const SOURCE = `
  import { Plugin } from 'gatehouse';
  import express from 'express';
  export const plugin = new Plugin({ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: 'd' });
  export const seen = [];
  for (const [path, signature] of [['/github', 'github'], ['/slack', 'slack']])
    plugin.endpoint(
      { method: 'POST', path, access: { signature, secret: 'SECRET' }, answer: 'accept' },
      (exchange) => { seen.push({ path, body: exchange.json(), names: Object.keys(exchange.headers.all ?? {}), ticket: exchange.headers.get('x-gatehouse-replay') ?? 'none' }); },
    );
  plugin.mountRouter(() => {
    const router = express.Router();
    router.post('/', (req, res) => res.json({ ticket: req.headers['x-gatehouse-replay'] ?? 'none' }));
    return router;
  }, { path: '/router', access: { signature: 'github', secret: 'SECRET' } });
  plugin.get('/seen', () => seen);
`;
const RIGHT = 'the-one-that-the-sender-has';

let host: HostUnderTest;
let clock: FakeClock;
beforeEach(async () => {
  clock = fakeClock();
  host = await startHostUnderTest({ 'ci/index.ts': SOURCE }, { clock });
  await setSecret('another-one-altogether');
});
afterEach(() => host.close());

const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
async function operator(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: any }> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${host.url}/api/operator/${path}`, { method, headers, ...sent });
  return { status: response.status, body: await response.json() };
}
const setSecret = (value: string) => operator('PUT', 'secrets/acme.ci/SECRET', { value });
const urlOf = (path: string) => `${host.url}/api/plugin/acme.ci${path}`;
const seen = async () => (await (await fetch(urlOf('/seen'))).json()) as any[];
/** They are kept in the background. */
async function refusals(): Promise<any[]> {
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    const { items } = (await operator('GET', 'quarantine')).body;
    if (items.length > 0) return items;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('nothing was kept');
}

function postGithub(path = '/github', extra: Record<string, string> = {}): Promise<Response> {
  const body = '{"ref":"main"}';
  const signature = `sha256=${createHmac('sha256', RIGHT).update(body).digest('hex')}`;
  const sent = { 'content-type': 'application/json', 'x-hub-signature-256': signature, ...extra };
  return fetch(urlOf(path), { method: 'POST', headers: sent, body });
}

test('a refused request passes once its secret is right, is delivered, and leaves the quarantine', async () => {
  expect((await postGithub()).status).toBe(401);
  const [{ id }] = await refusals();
  expect((await operator('POST', `quarantine/${id}/replay`)).body).toMatchObject({ status: 401 });
  expect(await refusals()).toHaveLength(1);
  await setSecret(RIGHT);
  const replayed = await operator('POST', `quarantine/${id}/replay`);
  expect(replayed).toMatchObject({ status: 200, body: { status: 202, receiptId: expect.any(String) } });
  await host.idle();
  expect(await seen()).toEqual([
    expect.objectContaining({ path: '/github', body: { ref: 'main' }, ticket: 'none' }),
  ]);
  expect((await operator('GET', 'quarantine')).body.items).toEqual([]);
  expect(
    (await operator('GET', `inbox/receipts/${replayed.body.receiptId}`)).body.headers.flat(),
  ).not.toContain('x-gatehouse-replay');
});

test('the command line replays one, and ends with 1 where it is refused again', async () => {
  await postGithub();
  const [{ id }] = await refusals();
  const connection = ['--url', host.url, '--token', TOKEN];
  const again = await run(['doctor', id, '--replay', ...connection]);
  expect([again.exitCode, again.out]).toEqual([1, expect.stringMatching(/^answered 401\n/)]);
  await setSecret(RIGHT);
  const passed = await run(['doctor', id, '--replay', ...connection]);
  expect([passed.exitCode, passed.out]).toEqual([
    0,
    expect.stringMatching(/^answered 202, stored as \S+\n$/),
  ]);
});

test('a signature that holds for minutes is judged as of when the request came', async () => {
  const body = '{"type":"event_callback"}';
  const at = Math.floor(clock.now() / 1_000);
  const signature = `v0=${createHmac('sha256', RIGHT).update(`v0:${at}:${body}`).digest('hex')}`;
  const sent = {
    'content-type': 'application/json',
    'x-slack-request-timestamp': String(at),
    'x-slack-signature': signature,
  };
  const post = () => fetch(urlOf('/slack'), { method: 'POST', headers: sent, body });
  expect((await post()).status).toBe(401);
  const [{ id }] = await refusals();
  await setSecret(RIGHT);
  // Slack's signatures hold for five minutes.
  await clock.advance(3_600_000);
  expect((await post()).status).toBe(401);
  expect((await operator('POST', `quarantine/${id}/replay`)).body).toMatchObject({ status: 200 });
  await host.idle();
  expect(await seen()).toEqual([expect.objectContaining({ path: '/slack' })]);
});

test('what was delivered meanwhile is known as a repetition', async () => {
  await postGithub('/github', { 'x-github-delivery': 'one' });
  const [{ id }] = await refusals();
  await setSecret(RIGHT);
  expect((await postGithub('/github', { 'x-github-delivery': 'one' })).status).toBe(202);
  expect((await operator('POST', `quarantine/${id}/replay`)).body).toMatchObject({ status: 202 });
  await host.idle();
  expect(await seen()).toHaveLength(1);
});

test('a Router gets it without the ticket', async () => {
  await postGithub('/router');
  const [{ id }] = await refusals();
  await setSecret(RIGHT);
  const { body } = await operator('POST', `quarantine/${id}/replay`);
  expect([body.status, JSON.parse(body.body)]).toEqual([200, { ticket: 'none' }]);
});

test('nobody else can say when a request came', async () => {
  const headersOf = { 'x-gatehouse-replay': 'x'.repeat(43) };
  expect((await postGithub('/github', headersOf)).status).toBe(401);
});

test('a receipt is no refused request, and what is not there is not found', async () => {
  await setSecret(RIGHT);
  const location = (await postGithub()).headers.get('location') ?? '';
  const id = location.split('/').at(-1);
  expect(await operator('POST', `quarantine/${id}/replay`)).toMatchObject({
    status: 409,
    body: { code: 'quarantine/not-replayable' },
  });
  expect((await operator('POST', 'quarantine/nothing/replay')).status).toBe(404);
});
