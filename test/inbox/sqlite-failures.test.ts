import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import Database from '../../src/inbox/sqlite/driver.cjs';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import { buildSource } from '../support/built-source';
import { keyOf as pluginKeyOf } from '../core/plain-mount';
import { accept, acceptOne, commit, keyOf, stored, taskId } from './conformance/operations';
import { count, draftOf, engineOn, hook, task, until } from './engine-under-test';

const run = promisify(execFile);
const UNAVAILABLE = { code: 'inbox/unavailable', status: 503, headers: { 'retry-after': '5' } };
let folder: string;
let file: string;
const closing: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-sqlite-'));
  file = path.join(folder, 'gatehouse.db');
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<SqliteStore> {
  const store = await SqliteStore.open({ file });
  closing.push(() => store.close());
  return store;
}
const receiptIds = async (store: SqliteStore) =>
  (await store.reader.selectFrom('receipt').select('id').orderBy('id').execute()).map(({ id }) => id);

describe('a database that cannot take more', () => {
  const limit = (store: SqliteStore, pages: number) =>
    commit(store, {
      commands: [{ statements: [sql.raw(`PRAGMA max_page_count = ${pages}`).compile(store.reader)] }],
    });

  test('is full: refused, nothing of the batch is there; with room again it goes on', async () => {
    const store = await open();
    const task = await taskId(store);
    await limit(store, 120);
    const acknowledged: number[] = [];
    let refusal: unknown;
    for (let count = 0; refusal === undefined; count += 1) {
      const batch = [1, 2, 3].map((part) =>
        accept(task, keyOf(task, `${count} ${part}`), { body: Buffer.alloc(5_000) }),
      );
      await commit(store, { accepts: batch }).then(
        ({ accepts }) => acknowledged.push(...accepts.map((result) => stored(result).receiptId)),
        (error: unknown) => (refusal = error),
      );
    }
    expect(refusal).toMatchObject({ ...UNAVAILABLE, cause: { code: 'SQLITE_FULL' } });
    expect(acknowledged.length).toBeGreaterThan(3);
    expect(await receiptIds(store)).toEqual(acknowledged);
    await expect(
      acceptOne(store, accept(task, undefined, { body: Buffer.alloc(200_000) })),
    ).rejects.toMatchObject(UNAVAILABLE);
    await limit(store, 100_000);
    const { receiptId } = stored(await acceptOne(store, accept(task, keyOf(task, 'after'))));
    expect(await receiptIds(store)).toEqual([...acknowledged, receiptId]);
  });

  test("is locked by somebody's tool: refused at once, and accepted when that is through", async () => {
    const store = await open();
    const task = await taskId(store);
    const tool = new Database(file);
    closing.push(() => tool.close());
    tool.exec('BEGIN IMMEDIATE');
    await expect(acceptOne(store, accept(task))).rejects.toMatchObject({
      ...UNAVAILABLE,
      cause: { code: 'SQLITE_BUSY' },
    });
    tool.exec('ROLLBACK');
    expect(await acceptOne(store, accept(task))).toMatchObject({ kind: 'stored' });
  });

  test('is gone from its place: refused rather than written where nobody looks, until it is back', async () => {
    const store = await open();
    const task = await taskId(store);
    const { receiptId } = stored(await acceptOne(store, accept(task, keyOf(task, 'k'))));
    renameSync(file, `${file}.away`);
    for (let round = 0; round < 3; round += 1)
      await expect(acceptOne(store, accept(task))).rejects.toMatchObject(UNAVAILABLE);
    renameSync(`${file}.away`, file);
    expect(await acceptOne(store, accept(task, keyOf(task, 'k')))).toMatchObject({
      kind: 'duplicate',
      receiptId,
    });
    const next = stored(await acceptOne(store, accept(task)));
    expect(await receiptIds(store)).toEqual([receiptId, next.receiptId]);
  });

  test('a statement that is at fault refuses its batch and harms nothing', async () => {
    const store = await open();
    const task = await taskId(store);
    const bad = accept(task, undefined, { receivedAt: 'soon' as never });
    for (let round = 0; round < 3; round += 1)
      await expect(acceptOne(store, bad)).rejects.toMatchObject({
        ...UNAVAILABLE,
        cause: { code: expect.stringMatching(/^SQLITE_(CONSTRAINT|MISMATCH)/) },
      });
    expect(await acceptOne(store, accept(task))).toMatchObject({ kind: 'stored' });
  });

  test('is no database: the host does not start, and says which file', async () => {
    writeFileSync(
      file,
      'this is not a database, but long enough to be looked at as if it were one'.repeat(100),
    );
    await expect(open()).rejects.toMatchObject({
      code: 'inbox/cannot-open',
      message: expect.stringContaining(file),
    });
  });

  test('is its owner’s alone to read', async () => {
    const store = await open();
    await acceptOne(store, accept(await taskId(store)));
    for (const name of [file, `${file}-wal`]) expect(statSync(name).mode & 0o077).toBe(0);
  });
});

