import { signRequest } from '../../src/signatures/sign-request';
import { signatureRow } from '../../src/signatures/signature-rows';
import { AT, OTHER } from '../signatures/doctor-under-test';
import { startOperatorHost, TOKEN } from './operator-host';
import { KEY, startQuarantineHost, type QuarantineHost } from './quarantine-host';

const SECRET = 'correct-horse-battery-staple';
const BODY = '{"id": 7}';
let host: QuarantineHost;
beforeEach(async () => {
  const { headers } = signRequest(signatureRow('github'), { secret: SECRET, body: BODY, at: AT });
  host = await startQuarantineHost({ headers, body: BODY });
  await host.under.give(OTHER, 'SHOP', SECRET);
});
afterEach(() => host.close());

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }> {
  const response = await fetch(`${host.operator.url}/api/operator/${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}
const idsIn = ({ body }: { body: any }) => body.items.map(({ id }: { id: string }) => id);

test('lists are pages, filtered by the query', async () => {
  const [first, second, third] = host.ids;
  const page = await call('GET', 'quarantine?limit=2');
  expect(idsIn(page)).toEqual([third, second]);
  expect(idsIn(await call('GET', `quarantine?limit=2&after=${page.body.next}`))).toEqual([first]);
  expect(idsIn(await call('GET', `quarantine?plugin=${KEY}&reason=bad_signature`))).toEqual([third]);
  expect(idsIn(await call('GET', `quarantine?since=${AT + 1}&until=${AT + 2}`))).toEqual([second]);
  expect((await call('GET', 'quarantine?name=POST%20/hook&ip=10.0.0.2')).body.items).toEqual([]);
});

test('one is shown as it came, its raw bytes as base64, its credentials masked', async () => {
  const { body } = await call('GET', `quarantine/${host.ids[1]}`);
  expect(body).toMatchObject({
    target: '/hook?token=***',
    headers: [['Authorization', '••••••']],
    body: Buffer.from('\u001b[31mforged').toString('base64'),
  });
  expect(await call('GET', 'quarantine/1-AAAAAAAAAAAAAAAA')).toMatchObject({
    status: 404,
    body: { code: 'inbox/not-found' },
  });
});

test('they are counted, and removed', async () => {
  expect((await call('GET', `quarantine/counts?plugin=${KEY}`)).body).toMatchObject({
    counts: [
      { reason: 'bad_signature', count: 1 },
      { reason: 'missing_signature', count: 2, latestId: host.ids[1] },
    ],
    dropped: 0,
  });
  const one = await call('POST', 'quarantine/purge', { ids: [host.ids[0]] });
  expect(one.body).toMatchObject({ looked: 1, changed: 1 });
  const filtered = await call('POST', 'quarantine/purge', { filter: { reason: 'missing_signature' } });
  expect(filtered.body).toMatchObject({ changed: 1 });
  expect((await call('POST', 'quarantine/purge', { filter: {} })).body).toMatchObject({ changed: 1 });
  expect((await call('GET', 'quarantine')).body.items).toEqual([]);
});

test('the doctor says what would have passed, and no secret', async () => {
  const { status, body } = await call('GET', `doctor/${host.ids[2]}`);
  expect([status, body]).toMatchObject([
    200,
    { plugin: KEY, reason: 'bad_signature', wouldPass: [{ secret: { plugin: OTHER, name: 'SHOP' } }] },
  ]);
  expect(JSON.stringify(body)).not.toContain(SECRET);
  const { refusals } = (await call('GET', `doctor?plugin=${KEY}`)).body;
  expect(refusals).toMatchObject([{ latestId: host.ids[2], count: 3 }]);
  expect((await call('GET', 'doctor?plugin=acme.none')).body).toEqual({ refusals: [], more: 0 });
  expect((await call('GET', 'doctor/nonsense')).status).toBe(404);
});

test.each([
  ['GET', 'quarantine?stats=1', undefined],
  ['GET', 'quarantine?reason=bogus', undefined],
  ['POST', 'quarantine/purge', { filter: { reason: 'bogus' } }],
  ['GET', 'quarantine?limit=1000', undefined],
  ['GET', 'quarantine?since=yesterday', undefined],
  ['GET', 'quarantine/counts?limit=1', undefined],
  ['GET', 'doctor?plugin=a&plugin=b', undefined],
  ['POST', 'quarantine/purge', {}],
  ['POST', 'quarantine/purge', []],
  ['POST', 'quarantine/purge', { ids: [] }],
  ['POST', 'quarantine/purge', { ids: [7] }],
  ['POST', 'quarantine/purge', { ids: Array.from({ length: 201 }, String) }],
  ['POST', 'quarantine/purge', { ids: ['x'], filter: {} }],
  ['POST', 'quarantine/purge', { filter: {}, after: 7 }],
  ['POST', 'quarantine/purge', { filter: {}, plugin: 'acme.ci' }],
  ['POST', 'quarantine/purge', { filter: { reson: 'bad_signature' } }],
])('%s %s %j is refused, and removes nothing', async (method, path, body) => {
  expect(await call(method, path, body)).toMatchObject({ status: 400, body: { code: 'inbox/bad-request' } });
  expect((await call('GET', 'quarantine')).body.items).toHaveLength(3);
});

test('a host that stores nothing has neither', async () => {
  const bare = await startOperatorHost();
  for (const path of ['quarantine', 'quarantine/counts', 'doctor', `doctor/${host.ids[0]}`]) {
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await fetch(`${bare.url}/api/operator/${path}`, { headers })).status).toBe(503);
    expect((await fetch(`${bare.url}/api/operator/${path}`)).status).toBe(401);
  }
  await bare.close();
});
