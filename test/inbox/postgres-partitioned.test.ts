import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import type { Store } from '../../src/inbox/store';
import { createTestSchema, type TestDatabase } from '../support/postgres';
import { accept, acceptOne, claim, end, jobRow, keyOf, stored, taskId } from './conformance/operations';

const script = readFileSync(path.resolve(__dirname, '../../docs/guide/partition-receipts.sql'), 'utf8');

describe('receipts cut into partitions as the guide says', () => {
  let database: TestDatabase;
  let admin: Client;
  let store: Store;
  const ask = async (text: string) => (await admin.query(text)).rows as any[];
  const open = async () => (await openPostgresStore(database.url)).store;
  beforeEach(async () => {
    database = await createTestSchema();
    await (await open()).close();
    admin = new Client({ connectionString: database.url });
    await admin.connect();
    await ask(`SET search_path TO ${new URL(database.url).searchParams.get('schema')}`);
    await ask(script.replace(':= 10000000', ':= 10').replace(':= 60', ':= 2'));
    store = await open();
  });
  afterEach(async () => {
    await store.close();
    await admin.end();
    await database.drop();
  });

  test('are stored, found as duplicates and worked, each in the partition of its number', async () => {
    const task = await taskId(store);
    for (let number = 1; number <= 25; number += 1) {
      const body = Buffer.alloc(number === 12 ? 600 * 1_024 : 10, 'b');
      const operation = accept(task, keyOf(task, `key ${number}`), { body });
      expect(stored(await acceptOne(store, operation)).receiptId).toBe(number);
    }
    expect((await acceptOne(store, accept(task, keyOf(task, 'key 12')))).kind).toBe('duplicate');
    const counts = await ask(
      `SELECT (SELECT count(*) FROM receipt_0)::int AS first, (SELECT count(*) FROM receipt_1)::int AS second,
        (SELECT count(*) FROM receipt_rest)::int AS rest, (SELECT sum(length(bytes)) FROM receipt_body_1)::int AS large`,
    );
    expect(counts).toEqual([{ first: 9, second: 10, rest: 6, large: 600 * 1_024 }]);
    const held = await claim(store, task);
    expect(held).toHaveLength(25);
    for (const job of held) await end(store, job);
  });

  test('go by the partition, and keys and jobs stay', async () => {
    const task = await taskId(store);
    for (let number = 1; number <= 12; number += 1)
      await acceptOne(store, accept(task, keyOf(task, `key ${number}`)));
    const [job] = await claim(store, task, 1);
    await ask('DROP TABLE receipt_0, receipt_body_0');
    expect(await store.reader.selectFrom('receipt').select('id').orderBy('id').execute()).toEqual([
      { id: 10 },
      { id: 11 },
      { id: 12 },
    ]);
    expect((await acceptOne(store, accept(task, keyOf(task, 'key 1')))).kind).toBe('duplicate');
    await end(store, job as NonNullable<typeof job>);
    expect(await jobRow(store, job?.id ?? 0)).toMatchObject({ state: 4 });
  });

  test('are not cut where there are some already', async () => {
    await acceptOne(store, accept(await taskId(store)));
    await expect(ask(script)).rejects.toThrow('there are receipts already');
  });
});
