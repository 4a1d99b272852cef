import { withOldStore } from '../../src/compat/old-store';
import type { DocumentStore } from '../../src/core/documents';
import { createDocuments } from '../../src/state/documents';
import { eachDatabase, newPlugin, refusalOf } from '../state/each-database';
import { PlainPlugin, plainServices } from './plain-plugin';

/** An author's plugin, as far as its store goes. */
class StorePlugin extends withOldStore(
  class {
    bound: DocumentStore | undefined;
    get store(): DocumentStore {
      if (this.bound === undefined) throw new Error('not bound');
      return this.bound;
    }
  },
) {}

eachDatabase('the old store', (given) => {
  let plugin: StorePlugin;
  beforeEach(() => {
    plugin = new StorePlugin();
    plugin.bound = createDocuments({ database: given().database }).of(newPlugin());
  });

  test('keeps texts by chat, user and name, in both spellings', async () => {
    const { store } = plugin;
    expect(await store.get({ storeKey: 'city' })).toBeUndefined();
    expect(await store.set({ storeKey: 'city', value: 'Lima' })).toBe(0);
    expect(await store.set({ store_key: 'city', value: 'Oslo' })).toBe(1);
    expect(await store.set({ chat_key: 'console-1', store_key: 'city', value: 'Rome' })).toBe(0);
    expect(await store.set({ userKey: 'ann', storeKey: 'city', value: 'Bern' })).toBe(0);
    expect(await store.set({ user_key: 'ann', chatKey: 'console-1', storeKey: 'city', value: 'Riga' })).toBe(
      0,
    );
    const cities = [
      { storeKey: 'city' },
      { chatKey: 'console-1', storeKey: 'city' },
      { chatKey: '', userKey: 'ann', store_key: 'city' },
      { chat_key: 'console-1', userKey: 'ann', storeKey: 'city' },
    ];
    expect(await Promise.all(cities.map((keys) => store.get(keys)))).toEqual([
      'Oslo',
      'Rome',
      'Bern',
      'Riga',
    ]);
    expect(await store.delete({ chatKey: 'console-1', storeKey: 'city' })).toBe(0);
    expect(await store.delete({ chat_key: 'console-1', store_key: 'city' })).toBe(1);
    expect(await Promise.all(cities.map((keys) => store.get(keys)))).toEqual([
      'Oslo',
      undefined,
      'Bern',
      'Riga',
    ]);
  });

  test('takes any text as a name, and the empty one', async () => {
    const names = ['', '=', '#', 'a\0b', 'x'.repeat(200), 'x'.repeat(201), 'x'.repeat(50_000), '\u{1F600}'];
    for (const [n, storeKey] of names.entries())
      expect(await plugin.store.set({ storeKey, value: `${n}` })).toBe(0);
    for (const [n, storeKey] of names.entries()) expect(await plugin.store.get({ storeKey })).toBe(`${n}`);
    expect(await plugin.store.get({})).toBe('0');
  });

  test('of many that set the same at once one creates it, and of many that delete it one removes it', async () => {
    const set = await Promise.all(
      Array.from({ length: 20 }, (_, n) => plugin.store.set({ storeKey: 'one', value: `${n}` })),
    );
    expect(set.filter((outcome) => outcome === 0)).toHaveLength(1);
    const removed = await Promise.all(
      Array.from({ length: 20 }, () => plugin.store.delete({ storeKey: 'one' })),
    );
    expect(removed.filter((outcome) => outcome === 0)).toHaveLength(1);
    const mixed = await Promise.all(
      Array.from({ length: 30 }, async (_, n) => {
        if (n % 3 === 2) return { removed: (await plugin.store.delete({ storeKey: 'two' })) === 0 };
        return { created: (await plugin.store.set({ storeKey: 'two', value: `${n}` })) === 0 };
      }),
    );
    const created = mixed.filter((one) => 'created' in one && one.created).length;
    const gone = mixed.filter((one) => 'removed' in one && one.removed).length;
    const isThere = (await plugin.store.get({ storeKey: 'two' })) !== undefined;
    expect(created - gone).toBe(isThere ? 1 : 0);
  });

  test('keeps texts only', async () => {
    const value = { not: 'a text' } as unknown as string;
    expect(await refusalOf(plugin.store.set({ storeKey: 'a', value }))).toBe('compat/not-text');
    expect(await plugin.store.get({ storeKey: 'a' })).toBeUndefined();
  });

  test('is the new store as well', async () => {
    const { store } = plugin;
    await store.create('orders', { id: 'a', total: 1 });
    expect(await store.get<{ total: number }>('orders', 'a')).toMatchObject({ data: { total: 1 } });
    expect((await store.query('orders')).documents).toHaveLength(1);
    expect(await store.user('ann').list('orders')).toEqual([]);
    expect(await store.delete('orders', 'a')).toBe(true);
    expect(await refusalOf(store.get('', 'a'))).toBe('store/bad-name');
    expect(plugin.store).toBe(store);
  });

  test('is what authors’ plugins have', async () => {
    const author = new PlainPlugin();
    expect(() => author.store).toThrow(expect.objectContaining({ code: 'plugin/not-bound' }));
    author.bound = { ...plainServices(), store: plugin.bound! };
    expect(await author.store.set({ storeKey: 'a', value: 'b' })).toBe(0);
    expect(await author.store.get({ store_key: 'a' })).toBe('b');
  });
});
