import { fakeClock, testChannel } from '../../src/testing';

describe('a fake clock', () => {
  test('stands still until it is moved', () => {
    const clock = fakeClock(1_000);
    expect([clock.now(), clock.now()]).toEqual([1_000, 1_000]);
    clock.advance(500);
    expect(clock.now()).toBe(1_500);
    clock.set(20);
    expect(clock.now()).toBe(20);
  });

  test('its reading can be handed on alone', () => {
    const { now, advance } = fakeClock(5);
    advance(1);
    expect(now()).toBe(6);
  });

  test('begins now unless it is told', () => {
    const before = Date.now();
    const at = fakeClock().now();
    expect(at >= before && at <= Date.now()).toBe(true);
  });

  test('dates the messages of a channel', async () => {
    const channel = testChannel(fakeClock(42));
    await channel.send({ chatKey: 'console-a', from: 'acme.ci' as never, kind: 'text', text: 'x' });
    expect(channel.messages.map(({ at }) => at)).toEqual([42]);
  });
});
