import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { Client, Pool, type PoolClient } from 'pg';
import { keyDigest } from '../../src/inbox/dedupe-days';
import { calm, commitConfig, commitSettings, parseAddress, telling } from '../../src/inbox/postgres/address';
import { commitBatch } from '../../src/inbox/postgres/batch-commit';
import { DayTables } from '../../src/inbox/postgres/day-tables';
import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import type { ClaimedJob, Store } from '../../src/inbox/store';
import { createTestDatabase, createTestSchema, type TestDatabase } from '../support/postgres';
import {
  accept,
  batch,
  claim,
  commit,
  end,
  enqueue,
  job,
  keyOf,
  settlement,
  taskId,
  write,
} from './conformance/operations';

let database: TestDatabase;
let one: Store;
let other: Store;
const ends: (() => Promise<void>)[] = [];
const open = async (): Promise<Store> => (await openPostgresStore(database.url)).store;

beforeEach(async () => {
  database = await createTestSchema();
  [one, other] = [await open(), await open()];
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all([one.close(), other.close(), ...ends.splice(0).map((end) => end())]);
  await database.drop();
});

describe('two hosts on one database', () => {
  test('know a task by the same number, whoever names it first', async () => {
    const names = ['a', 'b', 'c'].map((name) => ({ plugin: 'acme.ci', name, kind: 'task' as const }));
    const [ids, same] = await Promise.all([one.taskIds(names), other.taskIds([...names].reverse())]);
    expect([...same].reverse()).toEqual(ids);
    expect(new Set(ids).size).toBe(3);
  });

  test('give a lane one head, when both store its first job at the same time', async () => {
    const task = await taskId(one);
    for (let round = 0; round < 60; round += 1) {
      const first = job(task, { lane: `lane-${round}` });
      await Promise.all([enqueue(one, first), enqueue(other, first)]);
    }
    const rows = await one.reader.selectFrom('job').select(['lane', 'lane_head']).orderBy('id').execute();
    for (let round = 0; round < 60; round += 1) {
      const heads = rows.filter(({ lane }) => lane === `lane-${round}`).map((row) => row.lane_head);
      expect([round, heads]).toEqual([round, [1, 0]]);
    }
  });

  test('create one document once: the other attempts are told of the conflict, in whatever order they write', async () => {
    const task = await taskId(one);
    await enqueue(one, ...Array.from({ length: 40 }, () => job(task)));
    const jobs = await claim(one, task, 40);
    const results = await Promise.all(
      jobs.map((held, index) => {
        const writes = [write('order-1', {}, 0), write(`order-${2 + index}`, {}, 0)];
        return commit(index % 2 === 0 ? one : other, {
          enqueues: [job(task)],
          settles: [settlement(held, undefined, { writes: index % 2 === 0 ? writes : writes.reverse() })],
        });
      }),
    );
    const kinds = results.map(({ settles }) => settles[0]?.kind);
    expect(kinds.filter((kind) => kind === 'settled')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'conflict')).toHaveLength(39);
    expect(await one.reader.selectFrom('document').select('id').execute()).toHaveLength(2);
  });

  test('hear of work the other stored, and not of their own', async () => {
    const task = await taskId(one);
    const heardByOne: number[] = [];
    one.onWork((id) => heardByOne.push(id));
    const heard = new Promise<number>((resolve) => other.onWork(resolve));
    await enqueue(one, job(task));
    expect(await heard).toBe(task);
    expect(heardByOne).toEqual([]);
  });

  test('agree on the time, however wrong the clock of one of them is', async () => {
    const real = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => real() + 3_600_000);
    const fast = await open();
    expect(Math.abs(fast.now() - real())).toBeLessThan(60_000);
    await fast.close();
  });

  test('go on when one of them forgot a day of keys the other still looks in', async () => {
    const task = await taskId(one);
    const yesterday = new Date(one.now() - 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
    await query(
      database.url,
      `CREATE TABLE ${parseAddress(database.url).schema}.dedupe_${yesterday}
        (task_id bigint, key bytea, target bigint, at bigint, PRIMARY KEY (task_id, key))`,
    );
    await commit(one, { accepts: [accept(task, keyOf(task, 'first'))] });
    expect(await other.forgetKeys(one.now())).toBe(1);
    const { accepts } = await commit(one, {
      accepts: [accept(task, keyOf(task, 'first')), accept(task, keyOf(task, 'second'))],
    });
    expect(accepts.map(({ kind }) => kind)).toEqual(['duplicate', 'stored']);
  });
});

