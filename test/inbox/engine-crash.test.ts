import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Store } from '../../src/inbox/store';
import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import { keyOf } from '../core/plain-mount';
import { buildSource } from '../support/built-source';
import { createTestDatabase } from '../support/postgres';
import { attemptsOf, count, engineOn, pauseMs, task, until } from './engine-under-test';
import { eachStore, type Database } from './each-store';

let built: Awaited<ReturnType<typeof buildSource>>;
beforeAll(async () => {
  built = await buildSource();
});
afterAll(() => built.remove());

interface Process {
  readonly child: ChildProcess;
  readonly lines: string[];
  /** However it ended. */
  readonly ended: Promise<unknown>;
}

function startProcess({ kind, address }: Database): Process {
  const script = path.join(__dirname, 'engine-process.mjs');
  const child = spawn(process.execPath, [script, built.folder, kind, address], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return { child, lines, ended: once(child, 'exit') };
}

/** Stores jobs without working them. */
async function store(database: Database, jobs: readonly [name: string, lane?: string][]): Promise<void> {
  const host = engineOn(await database.open());
  for (const [name, lane] of jobs)
    await host.inbox.tasksOf(keyOf('acme.ci')).enqueue(name, undefined, { lane });
  await host.stop(1_000);
}
async function reading<T>(database: Database, read: (store: Store) => Promise<T>): Promise<T> {
  const opened = await database.again();
  try {
    return await read(opened);
  } finally {
    await opened.close();
  }
}

eachStore('after kill -9', (_open, _kind, reopen) => {
  test('a job of the dead process is worked by another, and it is known that it crashed', async () => {
    const database = await reopen();
    await store(database, [['slow'], ['slow']]);
    const first = startProcess(database);
    await until('both run', () => first.lines.filter((line) => line === 'slow 1').length === 2);
    first.child.kill('SIGKILL');
    await first.ended;
    const host = engineOn(await database.again());
    const runs: number[] = [];
    host.put('acme.ci', [task('slow', (_payload, { attempt }) => void runs.push(attempt))]);
    await host.start();
    await until('the end', async () => (await count(host.store, 'succeeded')) === 2, 12_000);
    expect(runs).toEqual([1, 1]);
    expect((await attemptsOf(host.store)).map(({ outcome }) => outcome)).toEqual(['crashed', 'crashed']);
    await host.stop(1_000);
  });

  test('a job that kills its process three times is held back, and its lane with it', async () => {
    const database = await reopen();
    await store(database, [['deadly', 'a'], ['next']]);
    for (let crash = 1; crash <= 3; crash += 1) {
      const host = startProcess(database);
      await host.ended;
      expect(host.lines.filter((line) => line === 'deadly')).toEqual(['deadly']);
    }
    const last = startProcess(database);
    await until('it started', () => last.lines.includes('started'));
    // A SQLite file has one owner: that it does not run again is what can be seen meanwhile.
    await pauseMs(2_500);
    expect(last.lines).not.toContain('deadly');
    last.child.kill('SIGKILL');
    await last.ended;
    expect(await reading(database, (opened) => count(opened, 'poisoned'))).toBe(1);
    expect(last.lines).toContain('next');
    const host = engineOn(await database.again());
    host.put('acme.ci', [task('deadly', () => undefined)]);
    await host.start();
    const { id } = await host.inbox.tasksOf(keyOf('acme.ci')).enqueue('deadly', undefined, { lane: 'a' });
    await pauseMs(500);
    expect(await count(host.store, 'ready')).toBe(1);
    const [{ id: first } = { id: '' }] = (await host.desk.jobs({ states: ['poisoned'] })).items;
    await host.desk.change('retry', { ids: [first] });
    await until('the one behind it', async () => (await host.desk.job(id)).state === 'succeeded');
    expect((await host.desk.job(first)).state).toBe('succeeded');
    await host.stop(1_000);
  }, 60_000);
});

test('hosts on one PostgreSQL share the work, none of it twice, and take over from one that dies', async () => {
  const database = await createTestDatabase();
  const open = async () => (await openPostgresStore(database.url)).store;
  const other = startProcess({ kind: 'postgres', address: database.url, open, again: open });
  await until('the other', () => other.lines.includes('started'));
  const first = engineOn(await open(), { node: 'first' });
  const second = engineOn(await open(), { node: 'second' });
  const tasks = first.inbox.tasksOf(keyOf('acme.ci'));
  await tasks.enqueue('slow');
  await until('it runs there', () => other.lines.includes('slow 1'));
  const runs = new Map<string, number>();
  const shared = task('shared', (payload) => void runs.set(payload, (runs.get(payload) ?? 0) + 1));
  first.put('acme.ci', [shared, task('slow', () => undefined)]);
  second.put('acme.ci', [shared]);
  await first.start();
  await second.start();
  await Promise.all(Array.from({ length: 300 }, (_, index) => tasks.enqueue('shared', `job ${index}`)));
  await until('all', async () => (await count(first.store, 'succeeded')) === 300);
  expect([runs.size, Math.max(...runs.values())]).toEqual([300, 1]);
  const nodes = (await first.desk.nodes()).map(({ id }) => id).sort();
  expect(nodes).toEqual(['first', `process-${other.child.pid}`, 'second']);
  other.child.kill('SIGKILL');
  await until('what it left', async () => (await count(first.store, 'succeeded')) === 301);
  expect((await attemptsOf(first.store)).map(({ outcome }) => outcome)).toEqual(['crashed']);
  await first.stop(1_000);
  await second.stop(1_000);
  await database.drop();
});
