import {
  accept,
  claim,
  commit,
  end,
  enqueue,
  ids,
  job,
  keyOf,
  taskId,
  write,
  settlement,
  type Current,
} from './operations';
import type { Store } from '../../../src/inbox/store';

export function hosts(current: Current): void {
  const both = async (): Promise<[Store, Store]> => {
    const { store, second } = current();
    if (second === undefined) throw new Error('no second store is given');
    return [store, await second()];
  };

  describe('two hosts on one database', () => {
    test('never claim the same job, and together claim all of them', async () => {
      const stores = await both();
      const task = await taskId(stores[0], 'report');
      const made = await enqueue(stores[0], ...Array.from({ length: 600 }, () => job(task)));
      const claimed: number[] = [];
      await Promise.all(
        [...stores, ...stores].map(async (store, node) => {
          for (let rounds = 0; rounds < 30; rounds += 1)
            claimed.push(...ids(await claim(store, task, 7, `node-${node}`)));
        }),
      );
      expect(claimed.sort((a, b) => a - b)).toEqual(made);
    });

    test('give tickets of their own: what one host lost the other one settles', async () => {
      const stores = await both();
      const [one, two] = stores;
      const task = await taskId(one, 'report');
      await enqueue(one, job(task));
      const [first] = await claim(one, task, 1);
      if (first === undefined) throw new Error('nothing to claim');
      await end(two, first, { state: 'ready', runAt: 0, counts: false }); // as a reaper would
      const [second] = await claim(two, task, 1);
      expect(await end(one, first)).toEqual({ kind: 'lost' });
      expect(await end(two, second ?? first)).toEqual({ kind: 'settled' });
    });

    test('store a key once, however they meet', async () => {
      const stores = await both();
      const task = await taskId(stores[0]);
      const keys = Array.from({ length: 50 }, (_, index) => keyOf(task, `delivery-${index}`));
      const results = await Promise.all(
        [...stores, ...stores].flatMap((store, round) =>
          [0, 1, 2, 3, 4].map(async (part) => {
            const mine = keys.slice(part * 10, part * 10 + 10);
            const accepts = (round % 2 === 0 ? mine : mine.reverse()).map((key) => accept(task, key));
            return (await commit(store, { accepts })).accepts;
          }),
        ),
      );
      const all = results.flat();
      expect(all.filter(({ kind }) => kind === 'stored')).toHaveLength(50);
      expect(new Set(all.map(({ receiptId }) => receiptId)).size).toBe(50);
      const rows = await stores[0].reader.selectFrom('job').select('id').execute();
      expect(rows).toHaveLength(50);
    });

    test('keep a lane in order, whoever enqueues and whoever works', async () => {
      const stores = await both();
      const task = await taskId(stores[0], 'report');
      await Promise.all(
        stores.flatMap((store) =>
          Array.from({ length: 15 }, () =>
            enqueue(store, job(task, { lane: 'l' }), job(task, { lane: 'm' })),
          ),
        ),
      );
      const worked: { id: number; lane: string | undefined }[] = [];
      for (let idle = 0; idle < 3;) {
        const found = (await Promise.all(stores.map((store) => claim(store, task, 5)))).flat();
        expect(new Set(found.map(({ lane }) => lane)).size).toBe(found.length);
        idle = found.length === 0 ? idle + 1 : 0;
        worked.push(...found.map(({ id, lane }) => ({ id, lane })));
        await Promise.all(found.map((one, index) => end(stores[index % 2] as Store, one)));
      }
      for (const lane of ['l', 'm']) {
        const order = worked.filter((one) => one.lane === lane).map(({ id }) => id);
        expect(order).toHaveLength(30);
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }
    });

    test('write a document once where both expect the same', async () => {
      const stores = await both();
      const task = await taskId(stores[0], 'report');
      for (let round = 0; round < 10; round += 1) {
        await enqueue(stores[0], job(task), job(task));
        const held = await claim(stores[0], task, 2);
        const results = await Promise.all(
          stores.map((store, index) => {
            const more = { writes: [write(`order-${round}`, { by: index }, 0)] };
            return commit(store, {
              settles: [settlement(held[index] ?? { id: 0, ticket: 0 }, undefined, more)],
            });
          }),
        );
        expect(results.map(({ settles }) => settles[0]?.kind).sort()).toEqual(['conflict', 'settled']);
        const rest = results.findIndex(({ settles }) => settles[0]?.kind === 'conflict');
        await end(stores[0], held[rest] ?? { id: 0, ticket: 0 }, { state: 'dead' });
      }
    });
  });
}
