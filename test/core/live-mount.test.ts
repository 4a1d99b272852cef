import type { LeaseHolder } from '../../src/core/live-mount';
import type { RetireReason } from '../../src/core/scope';
import { liveOf, mountOf } from './plain-mount';

class Holder implements LeaseHolder {
  previousHolder: LeaseHolder | undefined = undefined;
  nextHolder: LeaseHolder | undefined = undefined;
  readonly told: string[] = [];
  retiring(reason: RetireReason): void {
    this.told.push(`retiring: ${reason}`);
  }
  expired(): void {
    this.told.push('expired');
  }
}

const LONG_MS = 60_000;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const start = () => liveOf(mountOf('acme.ci'), 3);

describe('retiring', () => {
  test('without leases closes the scope at once', async () => {
    const { live, scope } = start();
    const report = await live.retire(LONG_MS, 'reload');
    expect(report).toEqual({ overdue: 0, failures: [] });
    expect(scope.reason).toBe('reload');
  });

  test('tells holders first, waits for the last lease, and only then closes the scope', async () => {
    const { live, scope } = start();
    const [one, two] = [new Holder(), new Holder()];
    live.enter(one);
    live.enter(two);
    const retired = live.retire(LONG_MS, 'disable');
    expect(live.signal.aborted).toBe(true);
    expect(one.told).toEqual(['retiring: disable']);
    live.leave(one);
    await turn();
    expect([live.leases, scope.reason]).toEqual([1, undefined]);
    live.leave(two);
    expect(await retired).toEqual({ overdue: 0, failures: [] });
    expect(two.told).toEqual(['retiring: disable']);
  });

  test('past the deadline ends what is still open and counts it', async () => {
    const { live, scope } = start();
    const holder = new Holder();
    live.enter(holder);
    live.spawn(() => new Promise(() => undefined));
    expect(await live.retire(10, 'shutdown')).toMatchObject({ overdue: 2 });
    expect(holder.told).toEqual(['retiring: shutdown', 'expired']);
    expect(scope.reason).toBe('shutdown');
  });

  test('a holder that leaves while it is told does not disturb the others', async () => {
    const { live } = start();
    const holders = [1, 2, 3].map(() => {
      const holder: LeaseHolder = {
        previousHolder: undefined,
        nextHolder: undefined,
        retiring: () => live.leave(holder),
        expired: () => undefined,
      };
      return holder;
    });
    holders.forEach((holder) => live.enter(holder));
    expect(await live.retire(LONG_MS, 'reload')).toMatchObject({ overdue: 0 });
  });

  test('a second call returns the same retirement', () => {
    const { live } = start();
    expect(live.retire(LONG_MS, 'reload')).toBe(live.retire(1, 'shutdown'));
  });

  test("reports the scope's failures", async () => {
    const { live, scope } = start();
    scope.defer('poller', () => {
      throw new Error('stuck');
    });
    expect(await live.retire(LONG_MS, 'reload')).toMatchObject({ failures: [{ label: 'poller' }] });
  });
});

describe('background work', () => {
  test('is counted until it ends and waited for by a retirement', async () => {
    const { live, scope } = start();
    let finish: () => void = () => undefined;
    live.spawn(() => new Promise<void>((resolve) => (finish = resolve)));
    expect(live.works).toBe(1);
    const retired = live.retire(LONG_MS, 'reload');
    await turn();
    expect(scope.reason).toBeUndefined();
    finish();
    expect(await retired).toMatchObject({ overdue: 0 });
    expect(live.works).toBe(0);
  });

  test('gets a signal that aborts when the generation retires', async () => {
    const { live } = start();
    const ended = new Promise((resolve) => {
      live.spawn(
        (signal) =>
          new Promise<void>((done) => signal.addEventListener('abort', () => (resolve('told'), done()))),
      );
    });
    await live.retire(LONG_MS, 'disable');
    expect(await ended).toBe('told');
  });

  test('has ids that tell plugin and generation and never repeat', () => {
    const { live } = start();
    const ids = [1, 2, 3].map(() => live.spawn(() => undefined));
    expect(new Set(ids).size).toBe(3);
    expect(ids[0]).toMatch(/^acme\.ci-3-/);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
      /failed: no$/,
    ],
    ['rejects', () => Promise.reject(new Error('later')), /failed: later$/],
    [
      'throws undefined',
      () => {
        throw undefined;
      },
      /not an Error/,
    ],
  ])('that %s is logged with a mapped stack and harms nothing', async (_, work, expected) => {
    const { live, lines } = start();
    live.spawn(work);
    await live.retire(LONG_MS, 'reload');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.message).toMatch(expected);
    expect(lines[0]?.stack).toMatch(/^mapped: /);
  });
});