test('a key seen on both sides of midnight is one key, on hosts that disagree about the day', async () => {
  const task = await taskId(one);
  const midnight = Date.UTC(2031, 4, 2);
  const before = await acceptor(midnight - 40);
  const after = await acceptor(midnight + 40);
  await before.client.query('BEGIN');
  await before.client.query(
    `INSERT INTO ${before.tables.homes[0]} (task_id, key, target, at) VALUES ($1, $2, 1, $3)`,
    [task, keyDigest('near'), midnight - 40],
  );
  let isDone = false;
  const answer = after.accept(task).finally(() => (isDone = true));
  await waitsForLock(before.client, () => isDone);
  await before.client.query('COMMIT');
  expect(await answer).toMatchObject({ kind: 'duplicate', receiptId: 1 });
  const later = await acceptor(midnight + 90_000);
  expect(await later.accept(task)).toMatchObject({ kind: 'duplicate', receiptId: 1 });
  const nextDay = await acceptor(midnight + 3_600_000 + 90_000);
  expect(await nextDay.accept(task)).toMatchObject({ kind: 'stored' });
});

test('commits wait for the disk, whatever the server does by default', async () => {
  const own = await createTestDatabase();
  await query(own.url, `ALTER DATABASE ${new URL(own.url).pathname.slice(1)} SET synchronous_commit TO off`);
  const { store } = await openPostgresStore(own.url);
  const statement = sql`SHOW synchronous_commit`.compile(store.reader);
  const { commands } = await commit(store, { commands: [{ statements: [statement] }] });
  expect(commands).toEqual([{ ok: true, results: [{ rows: [{ synchronous_commit: 'on' }], changed: 0 }] }]);
  await store.close();
  await own.drop();
});

test('writes that the database cannot take fail their attempt alone', async () => {
  const task = await taskId(one);
  await enqueue(one, job(task));
  const [held] = await claim(one, task);
  // Longer than an index entry may be, and too random to be packed.
  const id = randomBytes(6_000).toString('base64');
  const { settles } = await commit(one, {
    settles: [settlement(held as ClaimedJob, undefined, { writes: [write(id, {}, 0)] })],
  });
  expect(settles).toEqual([{ kind: 'conflict', message: expect.stringContaining('index row') }]);
  expect(await end(one, held as ClaimedJob, { state: 'dead' })).toEqual({ kind: 'settled' });
});

test('the reader cannot write', async () => {
  await expect(one.reader.deleteFrom('job').execute()).rejects.toMatchObject({ code: '25006' });
});

/** A host whose clock says `at`. */
async function acceptor(at: number) {
  const address = parseAddress(database.url);
  const pool = calm(
    new Pool({
      ...commitConfig(address),
      onConnect: telling(commitSettings(address)),
    }),
  );
  const tables = await new DayTables(pool).within(at, 3_600_000);
  const client = await pool.connect();
  ends.push(async () => {
    client.release();
    await pool.end();
  });
  return {
    tables,
    client,
    accept: async (task: number) => {
      const accepts = [accept(task, keyOf(task, 'near', 3_600_000))];
      return (await commitBatch(client, batch({ accepts }), tables, at)).accepts[0];
    },
  };
}

/** Until somebody waits for what this client's transaction holds. */
async function waitsForLock(client: PoolClient, isDone: () => boolean): Promise<void> {
  for (let waiting = 0; waiting === 0;) {
    if (isDone()) throw new Error('nobody waited');
    const { rows } = await client.query<{ n: number }>(
      'SELECT count(*) AS n FROM pg_locks WHERE NOT granted',
    );
    waiting = rows[0]?.n ?? 0;
  }
}

async function query(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(text);
  await client.end();
}
