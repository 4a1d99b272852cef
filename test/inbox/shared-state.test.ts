import type { SharedState } from '../../src/core/ports/shared-state';
import { StoredSharedState } from '../../src/inbox/shared-state';
import type { Store } from '../../src/inbox/store';
import { createTestSchema } from '../support/postgres';
import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import { eachStore } from './each-store';
import { engineOn, until } from './engine-under-test';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function sharedOn(store: Store): Promise<StoredSharedState> {
  const shared = new StoredSharedState(store, (unit) =>
    store.commit({
      accepts: [],
      enqueues: [],
      answers: [],
      settles: [],
      extensions: [],
      commands: [],
      claim: undefined,
      ...unit,
    }),
  );
  opened.push(store, shared);
  await shared.open();
  return shared;
}
const texts = (shared: SharedState, space: string) =>
  shared.list(space).map(({ name, value }) => `${name}=${value}`);

eachStore('what hosts share', (open, _kind, reopen) => {
  let shared: StoredSharedState;
  beforeEach(async () => {
    shared = await sharedOn(await open());
  });

  test('is seen once it is committed, in its own space, by name', async () => {
    expect(await shared.put('plugins', 'b', '1')).toBe(true);
    expect(await shared.put('plugins', 'a', '"ä"')).toBe(true);
    expect(await shared.put('secrets', 'a', '3')).toBe(true);
    expect(texts(shared, 'plugins')).toEqual(['a="ä"', 'b=1']);
    expect(shared.get('secrets', 'a')).toEqual({ name: 'a', value: '3', revision: 1 });
    expect([shared.get('plugins', 'c'), shared.list('none')]).toEqual([undefined, []]);
  });

  test('is changed only from the revision that was looked at', async () => {
    expect(await shared.put('plugins', 'a', '1', 0)).toBe(true);
    expect(await shared.put('plugins', 'a', '2', 0)).toBe(false);
    expect(await shared.put('plugins', 'a', '2', 7)).toBe(false);
    expect(await shared.put('plugins', 'none', '2', 1)).toBe(false);
    const { revision = 0 } = shared.get('plugins', 'a') ?? {};
    expect(await shared.put('plugins', 'a', '2', revision)).toBe(true);
    expect(await shared.put('plugins', 'a', undefined, revision)).toBe(false);
    expect(texts(shared, 'plugins')).toEqual(['a=2']);
  });

  test('that was removed is new again, at a higher revision than it ever had', async () => {
    await shared.put('plugins', 'a', '1');
    expect(await shared.put('plugins', 'a', undefined)).toBe(true);
    expect(shared.get('plugins', 'a')).toBeUndefined();
    expect(await shared.put('plugins', 'a', undefined)).toBe(true);
    expect(await shared.put('plugins', 'a', undefined, 0)).toBe(true);
    expect(await shared.put('plugins', 'a', '2', 0)).toBe(true);
    expect(shared.get('plugins', 'a')?.revision).toBe(3);
  });

  test('is told to whoever follows the space, removals too, until it stops following', async () => {
    const seen: unknown[] = [];
    const stop = shared.onChange('plugins', (name, value) => seen.push([name, value?.value]));
    await shared.put('plugins', 'a', '1');
    await shared.put('secrets', 'a', '2');
    await shared.put('plugins', 'a', undefined);
    stop();
    await shared.put('plugins', 'a', '3');
    expect(seen).toEqual([
      ['a', '1'],
      ['a', undefined],
    ]);
  });

  test('is refused above 256 KiB, and takes what is just as large', async () => {
    await expect(shared.put('plugins', 'a', 'x'.repeat(262_145))).rejects.toMatchObject({
      code: 'inbox/bad-request',
    });
    expect(await shared.put('plugins', 'a', 'x'.repeat(262_144))).toBe(true);
  });

  test('of many who change it from what they saw, all come through one after the other', async () => {
    await shared.put('plugins', 'n', '0');
    const add = async () => {
      for (;;) {
        const { value, revision } = shared.get('plugins', 'n') ?? { value: '0', revision: 0 };
        if (await shared.put('plugins', 'n', String(Number(value) + 1), revision)) return;
      }
    };
    await Promise.all(Array.from({ length: 20 }, add));
    expect(shared.get('plugins', 'n')).toEqual({ name: 'n', value: '20', revision: 21 });
  });

  test('is there for the next process', async () => {
    const database = await reopen();
    const store = await database.open();
    await (await sharedOn(store)).put('plugins', 'a', '1');
    for (const one of opened.splice(-2).reverse()) await one.close();
    expect(texts(await sharedOn(await database.again()), 'plugins')).toEqual(['a=1']);
  });
});

eachStore('an engine', (open) => {
  test('hands out what is shared before it works, and refuses changes with 503 once the store is gone', async () => {
    const store = await open();
    const engine = engineOn(store);
    await engine.open();
    await engine.shared.put('plugins', 'a', '1');
    expect(engine.shared.get('plugins', 'a')?.value).toBe('1');
    await engine.stop(1_000);
    await expect(engine.shared.put('plugins', 'a', '2')).rejects.toMatchObject({
      code: 'inbox/unavailable',
      status: 503,
    });
    expect(engine.shared.get('plugins', 'a')?.value).toBe('1');
  });
});

describe('two hosts on one database', () => {
  const both = async () => {
    const database = await createTestSchema();
    opened.push({ close: () => database.drop() });
    const open = async () => (await openPostgresStore(database.url)).store;
    return Promise.all([open(), open()]);
  };

  test('see what the other changed, from a message or without one', async () => {
    const stores = await both();
    const [one, other] = [await sharedOn(stores[0]), await sharedOn(stores[1])];
    const seen: string[] = [];
    other.onChange('plugins', (name, value) => seen.push(`${name}=${value?.value}`));
    await one.put('plugins', 'a', '1');
    await until('the message', () => other.get('plugins', 'a'));
    stores[0].tellShared = () => {};
    await one.put('plugins', 'b', '2');
    await until('the poll', () => other.get('plugins', 'b'));
    await one.put('plugins', 'a', undefined);
    await until('the removal', () => other.get('plugins', 'a') === undefined);
    expect(seen).toEqual(['a=1', 'b=2', 'a=undefined']);
  });

  test('never both change what they both saw', async () => {
    const stores = await both();
    const hosts = [await sharedOn(stores[0]), await sharedOn(stores[1])];
    for (let round = 0; round < 10; round += 1) {
      const won = await Promise.all(
        hosts.map((host, index) => host.put('plugins', `${round}`, `${index}`, 0)),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      const winner = String(won.indexOf(true));
      expect(hosts.map((host) => host.get('plugins', `${round}`)?.value)).toEqual([winner, winner]);
    }
  });
});
