import type { Job } from '../../src/core/job';
import { createDocuments } from '../../src/state/documents';
import { keyOf } from '../core/plain-mount';
import { attemptsOf, count, engineOn, gate, task, until, type EngineUnderTest } from './engine-under-test';
import { eachStore } from './each-store';

const KEY = keyOf('acme.ci');

eachStore('documents of a job', (openStore) => {
  let host: EngineUnderTest;
  beforeEach(async () => {
    host = engineOn(await openStore());
  });
  afterEach(() => host.stop(1_000));
  const committed = () => createDocuments({ database: host.database }).of(KEY);
  const work = async (run: (job: Job) => Promise<unknown>) => {
    host.put('acme.ci', [task('run', (_payload, job) => run(job))]);
    await host.start();
    await host.inbox.tasksOf(KEY).enqueue('run');
  };
  const succeeded = () => until('its success', async () => (await count(host.store, 'succeeded')) === 1);

  test('are committed with its success, those of users and chats too, and not before', async () => {
    const [written, finish] = [gate(), gate()];
    await committed().create('orders', { id: 'before', total: 1 });
    await work(async ({ store }) => {
      await store.create('orders', { id: 'a', total: 3 });
      await store.update('orders', 'before', { total: 2 });
      await store.user('ann').create('orders', { id: 'a', total: 4 });
      await store.channel('console-ci').create('orders', { id: 'a', total: 5 });
      const own = await store.query<{ total: number }>('orders', {
        order: '-total',
        where: { total: { gt: 1 } },
      });
      expect(own.documents.map(({ data }) => data.total)).toEqual([3, 2]);
      written.open();
      await finish.promise;
    });
    await written.promise;
    expect((await committed().query('orders')).documents.map(({ version }) => version)).toEqual([1]);
    expect(await committed().user('ann').get('orders', 'a')).toBeUndefined();
    finish.open();
    await succeeded();
    expect((await committed().query('orders', { order: 'total' })).documents).toMatchObject([
      { id: 'before', version: 2, data: { total: 2 } },
      { id: 'a', version: 1, data: { total: 3 } },
    ]);
    expect((await committed().user('ann').get('orders', 'a'))?.data).toMatchObject({ total: 4 });
    expect((await committed().channel('console-ci').get('orders', 'a'))?.data).toMatchObject({ total: 5 });
  });

  test('are not there when it fails', async () => {
    await work(async ({ store, attempt }) => {
      if (attempt > 1) return;
      await store.create('orders', { id: 'a' });
      throw new Error('on the way');
    });
    await succeeded();
    expect(await committed().list('orders')).toEqual([]);
  });

  test('that another writer came before are written by the next attempt, on what is there by then', async () => {
    await committed().create('counts', { id: 'one', mine: 0, theirs: 0 });
    await work(async ({ store, attempt }) => {
      const before = await store.get<{ mine: number }>('counts', 'one');
      await store.update('counts', 'one', { mine: (before?.data.mine ?? 0) + 1 });
      if (attempt === 1) await committed().update('counts', 'one', { theirs: 1 });
    });
    await succeeded();
    expect((await committed().get('counts', 'one'))?.data).toEqual({ id: 'one', mine: 1, theirs: 1 });
    const [{ outcome, error } = { outcome: '', error: '' }] = await attemptsOf(host.store);
    expect([outcome, error]).toEqual(['failed', expect.stringContaining('another writer came first')]);
  });

  test('are paged with what is committed as one', async () => {
    for (let n = 0; n < 10; n += 1) await committed().create('orders', { id: `c${n}`, n });
    const seen: string[] = [];
    await work(async ({ store }) => {
      for (const n of [0, 1, 2, 8]) await store.delete('orders', `c${n}`);
      await store.create('orders', { id: 'own', n: 4.5 });
      await store.update('orders', 'c3', { n: 99 });
      let cursor: string | undefined;
      do {
        const page = await store.query('orders', { order: 'n', limit: 2, ...(cursor && { cursor }) });
        seen.push(page.documents.map(({ id }) => id).join(' '));
        cursor = page.cursor;
      } while (cursor !== undefined);
    });
    await succeeded();
    expect(seen).toEqual(['c4 own', 'c5 c6', 'c7 c9', 'c3']);
  });
});
