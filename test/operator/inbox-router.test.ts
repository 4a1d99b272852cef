import { KEY, startInboxHost, type InboxHost } from './inbox-host';
import { TOKEN } from './operator-host';

let host: InboxHost;
beforeEach(async () => {
  host = await startInboxHost();
});
afterEach(() => host.close());

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }> {
  const response = await fetch(`${host.operator.url}/api/operator/inbox/${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

test('lists are pages, filtered by the query', async () => {
  for (let number = 0; number < 3; number += 1) await host.deliver(`push ${number}`, { ip: '10.0.0.1' });
  await host.deliver('bad push');
  await host.enqueue({ id: 1 });
  await host.reached('dead', 1);
  const first = await call('GET', 'receipts?ip=10.0.0.1&limit=2');
  expect(first).toMatchObject({ status: 200, body: { items: [{ bodyBytes: 6 }, {}] } });
  const second = await call('GET', `receipts?ip=10.0.0.1&limit=2&after=${first.body.next}`);
  expect(second.body.items).toHaveLength(1);
  expect(second.body).not.toHaveProperty('next');
  expect((await call('GET', 'jobs?states=dead,poisoned')).body.items).toMatchObject([{ state: 'dead' }]);
  expect((await call('GET', `attempts?plugin=${KEY}&text=said%20no`)).body.items).toHaveLength(3);
  expect((await call('GET', `jobs?since=${Date.now() + 60_000}`)).body.items).toEqual([]);
  expect((await call('GET', 'counts')).body.counts).toHaveLength(2);
  expect((await call('GET', 'nodes')).body.nodes).toMatchObject([{ id: 'host-1' }]);
});

test('one receipt and one job are shown whole', async () => {
  const receiptId = await host.deliver('bad', { headers: ['Authorization', 'Bearer sesame'] });
  await host.reached('dead', 1);
  const receipt = await call('GET', `receipts/${receiptId}`);
  expect(receipt.body).toMatchObject({ headers: [['Authorization', '••••••']], body: { text: 'bad' } });
  const job = await call('GET', `jobs/${receipt.body.jobs[0].id}`);
  expect(job.body).toMatchObject({ receiptId, attempts: [{}, {}, {}] });
  expect(await call('GET', `jobs/${receiptId}`)).toMatchObject({
    status: 404,
    body: { code: 'inbox/not-found' },
  });
});

test('a change is told beforehand how much it is about, and then made in steps', async () => {
  await Promise.all(Array.from({ length: 250 }, () => host.enqueue({ id: 'bad' })));
  await host.reached('dead', 250);
  host.mend();
  const filter = { plugin: KEY };
  expect((await call('POST', 'jobs/retry', { filter, dryRun: true })).body).toEqual({ count: 250 });
  const first = await call('POST', 'jobs/retry', { filter });
  expect(first.body).toEqual({ looked: 200, changed: 200, next: expect.any(String) });
  const second = await call('POST', 'jobs/retry', { filter, after: first.body.next });
  expect(second.body).toEqual({ looked: 50, changed: 50 });
  await host.reached('succeeded', 250);
});

test('every verb does what it says', async () => {
  const receiptId = await host.deliver('push');
  await host.reached('succeeded', 1);
  expect((await call('POST', 'receipts/replay', { ids: [receiptId] })).body).toMatchObject({ changed: 1 });
  await host.reached('succeeded', 2);
  const later = await host.enqueue({ id: 1 }, { runAt: Date.now() + 3_600_000 });
  expect((await call('POST', 'jobs/cancel', { ids: [later] })).body).toMatchObject({ changed: 1 });
  expect((await call('POST', 'jobs/drop', { ids: [later] })).body).toMatchObject({ changed: 1 });
  expect((await call('POST', 'receipts/purge', { filter: {} })).body).toMatchObject({ changed: 1 });
  expect((await call('GET', 'jobs')).body.items).toEqual([]);
});

test('pausing and resuming', async () => {
  await host.enqueue({ id: 1 });
  await host.reached('succeeded', 1);
  const target = { plugin: KEY, name: 'work', lane: 'a' };
  expect((await call('POST', 'pause', { ...target, reason: 'why not' })).body).toEqual({ changed: true });
  expect((await call('GET', 'pauses')).body.pauses).toMatchObject([{ ...target, reason: 'why not' }]);
  expect((await call('POST', 'resume', target)).body).toEqual({ changed: true });
  expect((await call('POST', 'resume', target)).body).toEqual({ changed: false });
});

test('what is exported can be imported again, where nothing of it is doubled', async () => {
  await host.enqueue({ id: 1 }, { runAt: Date.now() + 3_600_000 });
  const { jobs } = (await call('GET', 'export?states=ready,later')).body;
  expect(jobs).toMatchObject([{ format: 'gatehouse-job-1', payload: '{"id":1}' }]);
  expect((await call('POST', 'import', { jobs })).body).toEqual({ imported: 1, duplicates: 0 });
  expect((await call('POST', 'import', { jobs })).body).toEqual({ imported: 0, duplicates: 1 });
});

const refused: [string, string, unknown][] = [
  ['GET', 'jobs?stats=dead', undefined],
  ['GET', 'jobs?states=broken', undefined],
  ['GET', 'jobs?limit=1000', undefined],
  ['GET', 'jobs?since=yesterday', undefined],
  ['GET', 'jobs?plugin=a&plugin=b', undefined],
  ['POST', 'jobs/drop', {}],
  ['POST', 'jobs/drop', { ids: [] }],
  ['POST', 'jobs/drop', { ids: [7] }],
  ['POST', 'jobs/drop', { ids: ['x'], filter: {} }],
  ['POST', 'jobs/drop', { filter: { stats: ['dead'] } }],
  ['POST', 'jobs/drop', { filter: { limit: 5 } }],
  ['POST', 'receipts/purge', []],
  ['POST', 'pause', { name: 'work' }],
  ['POST', 'import', { job: [] }],
];
test.each(refused)('%s %s %j is refused, and changes nothing', async (method, path, body) => {
  await host.enqueue({ id: 'bad' });
  await host.reached('dead', 1);
  expect(await call(method, path, body)).toMatchObject({ status: 400, body: { code: 'inbox/bad-request' } });
  expect((await call('GET', 'jobs')).body.items).toHaveLength(1);
});

test('verbs are not mistaken for one another', async () => {
  for (const [method, path] of [
    ['GET', 'jobs/drop'],
    ['POST', 'jobs/purge'],
    ['POST', 'receipts/retry'],
    ['DELETE', 'jobs'],
  ] as const)
    expect(
      (
        await fetch(`${host.operator.url}/api/operator/inbox/${path}`, {
          method,
          headers: { authorization: `Bearer ${TOKEN}` },
        })
      ).status,
    ).toBe(404);
});