describe('the thread that reads', () => {
  test('tells what is wrong with a query, and goes on', async () => {
    const store = await open();
    await expect(sql`select * from nowhere`.execute(store.reader)).rejects.toMatchObject({
      code: 'SQLITE_ERROR',
      message: expect.stringContaining('nowhere'),
    });
    await expect(store.reader.deleteFrom('job').returning('id').execute()).rejects.toMatchObject({
      cause: { code: 'SQLITE_READONLY' },
    });
    expect(await receiptIds(store)).toEqual([]);
  });

  test('takes and gives bytes', async () => {
    const store = await open();
    const bytes = Buffer.from([0, 1, 255]);
    const { rows } = await sql<{
      same: Buffer;
      found: number;
    }>`select ${bytes} as same, instr(x'ff000100', ${bytes.subarray(0, 2)}) as found`.execute(store.reader);
    expect(rows).toEqual([{ same: bytes, found: 2 }]);
    expect(Buffer.isBuffer(rows[0]?.same)).toBe(true);
  });

  test('gives up on an answer without end, and goes on', async () => {
    const store = await open();
    const endless = sql`with recursive n (i) as (values (1) union all select i + 1 from n) select i from n`;
    await expect(endless.execute(store.reader)).rejects.toThrow(/more than 100000 rows/);
    expect(await receiptIds(store)).toEqual([]);
  });

  test('does not keep commits waiting', async () => {
    const store = await open();
    const task = await taskId(store);
    let isRead = false;
    const slow =
      sql`with recursive n (i) as (values (1) union all select i + 1 from n limit 3000000) select max(i) as most from n`
        .execute(store.reader)
        .finally(() => (isRead = true));
    for (let count = 0; count < 20; count += 1) await acceptOne(store, accept(task));
    expect(isRead).toBe(false);
    expect((await slow).rows).toEqual([{ most: 3_000_000 }]);
  });
});

describe('the thread that searches', () => {
  /** A second and more, in the database's own thread. */
  const long = sql<{
    most: number;
  }>`with recursive n (i) as (values (1) union all select i + 1 from n limit 4000000) select max(i) as most from n`;

  test('keeps no delivery, wait or status waiting, however long an operator’s search takes', async () => {
    const host = engineOn(await open());
    const endpoint = hook('/github', (exchange) => exchange.text());
    host.put('acme.ci', [
      endpoint,
      task(
        'answer',
        async (_payload, job) => void (await job.waitFor('question', { timeoutMs: 10 }).catch(() => 0)),
      ),
    ]);
    await host.start();
    let isSearched = false;
    const search = long.execute(host.store.searcher).finally(() => (isSearched = true));
    const behind = host.desk.jobs({}).then(() => isSearched);
    const { receiptId } = await host.inbox.accept(draftOf('acme.ci', endpoint));
    await host.inbox.tasksOf(pluginKeyOf('acme.ci')).enqueue('answer');
    await until('the work', async () => (await count(host.store, 'succeeded')) === 2);
    expect(await host.inbox.status(receiptId)).toMatchObject({ state: 'succeeded' });
    expect(isSearched).toBe(false);
    expect((await search).rows).toEqual([{ most: 4_000_000 }]);
    // Operators wait for one another.
    expect(await behind).toBe(true);
    await host.stop(1_000);
  });
});

