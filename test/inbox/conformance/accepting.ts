import { setTimeout as sleep } from 'node:timers/promises';
import { PART_BYTES } from '../../../src/inbox/store';
import {
  accept,
  acceptOne,
  commit,
  claimOne,
  command,
  enqueue,
  HOUR_MS,
  job,
  jobRow,
  keyOf,
  receipt,
  stored,
  taskId,
  type Current,
} from './operations';

export function accepting(current: Current): void {
  describe('accepting', () => {
    test('a receipt is kept as it came, byte for byte, with its job', async () => {
      const { store } = current();
      const task = await taskId(store);
      const kept = receipt(task, {
        body: Buffer.from([0, 255, 10, 39, 92, 0]),
        scheme: 'github',
        deliveryId: 'd-1',
        event: 'push',
        answerStatus: 204,
        replayOf: 7,
        meta: '{"é":"\\u0000"}',
      });
      const work = job(task, { payload: '{"p":"✓"}', priority: 5, runAt: 123 });
      const result = stored(await acceptOne(store, { receipt: kept, dedupe: undefined, jobs: [work] }));

      const row = await store.reader
        .selectFrom('receipt')
        .selectAll()
        .where('id', '=', result.receiptId)
        .executeTakeFirstOrThrow();
      expect(row).toEqual({
        id: result.receiptId,
        token: kept.token,
        task_id: task,
        received_at: kept.receivedAt,
        method: 'POST',
        target: kept.target,
        meta: kept.meta,
        body: kept.body,
        body_bytes: 6,
        body_digest: 'digest-of-it',
        ip: '127.0.0.1',
        scheme: 'github',
        delivery_id: 'd-1',
        event: 'push',
        answer_status: 204,
        answer: null,
        replay_of: 7,
      });
      expect(result.jobs).toEqual([{ id: expect.any(Number), ticket: undefined }]);
      expect(await jobRow(store, result.jobs[0]?.id as number)).toMatchObject({
        token: work.token,
        task_id: task,
        receipt_id: result.receiptId,
        state: 1,
        priority: 5,
        run_at: 123,
        payload: '{"p":"✓"}',
        lane: null,
        lane_head: 1,
        attempt: 0,
        crashes: 0,
        cancel: 0,
        ticket: null,
        ended_at: null,
      });
    });

    test('a receipt may have no job, and several', async () => {
      const { store } = current();
      const task = await taskId(store);
      const { accepts } = await commit(store, {
        accepts: [
          { receipt: receipt(task), dedupe: undefined, jobs: [] },
          { receipt: receipt(task), dedupe: undefined, jobs: [job(task), job(task), job(task)] },
        ],
      });
      expect(accepts.map((result) => stored(result).jobs.length)).toEqual([0, 3]);
    });

    test.each([0, 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES, 3 * PART_BYTES + 17])(
      'a body of %i bytes comes back whole, in parts where it is large',
      async (bytes) => {
        const { store } = current();
        const body = Buffer.alloc(bytes);
        for (let index = 0; index < bytes; index += 997) body[index] = index % 251;
        const task = await taskId(store);
        const { receiptId } = stored(await acceptOne(store, accept(task, undefined, { body })));
        const parts = await store.reader
          .selectFrom('receipt_body')
          .select(['part', 'bytes'])
          .where('receipt_id', '=', receiptId)
          .orderBy('part')
          .execute();
        const row = await store.reader
          .selectFrom('receipt')
          .select(['body', 'body_bytes'])
          .where('id', '=', receiptId)
          .executeTakeFirstOrThrow();
        expect(row.body_bytes).toBe(bytes);
        expect(row.body === null).toBe(bytes > PART_BYTES);
        expect(parts.map(({ part }) => part)).toEqual(
          bytes > PART_BYTES ? Array.from({ length: Math.ceil(bytes / PART_BYTES) }, (_, part) => part) : [],
        );
        expect(body.equals(row.body ?? Buffer.concat(parts.map((part) => part.bytes)))).toBe(true);
      },
    );

    test('ids grow in the order of the operations, and are never used twice', async () => {
      const { store } = current();
      const task = await taskId(store);
      const { accepts } = await commit(store, { accepts: Array.from({ length: 20 }, () => accept(task)) });
      const given = accepts.map((result) => stored(result).receiptId);
      expect(given).toEqual([...given].sort((a, b) => a - b));
      const last = given.at(-1) as number;
      await commit(store, { commands: [command(store.reader.deleteFrom('receipt').where('id', '=', last))] });
      expect(stored(await acceptOne(store, accept(task))).receiptId).toBeGreaterThan(last);
    });
  });

  describe('duplicates', () => {
    test.each([408, 425, 429, 500, 503])(
      'a receipt answered %i, which asks to come again, holds its key no more',
      async (status) => {
        const { store } = current();
        const task = await taskId(store);
        const send = (bodyDigest: string) =>
          acceptOne(store, accept(task, keyOf(task, 'key'), { bodyDigest }));
        const first = stored(await send('a'));
        expect(await send('a')).toMatchObject({ kind: 'duplicate', answerStatus: undefined });
        await commit(store, { answers: [{ receiptId: first.receiptId, status, answer: undefined }] });
        const second = stored(await send('b'));
        expect(second.receiptId).not.toBe(first.receiptId);
        const { receiptId } = second;
        expect(await send('b')).toMatchObject({ kind: 'duplicate', receiptId, bodyDigest: 'b' });
        await commit(store, { answers: [{ receiptId, status: 409, answer: undefined }] });
        expect(await send('b')).toMatchObject({ kind: 'duplicate', receiptId, answerStatus: 409 });
      },
    );

    test('the same key within its window is a duplicate of the first, and no second job is made', async () => {
      const { store } = current();
      const task = await taskId(store);
      const first = accept(task, keyOf(task, 'delivery-1'));
      const { receiptId } = stored(await acceptOne(store, first));
      expect(
        await acceptOne(store, accept(task, keyOf(task, 'delivery-1'), { bodyDigest: 'other' })),
      ).toEqual({
        kind: 'duplicate',
        receiptId,
        token: first.receipt.token,
        bodyDigest: 'digest-of-it',
        answerStatus: undefined,
        answer: undefined,
      });
      const rows = await store.reader.selectFrom('job').select('id').execute();
      expect(rows).toHaveLength(1);
    });

    test('also in one and the same batch, where another key and no key are none', async () => {
      const { store } = current();
      const task = await taskId(store);
      const key = (name: string) => keyOf(task, name);
      const { accepts } = await commit(store, {
        accepts: [
          accept(task, key('a')),
          accept(task, key('b')),
          accept(task, key('a')),
          accept(task),
          accept(task),
          accept(task, key('a')),
        ],
      });
      expect(accepts.map(({ kind }) => kind)).toEqual([
        'stored',
        'stored',
        'duplicate',
        'stored',
        'stored',
        'duplicate',
      ]);
      const [first] = accepts;
      expect(accepts[2]).toMatchObject({ receiptId: stored(first).receiptId });
    });

    test('a key counts for its endpoint only', async () => {
      const { store } = current();
      const [one, other] = [await taskId(store), await taskId(store, 'POST /other')];
      await acceptOne(store, accept(one, keyOf(one, 'same')));
      expect(await acceptOne(store, accept(other, keyOf(other, 'same')))).toMatchObject({ kind: 'stored' });
    });

    test('a key of any length and any characters is told from others', async () => {
      const { store } = current();
      const task = await taskId(store);
      const long = 'k'.repeat(20_000);
      const keys = ['', "'", 'é', 'e\u0301', 'a b', 'A b', long, `${long}k`];
      const { accepts } = await commit(store, { accepts: keys.map((key) => accept(task, keyOf(task, key))) });
      expect(accepts.map(({ kind }) => kind)).toEqual(keys.map(() => 'stored'));
      const again = await commit(store, { accepts: keys.map((key) => accept(task, keyOf(task, key))) });
      expect(again.accepts.map(({ kind }) => kind)).toEqual(keys.map(() => 'duplicate'));
    });

    test('when its window has passed, the key is free again, and then taken again', async () => {
      const { store } = current();
      const task = await taskId(store);
      const first = stored(await acceptOne(store, accept(task, keyOf(task, 'k', 30))));
      const until = store.now() + 40;
      while (store.now() < until) await sleep(10);
      const second = stored(await acceptOne(store, accept(task, keyOf(task, 'k', 30))));
      expect(second.receiptId).toBeGreaterThan(first.receiptId);
      expect(await acceptOne(store, accept(task, keyOf(task, 'k', HOUR_MS)))).toMatchObject({
        kind: 'duplicate',
        receiptId: second.receiptId,
      });
    });

    test('a duplicate learns the answer that was stored with the first', async () => {
      const { store } = current();
      const task = await taskId(store);
      const { receiptId } = stored(await acceptOne(store, accept(task, keyOf(task, 'k'))));
      await commit(store, { answers: [{ receiptId, status: 422, answer: '{"body":"bm8="}' }] });
      expect(await acceptOne(store, accept(task, keyOf(task, 'k')))).toMatchObject({
        answerStatus: 422,
        answer: '{"body":"bm8="}',
      });
    });

    test('a key is remembered though its receipt is gone: answered 202, nothing is left to compare with', async () => {
      const { store } = current();
      const task = await taskId(store);
      const { receiptId } = stored(await acceptOne(store, accept(task, keyOf(task, 'k'))));
      await commit(store, {
        commands: [
          command(
            store.reader.deleteFrom('job').where('receipt_id', '=', receiptId),
            store.reader.deleteFrom('receipt').where('id', '=', receiptId),
          ),
        ],
      });
      expect(await acceptOne(store, accept(task, keyOf(task, 'k'), { bodyDigest: 'of this one' }))).toEqual({
        kind: 'duplicate',
        receiptId,
        token: '',
        bodyDigest: 'of this one',
        answerStatus: 202,
        answer: undefined,
      });
    });

    test('keys of a day are forgotten once the longest window of any of them has passed since', async () => {
      const { store } = current();
      const task = await taskId(store);
      await acceptOne(store, accept(task, keyOf(task, 'k')));
      await acceptOne(store, accept(task, keyOf(task, 'short', HOUR_MS)));
      await enqueue(store, job(task, { dedupe: keyOf(task, 'shorter', 1) }));
      const dayEnd = (Math.floor(store.now() / (24 * HOUR_MS)) + 1) * 24 * HOUR_MS;
      expect(await store.forgetKeys(dayEnd + 72 * HOUR_MS - 1)).toBe(0);
      expect(await acceptOne(store, accept(task, keyOf(task, 'k')))).toMatchObject({ kind: 'duplicate' });
      expect(await store.forgetKeys(dayEnd + 96 * HOUR_MS)).toBeGreaterThan(0);
      expect(await acceptOne(store, accept(task, keyOf(task, 'k')))).toMatchObject({ kind: 'stored' });
      expect(await acceptOne(store, accept(task, keyOf(task, 'k')))).toMatchObject({ kind: 'duplicate' });
    });
  });

  describe('enqueueing', () => {
    test('a job is stored under its own key: its duplicate names the first', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      const [one, two, other] = [
        job(task, { dedupe: keyOf(task, 'daily') }),
        job(task, { dedupe: keyOf(task, 'daily') }),
        job(task),
      ];
      const { enqueues } = await commit(store, { enqueues: [one, two, other] });
      const id = enqueues[0]?.id as number;
      expect(enqueues).toEqual([
        { id, token: one.token, duplicate: false },
        { id, token: one.token, duplicate: true },
        { id: expect.any(Number), token: other.token, duplicate: false },
      ]);
      const later = await commit(store, { enqueues: [job(task, { dedupe: keyOf(task, 'daily') })] });
      expect(later.enqueues).toEqual([{ id, token: one.token, duplicate: true }]);
    });

    test('a job that was dropped is still the first of its key', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      const [id] = await enqueue(store, job(task, { dedupe: keyOf(task, 'k') }));
      await commit(store, {
        commands: [command(store.reader.deleteFrom('job').where('id', '=', id as number))],
      });
      const { enqueues } = await commit(store, { enqueues: [job(task, { dedupe: keyOf(task, 'k') })] });
      expect(enqueues).toEqual([{ id, token: '', duplicate: true }]);
    });

    test('a job of the future is later, not ready', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      const runAt = store.now() + HOUR_MS;
      const [later, now] = await enqueue(store, job(task, { runAt }), job(task, { runAt: store.now() }));
      expect(await jobRow(store, later as number)).toMatchObject({ state: 0, run_at: runAt });
      expect(await jobRow(store, now as number)).toMatchObject({ state: 1 });
      expect((await claimOne(store, task)).id).toBe(now);
    });

    test('a job may repeat a receipt that is stored', async () => {
      const { store } = current();
      const task = await taskId(store);
      const { receiptId } = stored(await acceptOne(store, { ...accept(task), jobs: [] }));
      await enqueue(store, job(task, { receiptId }));
      expect(await claimOne(store, task)).toMatchObject({ receiptId });
    });

    test('a job held from the start is running under a ticket that settles it', async () => {
      const { store } = current();
      const task = await taskId(store);
      const leaseUntil = store.now() + 5_000;
      const held = job(task, { held: { node: 'node-a', leaseUntil } });
      const { jobs } = stored(
        await acceptOne(store, { receipt: receipt(task), dedupe: undefined, jobs: [held] }),
      );
      const [{ id, ticket } = { id: 0, ticket: undefined }] = jobs;
      expect(ticket).toEqual(expect.any(Number));
      expect(await jobRow(store, id)).toMatchObject({
        state: 2,
        node: 'node-a',
        lease_until: leaseUntil,
        ticket,
        started_at: expect.any(Number),
      });
      const { claimed, settles } = await commit(store, {
        claim: { node: 'node-b', leaseUntil, wants: [{ taskId: task, most: 1 }] },
        settles: [
          {
            jobId: id,
            ticket: ticket as number,
            next: { state: 'succeeded' },
            at: 2,
            startedAt: 1,
            outcome: 'succeeded',
            error: undefined,
            writes: [],
            enqueues: [],
          },
        ],
      });
      expect(claimed).toEqual([]);
      expect(settles).toEqual([{ kind: 'settled' }]);
    });

    test('task numbers are made once, and are the same for the same name', async () => {
      const { store } = current();
      const names = [
        { plugin: 'acme.ci', name: 'report', kind: 'task' as const },
        { plugin: 'acme.ci', name: 'report', kind: 'endpoint' as const },
        { plugin: 'acme.other', name: 'report', kind: 'task' as const },
      ];
      const numbers = await store.taskIds(names);
      expect(new Set(numbers).size).toBe(3);
      expect(await store.taskIds([...names].reverse())).toEqual([...numbers].reverse());
    });
  });
}
