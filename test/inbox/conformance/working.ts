import {
  batch,
  claim,
  claimOne,
  command,
  commit,
  end,
  enqueue,
  HOUR_MS,
  ids,
  job,
  jobRow,
  settle,
  settlement,
  stored,
  accept,
  taskId,
  type Current,
} from './operations';

export function working(current: Current): void {
  describe('claiming', () => {
    test('the highest priority comes first, then the longest due, then the oldest', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      const [a, b, c, d, e] = await enqueue(
        store,
        job(task, { runAt: 20 }),
        job(task, { runAt: 10 }),
        job(task, { runAt: 20 }),
        job(task, { runAt: 30, priority: 1 }),
        job(task, { runAt: 1, priority: -1 }),
      );
      expect(ids(await claim(store, task, 3))).toEqual([d, b, a]);
      expect(ids(await claim(store, task, 3))).toEqual([c, e]);
      expect(await claim(store, task, 3)).toEqual([]);
    });

    test('no more than wanted of each task, and none of a task that is not named', async () => {
      const { store } = current();
      const [one, two, three] = await store.taskIds(
        ['one', 'two', 'three'].map((name) => ({ plugin: 'acme.ci', name, kind: 'task' as const })),
      );
      for (const task of [one, two, three])
        await enqueue(store, ...Array.from({ length: 5 }, () => job(task as number)));
      const wants = [
        { taskId: one as number, most: 2 },
        { taskId: two as number, most: 4 },
      ];
      const { claimed } = await commit(store, {
        claim: { node: 'node-a', leaseUntil: store.now() + 1_000, wants },
      });
      expect(claimed.filter((found) => found.taskId === one)).toHaveLength(2);
      expect(claimed.filter((found) => found.taskId === two)).toHaveLength(4);
      expect(claimed).toHaveLength(6);
    });

    test('a claimed job says all a worker must know, and its row who holds it', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      const work = job(task, { payload: '[1]', lane: 'x' });
      const [id] = await enqueue(store, work);
      const leaseUntil = store.now() + 7_000;
      const { claimed } = await commit(store, {
        claim: { node: 'node-b', leaseUntil, wants: [{ taskId: task, most: 1 }] },
      });
      expect(claimed).toEqual([
        {
          id,
          token: work.token,
          taskId: task,
          ticket: expect.any(Number),
          attempt: 1,
          crashes: 0,
          payload: '[1]',
          receiptId: undefined,
          lane: 'x',
          createdAt: expect.any(Number),
          cancel: false,
        },
      ]);
      expect(await jobRow(store, id as number)).toMatchObject({
        state: 2,
        node: 'node-b',
        lease_until: leaseUntil,
      });
    });

    test('what the same batch stored can be claimed by it', async () => {
      const { store } = current();
      const task = await taskId(store);
      const result = await commit(store, {
        accepts: [accept(task)],
        enqueues: [job(task)],
        claim: { node: 'node-a', leaseUntil: store.now() + 1_000, wants: [{ taskId: task, most: 9 }] },
      });
      expect(ids(result.claimed)).toEqual([stored(result.accepts[0]).jobs[0]?.id, ...ids(result.enqueues)]);
    });

    test('a batch of nothing is fine', async () => {
      const { store } = current();
      expect(await store.commit(batch({}))).toEqual({
        accepts: [],
        enqueues: [],
        settles: [],
        extensions: [],
        commands: [],
        claimed: [],
      });
    });
  });

  describe('settling', () => {
    test('a success leaves its times on the job and no attempt', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      await enqueue(store, job(task));
      const held = await claimOne(store, task);
      expect(await end(store, held)).toEqual({ kind: 'settled' });
      expect(await jobRow(store, held.id)).toMatchObject({
        state: 4,
        attempt: 1,
        ticket: null,
        lease_until: null,
        started_at: 1_700_000_001_000,
        ended_at: 1_700_000_002_000,
        error: null,
      });
      expect(await store.reader.selectFrom('attempt').selectAll().execute()).toEqual([]);
    });

    test('a ticket settles once: a second time, a wrong one and an old one are lost', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      await enqueue(store, job(task));
      const first = await claimOne(store, task);
      expect(await end(store, { id: first.id, ticket: first.ticket + 1_000 })).toEqual({ kind: 'lost' });
      expect(await end(store, first, { state: 'ready', runAt: 0, counts: true })).toEqual({
        kind: 'settled',
      });
      expect(await end(store, first)).toEqual({ kind: 'lost' });
      const second = await claimOne(store, task);
      expect(second.ticket).not.toBe(first.ticket);
      expect(second.attempt).toBe(2);
      expect(await end(store, first)).toEqual({ kind: 'lost' });
      expect(await end(store, second)).toEqual({ kind: 'settled' });
    });

    test('what was released by the reaper cannot be settled by its old ticket', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      const [id] = await enqueue(store, job(task));
      const held = await claimOne(store, task);
      await commit(store, {
        commands: [
          command(
            store.reader
              .updateTable('job')
              .set({ state: 1, ticket: null, lease_until: null })
              .where('id', '=', id as number),
          ),
        ],
      });
      expect(await end(store, held)).toEqual({ kind: 'lost' });
      expect(await jobRow(store, held.id)).toMatchObject({ state: 1, attempt: 0 });
    });

    test('each failure is an attempt of its own, numbered from 1, those that do not count as well', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      const [id] = await enqueue(store, job(task));
      const ends = [
        { counts: true, outcome: 'failed', error: 'first' },
        { counts: false, outcome: 'interrupted', error: undefined },
        { counts: true, outcome: 'timed-out', error: 'third' },
      ] as const;
      for (const { counts, outcome, error } of ends) {
        const held = await claimOne(store, task);
        await settle(store, settlement(held, { state: 'ready', runAt: 0, counts }, { outcome, error }));
      }
      const last = await claimOne(store, task);
      expect(last.attempt).toBe(3);
      await settle(store, settlement(last, { state: 'dead' }, { outcome: 'gave-up', error: 'enough' }));
      const attempts = await store.reader
        .selectFrom('attempt')
        .selectAll()
        .where('job_id', '=', id as number)
        .orderBy('n')
        .execute();
      expect(attempts.map(({ n, outcome, error }) => [n, outcome, error])).toEqual([
        [1, 'failed', 'first'],
        [2, 'interrupted', null],
        [3, 'timed-out', 'third'],
        [4, 'gave-up', 'enough'],
      ]);
      expect(attempts[0]).toMatchObject({
        node: 'node-a',
        started_at: 1_700_000_001_000,
        ended_at: 1_700_000_002_000,
      });
      expect(await jobRow(store, id as number)).toMatchObject({ state: 5, attempt: 3, error: 'enough' });
    });

    test('a later try waits as later, and runs when it is made ready', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      const [id] = await enqueue(store, job(task));
      const runAt = store.now() + HOUR_MS;
      await end(store, await claimOne(store, task), { state: 'later', runAt, counts: true });
      expect(await jobRow(store, id as number)).toMatchObject({ state: 0, run_at: runAt, ended_at: null });
      expect(await claim(store, task)).toEqual([]);
      await commit(store, {
        commands: [command(store.reader.updateTable('job').set({ state: 1 }).where('state', '=', 0))],
      });
      expect(await claimOne(store, task)).toMatchObject({ id, attempt: 2 });
    });

    test('a waiting job keeps what it waits for and how long; the wait is no attempt that counts', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      const [id] = await enqueue(store, job(task));
      const until = store.now() + HOUR_MS;
      const next = { state: 'waiting', awaited: 'approval', until } as const;
      await settle(
        store,
        settlement(await claimOne(store, task), next, { outcome: 'waiting', error: undefined }),
      );
      expect(await jobRow(store, id as number)).toMatchObject({
        state: 3,
        awaited: 'approval',
        run_at: until,
        attempt: 0,
        ticket: null,
      });
      await commit(store, {
        commands: [
          command(store.reader.updateTable('job').set({ state: 1, run_at: 0 }).where('state', '=', 3)),
        ],
      });
      expect(await claimOne(store, task)).toMatchObject({ id, attempt: 1 });
      expect(await jobRow(store, id as number)).toMatchObject({ awaited: 'approval' });
    });

    test.each(['dead', 'poisoned', 'cancelled'] as const)(
      '%s jobs are never claimed again',
      async (state) => {
        const { store } = current();
        const task = await taskId(store, 'report');
        const [id] = await enqueue(store, job(task));
        await end(store, await claimOne(store, task), { state });
        expect(await claim(store, task)).toEqual([]);
        expect(await jobRow(store, id as number)).toMatchObject({ ended_at: 1_700_000_002_000 });
      },
    );

    test('what a settlement enqueues is stored with it, and not when its ticket is lost', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      await enqueue(store, job(task));
      const held = await claimOne(store, task);
      const more = { enqueues: [job(task, { payload: '"next"' })] };
      expect(
        await settle(store, settlement(held, undefined, more), settlement(held, undefined, more)),
      ).toEqual([{ kind: 'settled' }, { kind: 'lost' }]);
      const next = await claim(store, task);
      expect(next.map(({ payload }) => payload)).toEqual(['"next"']);
    });

    test('many settlements of one batch are each judged alone, in order', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      await enqueue(store, ...Array.from({ length: 40 }, () => job(task)));
      const held = await claim(store, task, 40);
      const results = await settle(
        store,
        ...held.map((one, index) => settlement(index % 3 === 0 ? { ...one, ticket: -1 } : one)),
      );
      expect(results.map(({ kind }) => kind)).toEqual(
        held.map((_, index) => (index % 3 === 0 ? 'lost' : 'settled')),
      );
    });
  });

  describe('extending', () => {
    test('a lease is extended while the ticket holds, and progress kept with it', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      await enqueue(store, job(task), job(task));
      const [one, two] = await claim(store, task, 2);
      const leaseUntil = store.now() + 60_000;
      const extension = { jobId: one?.id as number, ticket: one?.ticket as number, leaseUntil };
      const { extensions } = await commit(store, {
        extensions: [
          { ...extension, progress: { fraction: 0.25, note: 'a quarter' } },
          { ...extension, ticket: extension.ticket + 1_000, progress: undefined },
          { jobId: two?.id as number, ticket: two?.ticket as number, leaseUntil, progress: undefined },
        ],
      });
      expect(extensions).toEqual(['held', 'lost', 'held']);
      expect(await jobRow(store, one?.id as number)).toMatchObject({
        lease_until: leaseUntil,
        progress: 0.25,
        note: 'a quarter',
      });
      await commit(store, { extensions: [{ ...extension, progress: undefined }] });
      expect(await jobRow(store, one?.id as number)).toMatchObject({ progress: 0.25, note: 'a quarter' });
    });

    test('it tells when an operator wants the job cancelled', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      await enqueue(store, job(task));
      const held = await claimOne(store, task);
      await commit(store, {
        commands: [command(store.reader.updateTable('job').set({ cancel: 1 }).where('id', '=', held.id))],
      });
      const extension = { jobId: held.id, ticket: held.ticket, leaseUntil: store.now() + 1_000 };
      const { extensions } = await commit(store, { extensions: [{ ...extension, progress: undefined }] });
      expect(extensions).toEqual(['cancel']);
      await end(store, held, { state: 'ready', runAt: 0, counts: false });
      expect(await claimOne(store, task)).toMatchObject({ cancel: true });
    });

    test('a job that ended has no lease to extend', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      await enqueue(store, job(task));
      const held = await claimOne(store, task);
      await end(store, held);
      const extension = { jobId: held.id, ticket: held.ticket, leaseUntil: store.now() + 1_000 };
      const { extensions } = await commit(store, { extensions: [{ ...extension, progress: undefined }] });
      expect(extensions).toEqual(['lost']);
      expect(await jobRow(store, held.id)).toMatchObject({ lease_until: null });
    });
  });
}
