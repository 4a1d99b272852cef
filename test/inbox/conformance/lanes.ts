import {
  accept,
  acceptOne,
  claim,
  claimOne,
  commit,
  end,
  enqueue,
  HOUR_MS,
  ids,
  job,
  jobRow,
  receipt,
  settle,
  settlement,
  stored,
  taskId,
  type Current,
} from './operations';
import type { Store } from '../../../src/inbox/store';

/** Three jobs of one lane and two without. */
async function laneOfThree(store: Store): Promise<{ task: number; lane: number[]; free: number[] }> {
  const task = await taskId(store, 'report');
  const inLane = () => job(task, { lane: 'repo-1' });
  const [a, x, b, y, c] = await enqueue(store, inLane(), job(task), inLane(), job(task), inLane());
  return { task, lane: [a, b, c] as number[], free: [x, y] as number[] };
}
const claimIds = async (store: Store, task: number) => ids(await claim(store, task)).sort((a, b) => a - b);

export function lanes(current: Current): void {
  describe('lanes', () => {
    test('one job of a lane at a time, in the order they came; those without a lane do not wait', async () => {
      const { store } = current();
      const { task, lane, free } = await laneOfThree(store);
      const first = await claim(store, task);
      expect(ids(first).sort((a, b) => a - b)).toEqual([lane[0], ...free].sort((a = 0, b = 0) => a - b));
      expect(await claim(store, task)).toEqual([]);
      const head = first.find(({ id }) => id === lane[0]);
      await end(store, head as { id: number; ticket: number });
      const second = await claim(store, task);
      expect(ids(second)).toEqual([lane[1]]);
      await end(store, second[0] as { id: number; ticket: number });
      expect(await claimIds(store, task)).toEqual([lane[2]]);
    });

    test('the next of a lane is claimed by the very batch that ends the one before', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      const [, second] = await enqueue(store, job(task, { lane: 'l' }), job(task, { lane: 'l' }));
      const held = await claimOne(store, task);
      const { claimed } = await commit(store, {
        settles: [settlement(held)],
        claim: { node: 'node-a', leaseUntil: store.now() + 1_000, wants: [{ taskId: task, most: 5 }] },
      });
      expect(ids(claimed)).toEqual([second]);
    });

    test('priority does not overtake in a lane', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      const [first] = await enqueue(store, job(task, { lane: 'l' }), job(task, { lane: 'l', priority: 100 }));
      expect(await claimIds(store, task)).toEqual([first]);
    });

    test('the same lane of another task is another lane, and so is another name', async () => {
      const { store } = current();
      const [one, other] = [await taskId(store, 'one'), await taskId(store, 'other')];
      await enqueue(store, job(one, { lane: 'l' }), job(other, { lane: 'l' }), job(one, { lane: 'L' }));
      expect(await claim(store, one)).toHaveLength(2);
      expect(await claim(store, other)).toHaveLength(1);
    });

    test.each([
      { state: 'later', runAt: 4_000_000_000_000, counts: true },
      { state: 'waiting', awaited: 'signal', until: 4_000_000_000_000 },
      { state: 'poisoned' },
    ] as const)('a job that is $state holds its lane', async (next) => {
      const { store } = current();
      const task = await taskId(store, 'report');
      await enqueue(store, job(task, { lane: 'l' }), job(task, { lane: 'l' }));
      await end(store, await claimOne(store, task), next);
      expect(await claim(store, task)).toEqual([]);
      await enqueue(store, job(task, { lane: 'l' }));
      expect(await claim(store, task)).toEqual([]);
    });

    test('a job that is tried again at once comes before the others of its lane', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      const [first, second] = await enqueue(store, job(task, { lane: 'l' }), job(task, { lane: 'l' }));
      await end(store, await claimOne(store, task), { state: 'ready', runAt: store.now(), counts: true });
      const again = await claim(store, task);
      expect(ids(again)).toEqual([first]);
      await end(store, again[0] as { id: number; ticket: number });
      expect(await claimIds(store, task)).toEqual([second]);
    });

    test.each(['dead', 'cancelled', 'succeeded'] as const)(
      'after a %s job the next may run',
      async (state) => {
        const { store } = current();
        const task = await taskId(store, 'report');
        const [, second] = await enqueue(store, job(task, { lane: 'l' }), job(task, { lane: 'l' }));
        await end(store, await claimOne(store, task), { state });
        expect(await claimIds(store, task)).toEqual([second]);
      },
    );

    test('a job of the future holds its place before what came after it', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      await enqueue(store, job(task, { lane: 'l', runAt: store.now() + HOUR_MS }), job(task, { lane: 'l' }));
      expect(await claim(store, task)).toEqual([]);
    });

    test('a lane whose jobs have all ended starts anew', async () => {
      const { store } = current();
      const task = await taskId(store, 'report');
      await enqueue(store, job(task, { lane: 'l' }));
      await end(store, await claimOne(store, task));
      const [next] = await enqueue(store, job(task, { lane: 'l' }));
      expect(await claimIds(store, task)).toEqual([next]);
    });

    test('deliveries of one batch and what a settlement enqueues take their places in order', async () => {
      const { store } = current();
      const task = await taskId(store);
      const inLane = (runAt = 0) => job(task, { lane: 'l', runAt });
      const { accepts } = await commit(store, {
        accepts: [1, 2].map(() => ({
          receipt: receipt(task),
          dedupe: undefined,
          jobs: [inLane(), inLane()],
        })),
      });
      const order = accepts.flatMap((result) => ids(stored(result).jobs));
      const held = await claimOne(store, task);
      await settle(store, settlement(held, undefined, { enqueues: [inLane()] }));
      const worked = [held.id];
      for (;;) {
        const [next, ...others] = await claim(store, task);
        expect(others).toEqual([]);
        if (next === undefined) break;
        worked.push(next.id);
        await end(store, next);
      }
      expect(worked.slice(0, 4)).toEqual(order);
      expect(worked).toHaveLength(5);
    });

    test('a job that was to be held behind another of its lane is an ordinary one', async () => {
      const { store } = current();
      const task = await taskId(store);
      const held = () => ({
        ...accept(task),
        jobs: [job(task, { lane: 'l', held: { node: 'node-a', leaseUntil: store.now() + 9_000 } })],
      });
      const [first] = stored(await acceptOne(store, held())).jobs;
      const [second] = stored(await acceptOne(store, held())).jobs;
      expect(first?.ticket).toEqual(expect.any(Number));
      expect(second?.ticket).toBeUndefined();
      expect(await jobRow(store, second?.id as number)).toMatchObject({
        state: 1,
        lane_head: 0,
        node: null,
        lease_until: null,
      });
      await end(store, { id: first?.id as number, ticket: first?.ticket as number });
      expect(await claimIds(store, task)).toEqual([second?.id]);
    });
  });
}
