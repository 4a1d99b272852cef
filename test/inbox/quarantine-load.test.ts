import path from 'node:path';
import { inbox } from '../../src/inbox/migrations/001-inbox';
import { shared } from '../../src/inbox/migrations/002-shared';
import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import { QuarantineRing } from '../../src/inbox/quarantine-ring';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import type { Store } from '../../src/inbox/store';
import { createTestSchema } from '../support/postgres';
import { gate, pauseMs, temporaryFolder, until } from './engine-under-test';
import { ids, KEY, over, refusal } from './quarantine-under-test';

describe('under load', () => {
  const stores: Store[] = [];
  const folders: { remove(): void }[] = [];
  const folder = () => {
    const made = temporaryFolder();
    folders.push(made);
    return made.folder;
  };
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    for (const made of folders.splice(0)) made.remove();
  });
  /** A real store that counts its commits. */
  async function counting(): Promise<{ store: Store; commits: () => number }> {
    const store = await SqliteStore.open({ file: path.join(folder(), 'inbox.db') });
    stores.push(store);
    let commits = 0;
    const commit = store.commit.bind(store);
    store.commit = (batch) => {
      commits += 1;
      return commit(batch);
    };
    return { store, commits: () => commits };
  }

  test('a flood of forged 1 MiB bodies takes bounded memory and, while it comes, no database work', async () => {
    const { store, commits } = await counting();
    const { quarantine, desk, lines } = over(store);
    for (let number = 0; number < 2_000; number += 1)
      quarantine.refused(refusal({ request: { wire: Buffer.alloc(1024 ** 2, number) } }));
    expect(commits()).toBe(0);
    expect(quarantine.waitingBytes).toBeLessThanOrEqual(16 * 1024 ** 2);
    expect(quarantine.dropped).toBeGreaterThan(1_980);
    await quarantine.stop();
    expect((await desk.counts({})).counts).toMatchObject([{ count: 2_000 - quarantine.dropped }]);
    expect(lines).toContainEqual(expect.stringMatching(/^warn: 19\d\d refused requests were not kept/));
  });

  test('a flood at one address does not push out what was refused at another', async () => {
    const { store } = await counting();
    const { quarantine, desk } = over(store);
    quarantine.refused(refusal({ path: '/quiet', request: { requestId: 'quiet' } }));
    for (let number = 0; number < 5_000; number += 1) quarantine.refused(refusal());
    await quarantine.stop();
    expect(await ids(desk, { name: 'POST /quiet' })).toEqual(['quiet']);
  });

  test('while senders wait to be stored, refused requests are not', async () => {
    const { store } = await counting();
    const { promise: opening, open } = gate();
    const batches: string[] = [];
    const commit = store.commit.bind(store);
    store.commit = async (batch) => {
      batches.push(batch.commands.flatMap(({ statements }) => statements.map(({ sql }) => sql)).join(';'));
      await opening;
      return commit(batch);
    };
    const { quarantine, committer, desk } = over(store);
    const statement = store.reader.selectFrom('meta').selectAll().compile();
    const submit = () => committer.submit({ commands: [{ statements: [statement] }] });
    const first = submit();
    await until('a batch in flight', () => batches.length === 1);
    const senders = Array.from({ length: 65 }, submit);
    quarantine.refused(refusal());
    await pauseMs(500);
    open();
    await Promise.all([first, ...senders]);
    await until('the refused one', async () => (await ids(desk)).length === 1);
    expect(batches.map((batch) => batch.includes('refusal'))).toEqual([false, false, true]);
    await quarantine.stop();
  });

  test('a small slice does not keep the memory it was cut from', () => {
    const ring = new QuarantineRing();
    ring.add(
      refusal({
        request: {
          wire: Buffer.allocUnsafeSlow(1024 ** 2)
            .fill(7)
            .subarray(0, 10),
        },
      }),
    );
    const [{ refused } = expect.anything()] = ring.take(1, 1) as any[];
    expect(refused.request.wire).toEqual(Buffer.alloc(10, 7));
    // At most the pool that small buffers share, whose size is Node's own.
    expect(refused.request.wire.buffer.byteLength).toBeLessThanOrEqual(Buffer.poolSize);
  });

  test('a store that fails is neither waited for nor told to whoever refuses', async () => {
    const { store } = await counting();
    store.commit = () => Promise.reject(new Error('the disk is gone'));
    const { quarantine } = over(store);
    quarantine.refused(refusal());
    quarantine.refused(undefined as never);
    await quarantine.stop();
    expect(quarantine.dropped).toBe(2);
  });

  test('with room for none, none is kept', async () => {
    const { store, commits } = await counting();
    const { quarantine } = over(store, { maxCount: 0, maxBytes: 0 });
    quarantine.refused(refusal());
    await quarantine.stop();
    expect([commits(), quarantine.dropped]).toEqual([0, 0]);
  });
});

describe('an inbox of the schema before', () => {
  const before = [inbox, shared];
  test('on SQLite gets its table, and its hosts go on beside it', async () => {
    const { folder, remove } = temporaryFolder();
    const file = path.join(folder, 'inbox.db');
    await (await SqliteStore.open({ file, migrations: before })).close();
    const store = await SqliteStore.open({ file, copyFirst: false });
    await keepsOne(store);
    const elder = await SqliteStore.open({ file, migrations: before });
    expect(await elder.taskIds([{ plugin: KEY, name: 'work', kind: 'task' }])).toHaveLength(1);
    await elder.close();
    remove();
  });

  test('on PostgreSQL likewise, while one of them runs', async () => {
    const database = await createTestSchema();
    const { store: elder } = await openPostgresStore(database.url, { migrations: before });
    const { store, migrated } = await openPostgresStore(database.url, { copyFirst: false });
    expect(migrated).toEqual({ from: 2, to: 6 });
    await keepsOne(store);
    expect(await elder.taskIds([{ plugin: KEY, name: 'work', kind: 'task' }])).toHaveLength(1);
    await elder.close();
    await database.drop();
  });

  async function keepsOne(store: Store): Promise<void> {
    const { quarantine, desk } = over(store);
    quarantine.refused(refusal());
    await quarantine.stop();
    expect(await ids(desk)).toEqual(['r-1']);
    await store.close();
  }
});
