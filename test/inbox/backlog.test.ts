import { sql } from 'kysely';
import type { SettledAttempt } from '../../src/core/ports/work-observer';
import { GiveUp } from '../../src/core/job';
import { commit, enqueue, job } from './conformance/operations';
import { eachStore } from './each-store';
import { draftOf, engineOn, hook, task, until } from './engine-under-test';

const received = hook('/in', () => undefined);

eachStore('what waits, and what was done', (open) => {
  test('jobs that are due are counted with their age, dead letters too; each attempt is told of', async () => {
    const settled: SettledAttempt[] = [];
    const commits: { ms: number; receipts: number }[] = [];
    const observer = {
      settled: (attempt: SettledAttempt) => void settled.push(attempt),
      committed: (ms: number, receipts: number) => void commits.push({ ms, receipts }),
    };
    const engine = engineOn(await open(), { observer });
    try {
      await engine.open();
      expect(await engine.backlog()).toEqual({ due: 0, oldestDueMs: undefined, dead: 0 });
      let fails = 1;
      engine.put('acme.ci', [
        received,
        task('often', () => {
          if ((fails -= 1) >= 0) throw new Error('once');
        }),
        task('never', () => {
          throw new GiveUp('no');
        }),
      ]);
      const tasks = engine.inbox.tasksOf('acme.ci' as never);
      await tasks.enqueue('often', {}, { lane: 'a' });
      await tasks.enqueue('never');
      await engine.inbox.accept(draftOf('acme.ci', received));
      await tasks.enqueue('often', {}, { runAt: Date.now() + 3_600_000 });
      const waiting = await engine.backlog();
      expect(waiting).toMatchObject({ due: 3, dead: 0 });
      expect(waiting.oldestDueMs).toBeGreaterThanOrEqual(0);
      await engine.start();
      await until('four attempts', async () => settled.length === 4);
      await until('a dead letter', async () => (await engine.backlog()).dead === 1);
      expect((await engine.backlog()).due).toBe(0);
      const told = settled.map(({ name, outcome, isDead, lane }) => ({ name, outcome, isDead, lane }));
      expect(told).toEqual(
        expect.arrayContaining([
          { name: 'often', outcome: 'failed', isDead: false, lane: 'a' },
          { name: 'often', outcome: 'succeeded', isDead: false, lane: 'a' },
          { name: 'never', outcome: 'gave-up', isDead: true, lane: undefined },
          { name: 'POST /in', outcome: 'succeeded', isDead: false, lane: undefined },
        ]),
      );
      expect(settled.every(({ plugin, ms = -1 }) => plugin === 'acme.ci' && ms >= 0)).toBe(true);
      expect(commits.reduce((sum, { receipts }) => sum + receipts, 0)).toBe(1);
    } finally {
      await engine.stop(1_000);
    }
  });

  test('of more jobs than are counted the oldest is known all the same', async () => {
    const store = await open();
    const engine = engineOn(store);
    try {
      const ids = await store.taskIds(
        ['many', 'few'].map((name) => ({ plugin: 'acme.ci', name, kind: 'task' as const })),
      );
      const [many = 0, few = 0] = ids;
      const now = store.now();
      const numbers = sql`with recursive counted(n) as (select 1 union all select n + 1 from counted where n < 100001)`;
      const bulk = sql`insert into job (token, state, run_at, priority, task_id, lane_head, attempt, crashes, created_at)
        ${numbers} select 'token-' || n, 1, ${sql.lit(now)}, 0, ${sql.lit(many)}, 1, 0, 0, ${sql.lit(now)} from counted`;
      await commit(store, { commands: [{ statements: [bulk.compile(store.reader)] }] });
      await enqueue(store, job(few, { runAt: now - 3_600_000 }));
      const backlog = await engine.backlog();
      expect(backlog.due).toBe(100_000);
      expect(backlog.oldestDueMs).toBeGreaterThanOrEqual(3_600_000);
    } finally {
      await engine.stop(1_000);
    }
  });

  test('a job that took its process down for the third time is told of as dead', async () => {
    const store = await open();
    const settled: SettledAttempt[] = [];
    const observer = {
      settled: (attempt: SettledAttempt) => void settled.push(attempt),
      committed: () => {},
    };
    const engine = engineOn(store, { observer });
    const ids = await store.taskIds([{ plugin: 'acme.away', name: 'deadly', kind: 'task' }]);
    const [taskId = 0] = ids;
    await enqueue(store, job(taskId, { lane: 'a' }), job(taskId));
    await commit(store, {
      claim: { node: 'a-dead-host', leaseUntil: store.now() - 1, wants: [{ taskId, most: 2 }] },
    });
    const twice = sql`update job set crashes = 2 where lane = 'a'`.compile(store.reader);
    await commit(store, { commands: [{ statements: [twice] }] });
    try {
      await engine.start();
      await until('both are found', () => settled.length === 2, 12_000);
      const crashed = { plugin: 'acme.away', name: 'deadly', outcome: 'crashed', ms: undefined };
      expect(settled).toEqual(
        expect.arrayContaining([
          { ...crashed, lane: 'a', isDead: true },
          { ...crashed, lane: undefined, isDead: false },
        ]),
      );
      expect((await engine.backlog()).dead).toBe(1);
    } finally {
      await engine.stop(1_000);
    }
  }, 20_000);
});
