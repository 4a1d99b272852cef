import { fakeClock, testChannel } from '../../src/testing';

describe('a fake clock', () => {
  test('stands still until it is moved', async () => {
    const clock = fakeClock(1_000);
    expect([clock.now(), clock.now()]).toEqual([1_000, 1_000]);
    await clock.advance(500);
    expect(clock.now()).toBe(1_500);
    await clock.set(20);
    expect(clock.now()).toBe(20);
  });

  test('its parts can be handed on alone, and move at once while no host goes by it', () => {
    const { now, advance, set } = fakeClock(5);
    void advance(1);
    expect(now()).toBe(6);
    void set(3);
    expect(now()).toBe(3);
  });

  test('stops at each moment that something waits for, in order, until the one it was told', async () => {
    const clock = fakeClock(0);
    const seen: string[] = [];
    const follow = (name: string, dues: number[]) =>
      clock.follow({
        nextDue: async () => dues.find((due) => due > clock.now()),
        moved: async () => void seen.push(`${name} ${clock.now()}`),
      });
    const unfollow = follow('a', [10, 30, 70]);
    follow('b', [20]);
    await clock.advance(50);
    expect(seen.filter((entry) => entry.startsWith('a'))).toEqual(['a 0', 'a 10', 'a 20', 'a 30', 'a 50']);
    expect(seen.filter((entry) => entry.startsWith('b'))).toEqual(['b 0', 'b 10', 'b 20', 'b 30', 'b 50']);
    unfollow();
    seen.splice(0);
    await clock.set(100);
    expect(seen).toEqual(['b 100']);
  });

  test('moves that are not waited for follow one another', async () => {
    const clock = fakeClock(0);
    clock.follow({
      nextDue: async () => undefined,
      moved: () => new Promise((resolve) => setImmediate(resolve)),
    });
    await Promise.all([clock.advance(5), clock.advance(10)]);
    expect(clock.now()).toBe(15);
  });

  test('one that fails tells so, and goes on being moved', async () => {
    const clock = fakeClock(0);
    let fault: Error | undefined = new Error('no store');
    clock.follow({
      nextDue: async () => undefined,
      moved: async () => {
        if (fault !== undefined) throw fault;
      },
    });
    await expect(clock.advance(5)).rejects.toThrow('no store');
    fault = undefined;
    await clock.advance(5);
    expect(clock.now()).toBe(5);
  });

  test('begins now unless it is told', () => {
    const before = Date.now();
    const at = fakeClock().now();
    expect(at >= before && at <= Date.now()).toBe(true);
  });

  test('dates the messages of a channel', async () => {
    const channel = testChannel(fakeClock(42));
    await channel.of('acme.ci' as never).sendText('console-a', 'x');
    expect(channel.messages.map(({ at }) => at)).toEqual([42]);
  });
});
