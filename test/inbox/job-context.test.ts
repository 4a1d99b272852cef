import { sql } from 'kysely';
import type { Job } from '../../src/core/job';
import type { Store } from '../../src/inbox/store';
import { keyOf } from '../core/plain-mount';
import {
  attemptsOf,
  count,
  engineOn,
  gate,
  pauseMs,
  task,
  until,
  type EngineUnderTest,
} from './engine-under-test';
import { eachStore } from './each-store';

eachStore('a job', (openStore) => {
  let host: EngineUnderTest;
  let store: Store;
  beforeEach(async () => {
    store = await openStore();
    host = engineOn(store);
  });
  afterEach(() => host.stop(1_000));

  /** Runs `code` as a job and gives what it returned, or the error's code or name. */
  async function inJob<T>(code: (job: Job) => Promise<T>): Promise<unknown> {
    let outcome: { value: unknown } | undefined;
    host.put('acme.ci', [
      task('run', async (_payload, job) => {
        const value = await code(job).catch(
          (error: { code?: string; name: string }) => error.code ?? error.name,
        );
        outcome = { value };
      }),
    ]);
    await host.start();
    await host.inbox.tasksOf(keyOf('acme.ci')).enqueue('run');
    await until('its answer', () => outcome);
    await until('its end', async () => (await count(store, 'succeeded')) + (await count(store, 'dead')) > 0);
    return outcome?.value;
  }

  test('reads its own writes over what is committed, in order of id', async () => {
    host.put('acme.ci', [
      task('seed', async (_payload, job) => {
        for (const [id, n] of Object.entries({ a: 1, b: 2, c: 3, e: 5 }))
          await job.store.create('things', { id, n });
      }),
    ]);
    await host.start();
    await host.inbox.tasksOf(keyOf('acme.ci')).enqueue('seed');
    await until('the seed', async () => (await count(store, 'succeeded')) === 1);
    const seen = await new Promise<unknown[]>((resolve, reject) => {
      host.put('acme.ci', [
        task('read', async (_payload, { store: documents }) => {
          const steps: unknown[] = [];
          const ids = async (options?: object) =>
            (await documents.list('things', options)).map(({ id }) => id);
          steps.push(await documents.delete('things', 'b'), await documents.delete('things', 'nothing'));
          const created = await documents.create('things', { id: 'd', n: 4 });
          steps.push([created.id, created.version, created.data]);
          steps.push((await documents.update('things', 'c', { n: 30 }, { version: 1 })).data);
          steps.push(await ids(), await ids({ limit: 2 }), await ids({ after: 'c' }));
          steps.push(await documents.get('things', 'b'), (await documents.get('things', 'c'))?.version);
          const code = (error: { code?: string; name: string }) => error.code ?? error.name;
          steps.push(await documents.create('things', { id: 'a' }).catch(code));
          steps.push(await documents.update('things', 'a', {}, { version: 7 }).catch(code));
          steps.push(await documents.update('things', 'b', {}).catch(code));
          steps.push((await documents.create('things', { n: 0 })).id.length);
          steps.push((await documents.create('things', { id: 'b', n: 20 })).data);
          return resolve(steps);
        }),
      ]);
      host.inbox.tasksOf(keyOf('acme.ci')).enqueue('read').catch(reject);
    });
    expect(seen).toEqual([
      true,
      false,
      ['d', 1, { id: 'd', n: 4 }],
      { id: 'c', n: 30 },
      ['a', 'c', 'd', 'e'],
      ['a', 'c'],
      ['d', 'e'],
      undefined,
      2,
      'Conflict',
      'Conflict',
      'store/not-found',
      16,
      { id: 'b', n: 20 },
    ]);
    await until('its end', async () => (await count(store, 'succeeded')) === 2);
    const rows = await store.reader
      .selectFrom('document')
      .select(['id', 'version', 'data'])
      .where('id', 'in', ['a', 'b', 'c', 'd', 'e'])
      .orderBy('id')
      .execute();
    expect(rows.map(({ id, version, data }) => [id, Number(version), JSON.parse(data).n])).toEqual([
      ['a', 1, 1],
      ['b', 2, 20],
      ['c', 2, 30],
      ['d', 1, 4],
      ['e', 1, 5],
    ]);
  });

  test('that lost its lease hears of it, and nothing of it is kept', async () => {
    const outcome = await inJob(async ({ store: documents, heartbeat, signal, attempt }) => {
      if (attempt > 1) return 'again';
      await documents.create('things', { id: 'lost' });
      // As another host would that found the lease run out.
      const [{ id } = { id: 0 }] = await store.reader.selectFrom('job').select('id').execute();
      const taken = sql`update job set state = 5, ticket = null where id = ${id}`.compile(store.reader);
      await store.commit({
        accepts: [],
        enqueues: [],
        answers: [],
        settles: [],
        extensions: [],
        commands: [{ statements: [taken] }],
        claim: undefined,
      });
      const code = await heartbeat().catch((error: { code: string }) => error.code);
      return [code, signal.aborted];
    });
    expect(outcome).toEqual(['inbox/lease-lost', true]);
    await pauseMs(100);
    expect(await store.reader.selectFrom('document').select('id').execute()).toEqual([]);
    expect([await count(store, 'dead'), await attemptsOf(store)]).toEqual([1, []]);
  });

  test('is extended while it runs, and its progress is seen', async () => {
    const finish = gate();
    host.put('acme.ci', [
      task('long', async (_payload, { progress, heartbeat }) => {
        progress(0.5, 'half-way');
        await heartbeat();
        progress(7);
        await finish.promise;
      }),
    ]);
    await host.start();
    await host.inbox.tasksOf(keyOf('acme.ci')).enqueue('long');
    const row = () =>
      store.reader.selectFrom('job').select(['progress', 'note', 'lease_until']).executeTakeFirst();
    await until('its progress', async () => Number((await row())?.progress) > 0);
    await until('what came later', async () => Number((await row())?.progress) === 1);
    await pauseMs(2_000); // longer than the lease
    expect(await count(store, 'running')).toBe(1);
    finish.open();
    await until('its end', async () => (await count(store, 'succeeded')) === 1);
    expect(await attemptsOf(store)).toEqual([]);
  });

  test('cannot enqueue what its plugin does not declare', async () => {
    expect(
      await inJob(async ({ enqueue }) => {
        enqueue('nothing');
      }),
    ).toBe('inbox/unknown-task');
  });
});
