import { KEY } from './desk-under-test';
import { eachStore } from './each-store';
import { attemptsOf, count, draftOf, engineOn, gate, hook, until } from './engine-under-test';

const MIB = 1024 ** 2;

eachStore('deliveries of large requests', (open) => {
  test('claimed at once are in memory a few at a time, and small ones do not wait for them', async () => {
    const latch = gate();
    const running = new Set<number>();
    let [mostBytes, small, large] = [0, 0, 0];
    const endpoint = hook('/upload', async (exchange) => {
      const { length } = exchange.raw;
      if (length < MIB) {
        small += 1;
        return;
      }
      running.add((large += 1));
      mostBytes = Math.max(mostBytes, running.size * length);
      const number = large;
      await latch.promise;
      expect(exchange.raw[length - 1]).toBe(7);
      running.delete(number);
    });
    const host = engineOn(await open());
    host.put(KEY, [endpoint]);
    const body = Buffer.alloc(9 * MIB, 7);
    for (let number = 0; number < 6; number += 1)
      await host.inbox.accept(draftOf(KEY, endpoint, { request: { body } }));
    const medium = Buffer.alloc(100_000, 7);
    for (const sent of [Buffer.from('small'), medium, Buffer.from('small')])
      await host.inbox.accept(draftOf(KEY, endpoint, { request: { body: sent } }));
    await host.start();
    await until('three large ones run', () => running.size === 3);
    await until('the small ones', () => small >= 2);
    expect(await count(host.store, 'running')).toBeGreaterThanOrEqual(3);
    expect(running.size).toBe(3);
    latch.open();
    await until('all', async () => (await count(host.store, 'succeeded')) === 9, 20_000);
    expect([large, small, mostBytes]).toEqual([6, 3, 27 * MIB]);
    expect(await attemptsOf(host.store)).toEqual([]);
    await host.stop(2_000);
  });

  test('that have not begun when the host stops are given back at once, uncounted', async () => {
    const endpoint = hook(
      '/upload',
      (exchange) =>
        new Promise((_resolve, reject) => {
          exchange.signal.addEventListener('abort', () => reject(new Error('stopped')));
        }),
    );
    const host = engineOn(await open());
    host.put(KEY, [endpoint]);
    const body = Buffer.alloc(20 * MIB);
    for (let number = 0; number < 3; number += 1)
      await host.inbox.accept(draftOf(KEY, endpoint, { request: { body } }));
    await host.start();
    await until('all are claimed', async () => (await count(host.store, 'running')) === 3);
    void host.table.remove(draftOf(KEY, endpoint).plugin)?.retire(2_000, 'disable');
    await until('none is', async () => (await count(host.store, 'ready')) === 3);
    expect(new Set((await attemptsOf(host.store)).map(({ outcome }) => outcome))).toEqual(
      new Set(['interrupted']),
    );
    await host.stop(2_000);
  });
});
