import path from 'node:path';
import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import Database from '../../src/inbox/sqlite/driver.cjs';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import { keyOf } from '../core/plain-mount';
import { openPostgres, type PostgresServer } from '../support/postgres';
import {
  attemptsOf,
  count,
  draftOf,
  engineOn,
  gate,
  hook,
  pauseMs,
  task,
  temporaryFolder,
  until,
} from './engine-under-test';

const unavailable = { code: 'inbox/unavailable', status: 503, headers: { 'retry-after': '5' } };

test('a SQLite file locked by somebody else: refused meanwhile, and everything goes on by itself', async () => {
  const folder = temporaryFolder();
  const file = path.join(folder.folder, 'inbox.db');
  const host = engineOn(await SqliteStore.open({ file }));
  const finish = gate();
  const runs: number[] = [];
  const endpoint = hook('/github', () => undefined);
  host.put('acme.ci', [
    endpoint,
    task('running', async (_payload, { attempt }) => {
      runs.push(attempt);
      await finish.promise;
    }),
  ]);
  await host.start();
  await host.inbox.tasksOf(keyOf('acme.ci')).enqueue('running');
  await until('it runs', () => runs.length === 1);

  const intruder = new Database(file);
  intruder.exec('BEGIN IMMEDIATE');
  await expect(host.inbox.accept(draftOf('acme.ci', endpoint))).rejects.toMatchObject(unavailable);
  finish.open();
  await pauseMs(2_000); // longer than the lease: what cannot be settled is still held
  await expect(host.inbox.accept(draftOf('acme.ci', endpoint))).rejects.toMatchObject(unavailable);
  intruder.exec('ROLLBACK');
  intruder.close();

  expect((await host.inbox.accept(draftOf('acme.ci', endpoint))).kind).toBe('stored');
  await until('both', async () => (await count(host.store, 'succeeded')) === 2);
  expect([runs, await attemptsOf(host.store)]).toEqual([[1], []]);
  expect(host.lines.filter((line) => line.includes('cannot store anything'))).toHaveLength(1);
  expect(host.lines).toContain('info: the inbox stores again');
  await host.stop(1_000);
  folder.remove();
}, 30_000);

describe('PostgreSQL that goes away', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await openPostgres();
  });
  afterAll(() => server.close());

  test('refused meanwhile; jobs held past their lease stop and run again; then everything goes on', async () => {
    const url = await server.start();
    const host = engineOn((await openPostgresStore(url)).store);
    const runs: string[] = [];
    const endpoint = hook('/github', () => undefined);
    host.put('acme.ci', [
      endpoint,
      task('long', async (_payload, { attempt, signal }) => {
        runs.push(`run ${attempt}`);
        if (runs.length > 1) return;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        runs.push('aborted');
      }),
    ]);
    await host.start();
    await host.inbox.tasksOf(keyOf('acme.ci')).enqueue('long');
    await until('it runs', () => runs.length === 1);
    await server.stop();
    await expect(host.inbox.accept(draftOf('acme.ci', endpoint))).rejects.toMatchObject({
      code: 'inbox/unavailable',
      status: 503,
    });
    await until('the abort', () => runs.includes('aborted'), 20_000);
    await server.start();
    await until(
      'the store',
      () =>
        host.inbox.accept(draftOf('acme.ci', endpoint)).then(
          ({ kind }) => kind === 'stored',
          () => false,
        ),
      20_000,
    );
    await until('both', async () => (await count(host.store, 'succeeded').catch(() => 0)) === 2, 20_000);
    expect(runs).toEqual(['run 1', 'aborted', 'run 1']);
    expect((await attemptsOf(host.store)).map(({ outcome }) => outcome)).toEqual(['interrupted']);
    await host.stop(2_000);
  }, 90_000);
});
