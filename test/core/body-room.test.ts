import { BodyRoom } from '../../src/core/body-room';

test('room for bodies is given in turn, and one that is larger than all of it has it alone', async () => {
  const room = new BodyRoom(10);
  const entered: string[] = [];
  const take = (name: string, bytes: number) =>
    room.take(bytes).then((release) => {
      entered.push(name);
      return release;
    });
  const [six, four, huge, one] = [take('six', 6), take('four', 4), take('huge', 99), take('one', 1)];
  (await six)();
  (await six)();
  await new Promise(setImmediate);
  expect(entered).toEqual(['six', 'four']);
  (await four)();
  await huge;
  await new Promise(setImmediate);
  expect(entered).toEqual(['six', 'four', 'huge']);
  (await huge)();
  await one;
});

describe('the room for large bodies', () => {
  test('is never overfull, and is given in order; what is larger than it has it alone', async () => {
    const room = new BodyRoom(10);
    const inside: number[] = [];
    const order: number[] = [];
    const enter = (bytes: number) =>
      room.run(bytes, async () => {
        inside.push(bytes);
        order.push(bytes);
        expect(inside.length === 1 || inside.reduce((sum, size) => sum + size, 0) <= 10).toBe(true);
        await new Promise((done) => setTimeout(done, 1));
        inside.splice(inside.indexOf(bytes), 1);
      });
    const sizes = [4, 6, 5, 25, 1, 2, 9, 10, 3];
    await Promise.all(sizes.map(enter));
    expect(order).toEqual(sizes);
  });

  test('is given back by work that fails', async () => {
    const room = new BodyRoom(10);
    const failing = room.run(10, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await room.run(10, () => Promise.resolve('in'))).toBe('in');
  });
});
