import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import type { Store } from '../../src/inbox/store';
import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { KEY } from './desk-under-test';
import {
  attemptsOf,
  count,
  draftOf,
  engineOn,
  hook,
  task,
  until,
  type EngineUnderTest,
} from './engine-under-test';

describe('a claim that is committed, and whose host never hears of it', () => {
  let database: TestDatabase;
  let proxy: CuttingProxy;
  let store: Store;
  let host: EngineUnderTest;
  let runs: number;
  const endpoint = hook('/hook', () => void (runs += 1), { answer: { ackWithinMs: 2_000 } });
  beforeEach(async () => {
    runs = 0;
    database = await createTestDatabase();
    proxy = await startCuttingProxy(database.url);
    ({ store } = await openPostgresStore(proxy.url));
    host = engineOn(store);
    host.put(KEY, [endpoint, task('work', () => void (runs += 1))]);
    await host.start();
  });
  afterEach(async () => {
    await host.stop(1_000);
    await proxy.close();
    await database.drop();
  });
  const rows = () => store.reader.selectFrom('job').select(['crashes', 'attempt']).execute();
  const succeeded = () => until('its success', async () => (await count(store, 'succeeded')) === 1, 20_000);

  test('is given back by that host: the job runs once, and no crash is laid to it', async () => {
    proxy.cut('claim\0', 4);
    // Stored and claimed in one commit, unheard.
    const enqueued = host.inbox.tasksOf(draftOf(KEY, endpoint).plugin).enqueue('work');
    await expect(enqueued).rejects.toMatchObject({ code: 'inbox/unavailable' });
    await succeeded();
    expect([proxy.cuts, runs]).toEqual([4, 1]);
    expect(await rows()).toEqual([{ crashes: 0, attempt: 1 }]);
    expect(await attemptsOf(store)).toEqual([]);
  });

  test('with its request: the sender hears 503, its repetition is a duplicate, and the job runs once', async () => {
    const live = host.put(KEY, [endpoint]);
    await until(
      'it is known',
      async () => (await store.reader.selectFrom('task').selectAll().execute()).length === 2,
    );
    const draft = draftOf(KEY, endpoint, { dedupe: { key: 'delivery-1', windowMs: 60_000 } });
    proxy.cut('accept ', 1);
    await expect(host.inbox.hold(draft, live)).rejects.toMatchObject({
      code: 'inbox/unavailable',
      status: 503,
    });
    expect(proxy.cuts).toBe(1);
    const again = await until('the store', () => host.inbox.hold(draft, live).catch(() => undefined));
    expect(again.kind).toBe('duplicate');
    await succeeded();
    expect(runs).toBe(1);
    expect(await rows()).toEqual([{ crashes: 0, attempt: 1 }]);
    expect(await attemptsOf(store)).toEqual([]);
  });
});
