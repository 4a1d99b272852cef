import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { isHostError } from '../../src/core/errors';
import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import type { Store } from '../../src/inbox/store';
import { createTestDatabase, openPostgres, type PostgresServer } from '../support/postgres';
import { accept, acceptOne, enqueue, job, keyOf, stored, taskId } from './conformance/operations';

/** The server trusts whoever comes; the password is only there to be looked for. */
const withPassword = (url: string) => url.replace('postgres@', 'postgres:s3cret-word@');
const caught = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: Error) => error,
  );

describe('a server that goes away and comes back', () => {
  let server: PostgresServer;
  let store: Store;
  let url: string;
  beforeEach(async () => {
    server = await openPostgres();
    url = withPassword(await server.start());
    ({ store } = await openPostgresStore(url));
  });
  afterEach(async () => {
    await store.close();
    await server.close();
  });

  test('is 503 with Retry-After meanwhile, and the store recovers by itself', async () => {
    const task = await taskId(store);
    await acceptOne(store, accept(task, keyOf(task, 'before')));
    await server.stop();
    for (const work of [
      () => acceptOne(store, accept(task, keyOf(task, 'during'))),
      () => store.taskIds([{ plugin: 'acme.ci', name: 'unknown', kind: 'task' }]),
      () => store.forgetKeys(0),
    ]) {
      const error = await caught(work());
      expect(error).toMatchObject({
        code: 'inbox/unavailable',
        status: 503,
        headers: { 'retry-after': '5' },
      });
      expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain('s3cret-word');
    }
    await server.start();
    expect((await acceptOne(store, accept(task, keyOf(task, 'before')))).kind).toBe('duplicate');
    expect((await acceptOne(store, accept(task, keyOf(task, 'during')))).kind).toBe('stored');
    expect(await store.reader.selectFrom('receipt').select('id').execute()).toHaveLength(2);
  });

  test('is listened to again: hosts hear of each other’s work', async () => {
    const task = await taskId(store);
    await server.stop();
    await server.start();
    const other = (await openPostgresStore(url)).store;
    let heard = false;
    store.onWork((id) => (heard ||= id === task));
    for (let tries = 0; !heard && tries < 100; tries += 1) {
      await enqueue(other, job(task));
      await sleep(100);
    }
    expect(heard).toBe(true);
    await other.close();
  });

  test('loses nothing that was acknowledged, killed in the midst of commits', async () => {
    const task = await taskId(store);
    const acknowledged = new Set<number>();
    let refused = 0;
    let isOver = false;
    const send = async (sender: number) => {
      for (let sent = 0; !isOver; sent += 1)
        try {
          const result = await acceptOne(store, accept(task, keyOf(task, `${sender}-${sent}`)));
          acknowledged.add(stored(result).receiptId);
        } catch (error) {
          expect(isHostError(error) && error.code).toBe('inbox/unavailable');
          refused += 1;
          await sleep(5);
        }
    };
    const senders = Array.from({ length: 8 }, (_, index) => send(index));
    for (let kill = 0; kill < 5; kill += 1) {
      const before = acknowledged.size;
      while (acknowledged.size < before + 50) await sleep(5);
      await server.kill();
      await server.start();
    }
    isOver = true;
    await Promise.all(senders);
    const kept = await store.reader.selectFrom('receipt').select('id').execute();
    const jobs = await store.reader.selectFrom('job').select('receipt_id').execute();
    const ids = new Set(kept.map(({ id }) => id));
    expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([]);
    expect(new Set(jobs.map(({ receipt_id: id }) => id))).toEqual(ids);
    expect(refused).toBeGreaterThan(0);
  });
});

describe('an address that cannot be used', () => {
  test.each([
    ['nobody listens', 'postgres://me:s3cret-word@127.0.0.1:1/inbox', 'inbox/cannot-open'],
    ['no address at all', 'postgres://me:s3cret-word@[::bad/inbox', 'inbox/bad-database-url'],
    [
      'a schema that is no name',
      'postgres://me:s3cret-word@127.0.0.1:1/inbox?schema=a"b',
      'inbox/bad-database-url',
    ],
  ])('%s: told at start, without its password', async (_, url, code) => {
    const error = await caught(openPostgresStore(url));
    expect(error).toMatchObject({ code });
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain('s3cret-word');
  });

  test('says where, and what the server says', async () => {
    const database = await createTestDatabase();
    const url = new URL(database.url);
    url.pathname = '/not_there';
    const error = await caught(openPostgresStore(withPassword(url.href)));
    expect(error?.message).toContain(`${url.host}/not_there (schema gatehouse)`);
    expect(error?.message).toContain('database "not_there" does not exist');
    await database.drop();
  });
});

test('schemas keep hosts of one database apart', async () => {
  const database = await createTestDatabase();
  const open = async (schema: string) => (await openPostgresStore(`${database.url}?schema=${schema}`)).store;
  const [one, other] = [await open('one'), await open('other')];
  const task = await taskId(one);
  await acceptOne(one, accept(task, keyOf(task, 'key')));
  const theirs = await taskId(other);
  expect((await acceptOne(other, accept(theirs, keyOf(theirs, 'key')))).kind).toBe('stored');
  await Promise.all([one.close(), other.close()]);
  const again = await openPostgresStore(`${database.url}?schema=one`);
  expect(again.migrated.from).toBe(again.migrated.to);
  expect(await again.store.reader.selectFrom('receipt').select('id').execute()).toHaveLength(1);
  await again.store.close();
  await database.drop();
});
