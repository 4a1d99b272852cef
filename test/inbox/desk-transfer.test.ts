import type { ExportedJob, InboxDesk } from '../../src/core/ports/inbox-desk';
import { createDesk } from '../../src/inbox/desk';
import type { Store } from '../../src/inbox/store';
import { createSealer } from '../../src/state/sealer';
import { eachStore } from './each-store';
import { count, draftOf, engineOn, hook, task, until, type EngineUnderTest } from './engine-under-test';

const KEY = 'acme.ci';
const codeOf = (code: string) => expect.objectContaining({ code });

eachStore('export and import', (open) => {
  let here: Store;
  let there: Store;
  let engine: EngineUnderTest;
  let other: EngineUnderTest;
  let seen: unknown[] = [];
  const github = hook('/github', (exchange) => {
    seen.push([exchange.url, exchange.headers.get('authorization'), exchange.raw.length, exchange.receiptId]);
  });
  const work = task('work', (payload) => void seen.push(payload));

  beforeEach(async () => {
    [here, there] = [await open(), await open()];
    engine = engineOn(here);
    other = engineOn(there);
    seen = [];
    engine.put(KEY, [github, work]);
    // Not started: what is stored is not worked.
  });
  afterEach(async () => {
    await Promise.all([engine.stop(1_000), other.stop(1_000)]);
  });

  const tasks = () => engine.inbox.tasksOf(draftOf(KEY, github).plugin);
  const accept = (to: EngineUnderTest, size: number, key: string) =>
    to.inbox.accept(
      draftOf(KEY, github, {
        lane: 'main',
        dedupe: { key, windowMs: 3_600_000 },
        request: {
          target: '/api/plugin/acme.ci/github?token=sesame',
          headers: ['Authorization', 'Bearer sesame', 'X-Event', 'push'],
          body: Buffer.alloc(size, 'x'),
        },
      }),
    );
  /** As it goes through a file. */
  async function exportAll(desk: InboxDesk): Promise<ExportedJob[]> {
    const lines: string[] = [];
    let after: string | undefined;
    do {
      const page = await desk.export({}, after);
      lines.push(...page.jobs.map((job) => JSON.stringify(job)));
      after = page.next;
    } while (after !== undefined);
    return lines.map((line) => JSON.parse(line) as ExportedJob);
  }

  test('carry everything a job needs to another store, credentials sealed, and leave it where it was', async () => {
    const first = await accept(engine, 10, 'one');
    await accept(engine, 600_000, 'two');
    await tasks().enqueue('work', { id: 7 }, { priority: 5 });
    await tasks().enqueue('work', { id: 8 }, { runAt: Date.now() + 3_600_000 });
    const jobs = await exportAll(engine.desk);
    expect(jobs).toHaveLength(4);
    expect(JSON.stringify(jobs)).not.toContain('sesame');
    expect(await count(here, 'ready')).toBe(3);

    expect(await other.desk.import(jobs)).toEqual({ imported: 4, duplicates: 0 });
    expect(await other.desk.import(jobs)).toEqual({ imported: 0, duplicates: 4 });
    expect(await accept(other, 10, 'one')).toMatchObject({ kind: 'duplicate' });
    other.put(KEY, [github, work]);
    await other.start();
    await until('all work', async () => (await count(there, 'succeeded')) === 3);
    expect(seen).toContainEqual({ id: 7 });
    const delivered = seen.filter((entry): entry is unknown[] => Array.isArray(entry));
    expect(delivered.map(([url, authorization, bytes]) => [url, authorization, bytes])).toEqual([
      ['/api/plugin/acme.ci/github?token=sesame', 'Bearer sesame', 10],
      ['/api/plugin/acme.ci/github?token=sesame', 'Bearer sesame', 600_000],
    ]);
    expect(delivered.map(([, , , receiptId]) => receiptId)).not.toContain(first.receiptId);
    expect((await other.desk.jobs({ states: ['later'] })).items).toHaveLength(1);
  });

  test('in many pages lose nothing and double nothing', async () => {
    await Promise.all(Array.from({ length: 450 }, (_, id) => tasks().enqueue('work', { id })));
    const jobs = await exportAll(engine.desk);
    expect(new Set(jobs.map(({ payload }) => payload)).size).toBe(450);
    expect(jobs).toHaveLength(450);
  });

  test('do not work again what the sender sent to both places', async () => {
    await accept(engine, 10, 'one');
    const jobs = await exportAll(engine.desk);
    await accept(other, 10, 'one');
    expect(await other.desk.import(jobs)).toEqual({ imported: 0, duplicates: 1 });
    expect(await count(there, 'ready')).toBe(1);
  });

  test('of an import that stopped half-way: made again it brings the rest', async () => {
    await accept(engine, 10, 'one');
    await tasks().enqueue('work', { id: 7 });
    const jobs = await exportAll(engine.desk);
    let commits = 0;
    const desk = createDesk({
      store: there,
      orphanOf: () => undefined,
      sealer: createSealer({ id: 'test', bytes: Buffer.alloc(32, 7), file: undefined, made: false }),
      commit: async (unit) => {
        commits += 1;
        if (commits === 2) throw new Error('the power went out');
        const empty = { accepts: [], enqueues: [], answers: [], settles: [], extensions: [], commands: [] };
        return there.commit({ ...empty, ...unit, claim: undefined });
      },
    });
    await expect(desk.import(jobs)).rejects.toMatchObject({
      code: 'inbox/unavailable',
      cause: { message: 'the power went out' },
    });
    expect(await count(there, 'ready')).toBe(0);
    expect(await other.desk.import(jobs)).toEqual({ imported: 2, duplicates: 0 });
    expect((await other.desk.receipts({})).items).toHaveLength(1);
  });

  test('need the same master key where credentials are sealed', async () => {
    await accept(engine, 10, 'one');
    const jobs = await exportAll(engine.desk);
    const key = { id: 'test', bytes: Buffer.alloc(32, 8), file: undefined, made: false };
    const desk = createDesk({
      store: there,
      orphanOf: () => undefined,
      sealer: createSealer(key),
      commit: () => Promise.reject(new Error()),
    });
    await expect(desk.import(jobs)).rejects.toEqual(codeOf('host/cannot-unseal'));
    expect(await count(there, 'ready')).toBe(0);
  });

  test('refuse what is no export, naming the entry, before anything is stored', async () => {
    await tasks().enqueue('work', { id: 7 });
    await accept(engine, 10, 'one');
    const [good, delivery] = (await exportAll(engine.desk)) as [ExportedJob, ExportedJob];
    const wrong: unknown[] = [
      undefined,
      'text',
      [],
      {},
      { ...good, format: 'gatehouse-job-2' },
      { ...good, id: 'x' },
      { ...good, plugin: '' },
      { ...good, kind: 'schedule' },
      { ...good, runAt: -1 },
      { ...good, runAt: '1' },
      { ...good, priority: 101 },
      { ...good, lane: 7 },
      { ...good, payload: '{' },
      { ...good, receipt: 'x' },
      { ...delivery, receipt: { ...delivery.receipt, meta: undefined } },
      { ...delivery, receipt: { ...delivery.receipt, meta: '{}' } },
      { ...delivery, receipt: { ...delivery.receipt, body: 7 } },
    ];
    for (const entry of wrong)
      await expect(engine.desk.import([good, entry as ExportedJob])).rejects.toEqual(
        codeOf('inbox/bad-request'),
      );
    expect(await count(here, 'ready')).toBe(2);
    await expect(engine.desk.export({ states: ['succeeded'] })).rejects.toEqual(codeOf('inbox/bad-request'));
  });
});
