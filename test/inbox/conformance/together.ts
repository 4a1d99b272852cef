import { sql } from 'kysely';
import {
  accept,
  acceptOne,
  claim,
  claimOne,
  command,
  commit,
  enqueue,
  ids,
  job,
  jobRow,
  keyOf,
  receipt,
  settle,
  settlement,
  stored,
  taskId,
  write,
  type Current,
} from './operations';
import type { ClaimedJob, DocumentWrite, Store } from '../../../src/inbox/store';

const documents = (store: Store) =>
  store.reader.selectFrom('document').select(['id', 'version', 'data']).orderBy('id').execute();
async function held(store: Store, count: number): Promise<readonly ClaimedJob[]> {
  const task = await taskId(store, 'report');
  await enqueue(store, ...Array.from({ length: count }, () => job(task)));
  return claim(store, task, count);
}

export function together(current: Current): void {
  describe('documents', () => {
    const settleWith = async (store: Store, ...writes: readonly DocumentWrite[]) =>
      (await settle(store, settlement((await held(store, 1))[0] as ClaimedJob, undefined, { writes })))[0];

    test('writes commit with the success: created at version 1, one more with each', async () => {
      const { store } = current();
      expect(await settleWith(store, write('a', { n: 1 }, 0), write('b', { n: 1 }))).toEqual({
        kind: 'settled',
      });
      expect(await settleWith(store, write('a', { n: 2 }, 1), write('b', { n: 2 }))).toEqual({
        kind: 'settled',
      });
      expect(await documents(store)).toEqual([
        { id: 'a', version: 2, data: '{"n":2}' },
        { id: 'b', version: 2, data: '{"n":2}' },
      ]);
      const [row] = await store.reader.selectFrom('document').selectAll().where('id', '=', 'a').execute();
      expect(row).toMatchObject({ plugin: 'acme.ci', collection: 'orders', updated_at: 1_700_000_002_000 });
    });

    test('deleted, and made anew from version 1', async () => {
      const { store } = current();
      await settleWith(store, write('a', { n: 1 }, 0));
      expect(await settleWith(store, write('a', undefined, 1), write('gone', undefined))).toEqual({
        kind: 'settled',
      });
      expect(await documents(store)).toEqual([]);
      await settleWith(store, write('a', { n: 9 }, 0));
      expect(await documents(store)).toEqual([{ id: 'a', version: 1, data: '{"n":9}' }]);
    });

    test.each([
      ['one that is there already', 0],
      ['another version', 2],
    ])('%s is a conflict', async (_, expected) => {
      const { store } = current();
      await settleWith(store, write('a', { n: 1 }, 0));
      expect(await settleWith(store, write('a', { n: 2 }, expected))).toEqual({
        kind: 'conflict',
        message: expect.stringContaining('orders/a'),
      });
    });

    test.each([
      ['an update', { n: 2 }],
      ['a deletion', undefined],
    ])('%s of what is not there is a conflict', async (_, data) => {
      const { store } = current();
      expect(await settleWith(store, write('a', data, 1))).toMatchObject({ kind: 'conflict' });
    });

    test('a conflict leaves its job running and nothing else of it, and others as they would be', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      await settleWith(store, write('taken', { n: 1 }, 0));
      const [one, two, three] = (await held(store, 3)) as [ClaimedJob, ClaimedJob, ClaimedJob];
      const results = await settle(
        store,
        settlement(one, undefined, { writes: [write('one', {}, 0)] }),
        settlement(two, undefined, {
          writes: [write('two', {}, 0), write('taken', {}, 0)],
          enqueues: [job(task)],
        }),
        settlement(three, undefined, { writes: [write('three', {}, 0)] }),
      );
      expect(results.map((result) => result.kind)).toEqual(['settled', 'conflict', 'settled']);
      expect((await documents(store)).map(({ id }) => id)).toEqual(['one', 'taken', 'three']);
      expect(await jobRow(store, two.id)).toMatchObject({ state: 2, ticket: two.ticket, attempt: 0 });
      expect(await claim(store, task)).toEqual([]);
      expect(await settle(store, settlement(two, { state: 'dead' }))).toEqual([{ kind: 'settled' }]);
    });

    test('of two in one batch that expect the same, the first wins', async () => {
      const { store } = current();
      const [one, two] = (await held(store, 2)) as [ClaimedJob, ClaimedJob];
      const results = await settle(
        store,
        settlement(one, undefined, { writes: [write('a', { by: 1 }, 0)] }),
        settlement(two, undefined, { writes: [write('a', { by: 2 }, 0)] }),
      );
      expect(results.map((result) => result.kind)).toEqual(['settled', 'conflict']);
      expect(await documents(store)).toEqual([{ id: 'a', version: 1, data: '{"by":1}' }]);
    });

    test('a lost ticket writes nothing', async () => {
      const { store } = current();
      const [one] = (await held(store, 1)) as [ClaimedJob];
      const lost = settlement({ ...one, ticket: -1 }, undefined, { writes: [write('a', {}, 0)] });
      expect(await settle(store, lost)).toEqual([{ kind: 'lost' }]);
      expect(await documents(store)).toEqual([]);
    });

    test('plugins and collections are apart', async () => {
      const { store } = current();
      const other = { ...write('a', { n: 2 }, 0), plugin: 'acme.other' };
      const writes = [write('a', { n: 1 }, 0), write('a', { n: 3 }, 0, 'invoices'), other];
      expect(await settleWith(store, ...writes)).toEqual({ kind: 'settled' });
      expect(await documents(store)).toHaveLength(3);
    });
  });

  describe('commands', () => {
    test('tell the rows of what reads and returns, and how many were changed', async () => {
      const { store } = current();
      const { reader } = store;
      const { commands } = await commit(store, {
        commands: [
          command(
            reader.insertInto('pause').values([
              { scope: 'plugin:a', at: 1, reason: null },
              { scope: 'plugin:b', at: 2, reason: 'so' },
            ]),
            reader.selectFrom('pause').select(['scope', 'reason']).orderBy('scope'),
            reader.updateTable('pause').set({ reason: 'now' }).where('at', '=', 1).returning('scope'),
            reader.deleteFrom('pause').where('at', '>', 0),
          ),
        ],
      });
      const [result] = commands;
      if (result?.ok !== true) throw new Error('the command failed');
      expect(result.results.map(({ rows }) => rows)).toEqual([
        [],
        [
          { scope: 'plugin:a', reason: null },
          { scope: 'plugin:b', reason: 'so' },
        ],
        [{ scope: 'plugin:a' }],
        [],
      ]);
      expect(result.results.map(({ changed }) => changed)).toEqual([2, 0, 1, 2]);
    });

    test('an error undoes its own list only', async () => {
      const { store } = current();
      const { reader } = store;
      const pause = (scope: string) => reader.insertInto('pause').values({ scope, at: 1, reason: null });
      const nonsense = { compile: () => sql`select nonsense from nowhere`.compile(reader) };
      const task = await taskId(store);
      const result = await commit(store, {
        accepts: [accept(task)],
        commands: [
          command(pause('a')),
          command(pause('b'), pause('a')),
          command(pause('c'), nonsense),
          command(pause('e')),
        ],
        claim: { node: 'node-a', leaseUntil: store.now() + 1_000, wants: [{ taskId: task, most: 1 }] },
      });
      expect(result.commands.map(({ ok }) => ok)).toEqual([true, false, false, true]);
      expect(result.commands[1]).toEqual({
        ok: false,
        error: expect.objectContaining({ message: expect.any(String) }),
      });
      const scopes = await reader.selectFrom('pause').select('scope').orderBy('scope').execute();
      expect(scopes).toEqual([{ scope: 'a' }, { scope: 'e' }]);
      expect(result.claimed).toHaveLength(1);
    });
  });

  describe('a batch', () => {
    test('is seen by readers as soon as it is resolved', async () => {
      const { store } = current();
      const task = await taskId(store);
      const { receiptId } = stored(await acceptOne(store, accept(task)));
      const found = await store.reader.selectFrom('receipt').select('id').execute();
      expect(found).toEqual([{ id: receiptId }]);
    });

    test('is stored whole or not at all', async () => {
      const { store } = current();
      const task = await taskId(store);
      const key = keyOf(task, 'k');
      await enqueue(store, job(task));
      const running = await claimOne(store, task);
      const broken = { ...receipt(task), target: undefined } as any;
      const attempt = commit(store, {
        accepts: [accept(task, key), { receipt: broken, dedupe: undefined, jobs: [] }],
        enqueues: [job(task)],
        settles: [settlement(running)],
      });
      await expect(attempt).rejects.toMatchObject({
        code: 'inbox/unavailable',
        status: 503,
        headers: { 'retry-after': '5' },
        cause: { message: expect.any(String) },
      });
      expect(await store.reader.selectFrom('receipt').select('id').execute()).toEqual([]);
      expect(ids(await store.reader.selectFrom('job').select('id').execute())).toEqual([running.id]);
      expect(await settle(store, settlement(running))).toEqual([{ kind: 'settled' }]);
      expect(await acceptOne(store, accept(task, key))).toMatchObject({ kind: 'stored' });
    });

    test('that comes after the store is closed is refused, and closing twice is fine', async () => {
      const { store } = current();
      const task = await taskId(store);
      await store.close();
      await expect(acceptOne(store, accept(task))).rejects.toMatchObject({ code: 'inbox/unavailable' });
      await expect(store.reader.selectFrom('job').select('id').execute()).rejects.toThrow();
      await store.close();
    });
  });
}
