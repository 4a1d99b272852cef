import { randomBytes } from 'node:crypto';
import { Pool } from 'pg';
import { RESTORED_KEYS } from '../../src/inbox/backup-tables';
import { DAY_MS, sqliteKeyDigest } from '../../src/inbox/dedupe-days';
import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import type { Batch, Store } from '../../src/inbox/store';
import { createTestSchema } from '../support/postgres';

let database: Awaited<ReturnType<typeof createTestSchema>>;
let pool: Pool;
const stores: Store[] = [];
const open = async () => {
  const { store } = await openPostgresStore(database.url);
  stores.push(store);
  return store;
};
const batchOf = (taskId: number, key: string): Batch => ({
  ...{ accepts: [], settles: [], commands: [], claim: undefined, extensions: [], answers: [] },
  enqueues: [
    {
      ...{ taskId, token: randomBytes(16).toString('base64url'), priority: 0, runAt: Date.now() },
      ...{ payload: undefined, lane: undefined, held: undefined, receiptId: undefined },
      dedupe: { taskId, key, windowMs: 3_600_000 },
    } as never,
  ],
});

beforeAll(async () => {
  database = await createTestSchema();
  await (await open()).close();
  const schema = new URL(database.url).searchParams.get('schema') ?? '';
  pool = new Pool({ connectionString: database.url, options: `-c search_path=${schema}` });
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await pool.end();
  await database.drop();
});

test('keys of a restore are known until one host forgets them; the others store and forget on', async () => {
  await pool.query(
    `CREATE TABLE ${RESTORED_KEYS} (key bytea PRIMARY KEY, target bigint NOT NULL, at bigint NOT NULL)`,
  );
  const [janitor, other, third] = [await open(), await open(), await open()];
  const [taskId = 0] = await janitor.taskIds([{ plugin: 'acme.ci', name: 'work', kind: 'task' }]);
  const digest = sqliteKeyDigest({ taskId, key: 'old' });
  await pool.query(`INSERT INTO ${RESTORED_KEYS} VALUES ($1, 7, $2)`, [digest, Date.now() - 500 * DAY_MS]);
  await other.commit(batchOf(taskId, 'before'));
  await janitor.forgetKeys(Date.now());
  expect((await pool.query('SELECT to_regclass($1) AS name', [RESTORED_KEYS])).rows).toEqual([
    { name: null },
  ]);
  const first = await other.commit(batchOf(taskId, 'after'));
  expect(first.enqueues).toHaveLength(1);
  expect((await other.commit(batchOf(taskId, 'after'))).enqueues).toEqual([
    expect.objectContaining({ duplicate: true }),
  ]);
  await expect(third.forgetKeys(Date.now())).resolves.toBeGreaterThanOrEqual(0);
});