describe('the lock of the one writer', () => {
  test('refuses a second store on the same file, also by another name of the folder, until the first is closed', async () => {
    const store = await open();
    await expect(SqliteStore.open({ file })).rejects.toMatchObject({ code: 'host/already-running' });
    await expect(
      SqliteStore.open({ file: path.join(folder, '..', path.basename(folder), 'gatehouse.db') }),
    ).rejects.toMatchObject({ code: 'host/already-running' });
    expect(await acceptOne(store, accept(await taskId(store)))).toMatchObject({ kind: 'stored' });
    await store.close();
    await open();
  });

  test('is free again when opening failed', async () => {
    writeFileSync(file, 'no database'.repeat(1_000));
    await expect(SqliteStore.open({ file })).rejects.toMatchObject({ code: 'inbox/cannot-open' });
    rmSync(file);
    await open();
  });
});

describe('in a process of its own', () => {
  const KILLS = 25;
  let built: Awaited<ReturnType<typeof buildSource>>;
  beforeAll(async () => {
    built = await buildSource();
  });
  afterAll(() => built.remove());

  test('a reading thread that dies fails what it was asked, and the next query starts another', async () => {
    const script = path.join(__dirname, 'sqlite-thread-death.cjs');
    const { stdout } = await run(process.execPath, [script, built.folder, file]);
    expect(JSON.parse(stdout)).toEqual({ before: 0, failure: 'inbox/unavailable', after: 0, threads: 2 });
  });

  interface Told {
    readonly child: ChildProcess;
    lines(): string[];
  }
  async function start(): Promise<Told> {
    const script = path.join(__dirname, 'sqlite-process.cjs');
    const child = spawn(process.execPath, [script, built.folder, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (part: string) => (text += part));
    while (!text.startsWith('open\n')) {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
      await sleep(5);
    }
    // The last line may be cut off: not acknowledged.
    return { child, lines: () => text.split('\n').slice(1, -1) };
  }

  test(`a store that is killed amid commits lost nothing it had acknowledged, in ${KILLS} kills, and left no lock behind`, async () => {
    mkdirSync(folder, { recursive: true });
    const receipts: number[] = [];
    const settled: number[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const { child, lines } = await start();
      await expect(SqliteStore.open({ file })).rejects.toMatchObject({ code: 'host/already-running' });
      await sleep(Math.random() * 60);
      child.kill('SIGKILL');
      await once(child, 'close');
      for (const line of lines()) {
        const [accepted = '', worked = ''] = line.split(' ');
        receipts.push(...accepted.split(',').map(Number));
        if (worked !== '') settled.push(...worked.split(',').map(Number));
      }
    }
    const store = await open();
    expect(receipts.length).toBeGreaterThan(KILLS);
    expect(new Set(receipts).size).toBe(receipts.length);
    const kept = new Set(await receiptIds(store));
    expect(receipts.filter((id) => !kept.has(id))).toEqual([]);
    const whole = await sql<{
      receipts: number;
      jobs: number;
      parts: number;
      large: number;
      done: number;
      written: number;
    }>`
      select (select count(*) from receipt) as receipts, (select count(distinct receipt_id) from job) as jobs,
        (select count(*) from receipt_body) as parts, (select count(*) from receipt where body is null) as large,
        (select count(*) from job where state = 4) as done, (select count(*) from document) as written`.execute(
      store.reader,
    );
    const [{ receipts: all, jobs, parts, large, done, written } = {} as never] = whole.rows;
    expect([jobs, parts, written]).toEqual([all, large * 2, done]);
    const states = await store.reader.selectFrom('job').select(['id', 'state', 'ticket']).execute();
    const stateOf = new Map(states.map(({ id, state }) => [id, state]));
    expect(settled.filter((id) => stateOf.get(id) !== 4)).toEqual([]);
    const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(store.reader);
    expect(rows).toEqual([{ integrity_check: 'ok' }]);
  }, 60_000);
});
