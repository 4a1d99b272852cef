import { KEY, startInboxHost, type InboxHost } from './inbox-host';
import { jobSteps } from '../../src/operator/job-lines';
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

test('what nobody works any more is listed with its reason, and dropped as one', async () => {
  await host.enqueue({ id: 1 }, { runAt: Date.now() + 3_600_000 });
  await host.deliver('push');
  await host.reached('succeeded', 1);
  expect((await call('GET', 'jobs?orphaned=true')).body.items).toEqual([]);
  host.unmount();
  const { items } = (await call('GET', 'jobs?orphaned=true')).body;
  expect(items).toMatchObject([{ name: 'work', state: 'later', orphan: 'plugin absent' }]);
  expect((await call('GET', 'receipts?orphaned=true')).body.items).toMatchObject([
    { name: 'POST /github', orphan: 'plugin absent' },
  ]);
  expect((await call('GET', 'counts')).body.counts).toMatchObject([
    { orphan: 'plugin absent' },
    { orphan: 'plugin absent' },
  ]);
  const filter = { orphaned: true, states: ['later'] };
  expect((await call('POST', 'jobs/drop', { filter })).body).toMatchObject({ changed: 1 });
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

describe('an import', () => {
  const linesOf = (jobs: readonly unknown[]) => jobs.map((job) => `${JSON.stringify(job)}\n`).join('');
  async function exported(): Promise<any[]> {
    await host.enqueue({ id: 1 }, { runAt: Date.now() + 3_600_000 });
    return (await call('GET', 'export?states=ready,later')).body.jobs;
  }
  async function send(body: string | ReadableStream) {
    const response = await fetch(`${host.operator.url}/api/operator/inbox/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson; charset=utf-8' },
      body,
      duplex: 'half',
    } as RequestInit);
    return { status: response.status, body: (await response.json()) as any };
  }
  /** The same job under other names, so many times. */
  const copies = (job: any, many: number) =>
    Array.from({ length: many }, (_, index) => ({
      ...job,
      id: `${index + 1_000}${job.id.slice(job.id.search(/\D/))}`,
    }));

  test('takes what was exported, line by line, and doubles nothing of it', async () => {
    const jobs = await exported();
    expect(jobs).toMatchObject([{ format: 'gatehouse-job-1', payload: '{"id":1}' }]);
    expect((await send(linesOf(jobs))).body).toEqual({ imported: 1, duplicates: 0 });
    expect((await send(`\r\n\n${JSON.stringify(jobs[0])}`)).body).toEqual({ imported: 0, duplicates: 1 });
    expect((await send('')).body).toEqual({ imported: 0, duplicates: 0 });
  });

  test('is stored while it arrives: however long it is, little of it waits', async () => {
    const [job] = await exported();
    let isGoing!: () => void;
    const going = new Promise<void>((resolve) => (isGoing = resolve));
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(Buffer.from(linesOf(copies(job, 250))));
        await going;
        controller.enqueue(Buffer.from(linesOf([job])));
        controller.close();
      },
    });
    const answer = send(body);
    await host.reached('later', 201);
    isGoing();
    expect((await answer).body).toEqual({ imported: 251, duplicates: 0 });
  });

  test('that goes wrong says where, keeps what came before, and may be made again', async () => {
    const [job] = await exported();
    const good = copies(job, 250);
    const torn = await send(`${linesOf(good)}{"torn`);
    expect(torn).toMatchObject({ status: 400, body: { code: 'inbox/bad-request' } });
    expect(torn.body.detail).toContain('line 251 is not JSON');
    const other = await send(linesOf([...good, { some: 'thing' }, ...good]));
    expect(other.body.detail).toContain('entry 51 of the import is not of format');
    expect(other.body.detail).toContain('counted from line 201');
    expect((await send(linesOf(good))).body).toEqual({ imported: 50, duplicates: 200 });
  });

  test('is JSON lines and nothing else', async () => {
    const jobs = await exported();
    expect(await call('POST', 'import', { jobs })).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('application/x-ndjson') },
    });
  });

  test('with a line that no job fills is refused before it is whole', async () => {
    const piece = Buffer.alloc(2 ** 20, 'x');
    let given = 0;
    async function* endless() {
      for (;;) {
        given += 1;
        yield piece;
      }
    }
    await expect(jobSteps(endless()).next()).rejects.toThrow('a line is longer than');
    expect(given).toBe(145);
  });
});

const refused: [string, string, unknown][] = [
  ['GET', 'jobs?stats=dead', undefined],
  ['GET', 'jobs?states=broken', undefined],
  ['GET', 'jobs?orphaned=false', undefined],
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
