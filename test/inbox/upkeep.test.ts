import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import { createTestSchema } from '../support/postgres';
import { commit, enqueue, job } from './conformance/operations';
import { engineOn, pauseMs, QUICK, task, until } from './engine-under-test';

test('a host that starts leaves others the time to extend leases that ran out while the store was away', async () => {
  const database = await createTestSchema();
  const open = async () => (await openPostgresStore(database.url)).store;
  const slow = await open();
  const host = engineOn(await open(), { node: 'the-new-host' });
  const runs: number[] = [];
  host.put('acme.ci', [task('report', (payload) => void runs.push(payload as number))]);
  const [taskId = 0] = await slow.taskIds([{ plugin: 'acme.ci', name: 'report', kind: 'task' }]);
  await enqueue(slow, job(taskId, { payload: '1' }), job(taskId, { payload: '2' }));
  const leaseUntil = slow.now() - 1;
  const { claimed } = await commit(slow, {
    claim: { node: 'a-slow-host', leaseUntil, wants: [{ taskId, most: 2 }] },
  });
  expect(claimed).toHaveLength(2);
  await host.start();
  await pauseMs(QUICK.inbox.leaseMs / 3);
  const [kept] = claimed;
  const { extensions } = await commit(slow, {
    extensions: [
      {
        jobId: kept?.id ?? 0,
        ticket: kept?.ticket ?? 0,
        leaseUntil: slow.now() + 60_000,
        progress: undefined,
      },
    ],
  });
  expect(extensions).toEqual(['held']);
  // The other one nobody extends: it runs here.
  await until('the run', () => runs.length > 0, 15_000);
  expect(runs).toEqual([2]);
  await host.stop(1_000);
  await slow.close();
  await database.drop();
}, 30_000);
