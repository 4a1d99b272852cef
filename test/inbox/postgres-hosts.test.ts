import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { Client, Pool, type PoolClient } from 'pg';
import { keyDigest } from '../../src/inbox/dedupe-days';
import { calm, commitConfig, commitSettings, parseAddress, telling } from '../../src/inbox/postgres/address';
import { commitBatch } from '../../src/inbox/postgres/batch-commit';
import { DayTables } from '../../src/inbox/postgres/day-tables';
import { isPassing } from '../../src/inbox/postgres/fault';
import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import type { ClaimedJob, Store } from '../../src/inbox/store';
import { createTestDatabase, createTestSchema, type TestDatabase } from '../support/postgres';
import {
  accept,
  acceptOne,
  batch,
  claim,
  commit,
  end,
  enqueue,
  HOUR_MS,
  job,
  keyOf,
  settlement,
  stored,
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
        (task_id bigint, key bytea, target bigint, at bigint, PRIMARY KEY (task_id, key));
       INSERT INTO ${parseAddress(database.url).schema}.meta VALUES ('dedupe-window ${yesterday}', '0')`,
    );
    await commit(one, { accepts: [accept(task, keyOf(task, 'first'))] });
    expect(await other.forgetKeys(one.now())).toBe(1);
    const { accepts } = await commit(one, {
      accepts: [accept(task, keyOf(task, 'first')), accept(task, keyOf(task, 'second'))],
    });
    expect(accepts.map(({ kind }) => kind)).toEqual(['duplicate', 'stored']);
  });
});

describe('around midnight', () => {
  const midnight = Date.UTC(2031, 4, 2);
  const rowsOf = async ({ client }: Acceptor, day: string): Promise<number> =>
    (await client.query<{ n: number }>(`SELECT count(*) AS n FROM dedupe_${day}`)).rows[0]?.n ?? -1;

  test('a key seen on both sides is one key, on hosts that disagree about the day', async () => {
    const task = await taskId(one);
    const before = await acceptor(midnight - 40);
    const after = await acceptor(midnight + 40);
    await before.client.query('BEGIN');
    for (const home of before.tables.homes)
      await before.client.query(`INSERT INTO ${home} (task_id, key, target, at) VALUES ($1, $2, 1, $3)`, [
        task,
        keyDigest('near'),
        midnight - 40,
      ]);
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

  test.each([
    ['long before', -300_000, 30_000],
    ['just before both days are written', -60_040, -59_960],
    ['while both days are written', -30_000, 30_000],
    ['by a host that is through with it already', 60_040, 59_960],
    ['and repeated long after', 30_000, 7_000_000],
  ])('a repetition of what came %s is told the first one, and leaves no row', async (_, first, repeated) => {
    const task = await taskId(one);
    const { receiptId } = stored(await (await acceptor(midnight + first)).accept(task, 4 * 3_600_000));
    const host = await acceptor(midnight + repeated);
    const counts = () => Promise.all(['20310501', '20310502'].map((day) => rowsOf(host, day).catch(() => 0)));
    const rows = await counts();
    for (let round = 0; round < 2; round += 1)
      expect(await host.accept(task, 4 * 3_600_000)).toMatchObject({
        kind: 'duplicate',
        receiptId,
        bodyDigest: 'digest-of-it',
        token: expect.stringMatching(/./),
      });
    expect(await counts()).toEqual(rows);
  });

  test('one that waits for a host which is through with yesterday leaves no row either', async () => {
    const task = await taskId(one);
    const through = await acceptor(midnight + 60_040);
    const behind = await acceptor(midnight + 59_960);
    await through.client.query('BEGIN');
    await through.client.query(
      `INSERT INTO ${through.tables.homes[0]} (task_id, key, target, at) VALUES ($1, $2, 1, $3)`,
      [task, keyDigest('near'), midnight + 60_040],
    );
    let isDone = false;
    const answer = behind.accept(task).finally(() => (isDone = true));
    await waitsForLock(through.client, () => isDone);
    await through.client.query('COMMIT');
    expect(await answer).toMatchObject({ kind: 'duplicate', receiptId: 1 });
    expect(await rowsOf(behind, '20310501')).toBe(0);
  });

  test('at midnight itself hosts that disagree store each key once between them', async () => {
    const task = await taskId(one);
    const hosts = [await acceptor(midnight - 1), await acceptor(midnight)];
    for (let round = 0; round < 25; round += 1) {
      const results = await Promise.all(
        hosts.map(async (host) => {
          for (;;)
            try {
              return await host.accept(task, 3_600_000, `key ${round}`);
            } catch (error) {
              if (!isPassing(error)) throw error;
            }
        }),
      );
      const kinds = results.map((result) => result?.kind);
      expect([...kinds].sort()).toEqual(['duplicate', 'stored']);
      expect(new Set(results.map((result) => result?.receiptId)).size).toBe(1);
    }
  }, 60_000);
});

test('a day of keys stays as long as the longest window of any host, though others never heard of it', async () => {
  const task = await taskId(one);
  await acceptOne(one, accept(task, keyOf(task, 'short', HOUR_MS)));
  await acceptOne(other, accept(task, keyOf(task, 'long', 100 * HOUR_MS)));
  const dayEnd = (Math.floor(one.now() / 86_400_000) + 1) * 86_400_000;
  const third = await open();
  expect(await third.forgetKeys(dayEnd + 100 * HOUR_MS - 1)).toBe(0);
  expect(await acceptOne(third, accept(task, keyOf(task, 'long', 100 * HOUR_MS)))).toMatchObject({
    kind: 'duplicate',
  });
  expect(await third.forgetKeys(dayEnd + 124 * HOUR_MS)).toBeGreaterThan(0);
  expect(await acceptOne(one, accept(task, keyOf(task, 'long', 100 * HOUR_MS)))).toMatchObject({
    kind: 'stored',
  });
  await third.close();
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

type Acceptor = Awaited<ReturnType<typeof acceptor>>;
/** A host whose clock says `at`. */
async function acceptor(at: number) {
  const address = parseAddress(database.url);
  const pool = calm(
    new Pool({
      ...commitConfig(address),
      onConnect: telling(commitSettings(address)),
    }),
  );
  const tables = await new DayTables(pool).within(at, 4 * 3_600_000);
  const client = await pool.connect();
  ends.push(async () => {
    client.release();
    await pool.end();
  });
  return {
    tables,
    client,
    accept: async (task: number, windowMs = 3_600_000, key = 'near') => {
      const accepts = [accept(task, keyOf(task, key, windowMs))];
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
