import { Client } from 'pg';
import { acceptStatement } from '../../src/inbox/postgres/accept';
import { commitSettings, parseAddress } from '../../src/inbox/postgres/address';
import { enqueueStatement } from '../../src/inbox/postgres/enqueue';
import { laneLock } from '../../src/inbox/postgres/lane-lock';
import { answerStatement, claimStatement, extendStatement } from '../../src/inbox/postgres/lease';
import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import { settleStatement } from '../../src/inbox/postgres/settle';
import type { Statement } from '../../src/inbox/postgres/transaction';
import { createTestSchema, type TestDatabase } from '../support/postgres';
import { accept, acceptOne, batch, job, keyOf, settlement, taskId } from './conformance/operations';

/** Which indexes a statement goes through, as planned for good on tables that are still empty. */
let indexesOf: (statement: Statement) => Promise<string[]>;
let database: TestDatabase;
let client: Client;
const day = `dedupe_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`;
const tables = { older: [day], homes: [day] };

beforeAll(async () => {
  database = await createTestSchema();
  const { store } = await openPostgresStore(database.url);
  const task = await taskId(store);
  await acceptOne(store, accept(task, keyOf(task, 'a-key')));
  await store.close();
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(commitSettings(parseAddress(database.url)));
  let prepared = 0;
  indexesOf = async ({ text, values }) => {
    const name = `planned_${(prepared += 1)}`;
    await client.query(`PREPARE ${name} AS ${text}`);
    const given = values.map(() => 'NULL').join(', ');
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE ${name}(${given})`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).not.toMatch(/Seq Scan|Bitmap|Hash Join|Merge Join/);
    return [...plan.matchAll(/Index (?:Only )?Scan (?:Backward )?using (\w+)/g)].map(
      (match) => match[1] ?? '',
    );
  };
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

test('a claim reads the ready jobs in their order, and no others', async () => {
  const wants = [{ taskId: 1, most: 4 }];
  const indexes = await indexesOf(claimStatement({ node: 'a', leaseUntil: 0, wants }, 0));
  expect(indexes).toEqual(['job_ready', 'job_pkey']);
});

test('settling and extending find each job by its id, however many run', async () => {
  const held = { id: 1, ticket: 1 };
  expect(await indexesOf(settleStatement([settlement(held)]))).toEqual([
    'job_pkey',
    'attempt_pkey',
    'job_lane',
    'job_pkey',
  ]);
  const extension = { jobId: 1, ticket: 1, leaseUntil: 0, progress: undefined };
  expect(await indexesOf(extendStatement([extension]))).toEqual(['job_pkey']);
});

test('an answer finds its receipt, and a lane’s lock its jobs, by id', async () => {
  expect(await indexesOf(answerStatement([{ receiptId: 1, status: 200, answer: undefined }]))).toEqual([
    'receipt_pkey',
  ]);
  const lock = laneLock(batch({ settles: [settlement({ id: 1, ticket: 1 })] }));
  expect(await indexesOf(lock as Statement)).toEqual(['job_pkey']);
});

test('a new receipt looks up its key, what holds it and its lane, and reads nothing else', async () => {
  const delivery = { ...accept(1, keyOf(1, 'k')), jobs: [job(1, { lane: 'l' })] };
  expect(await indexesOf(acceptStatement([delivery], tables, 0))).toEqual([
    `${day}_pkey`,
    'receipt_pkey',
    'receipt_pkey',
    'job_lane',
  ]);
  const work = job(1, { lane: 'l', dedupe: keyOf(1, 'k') });
  expect(await indexesOf(enqueueStatement([work], tables, 0))).toEqual([`${day}_pkey`, 'job_lane']);
});
