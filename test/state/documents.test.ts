import { HostError } from '../../src/core/errors';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DocumentStore } from '../../src/core/documents';
import { createDocuments } from '../../src/state/documents';
import { eachDatabase, newPlugin, openDatabase, refusalOf, WAYS, type Way } from './each-database';

eachDatabase('documents', (given, kind, address) => {
  describe.each(Object.keys(WAYS) as Way[])('through %s', (way) => {
    let store: DocumentStore;
    beforeEach(() => {
      store = WAYS[way](given(), newPlugin());
    });

    test('a document is created once under its id, and read as it was stored', async () => {
      const object = { id: 'o-1', total: 5, at: new Date(0), nested: { tags: ['a'] } };
      const created = await store.create('orders', object);
      const data = { id: 'o-1', total: 5, at: '1970-01-01T00:00:00.000Z', nested: { tags: ['a'] } };
      expect(created).toEqual({ id: 'o-1', version: 1, createdAt: expect.any(Number), data });
      object.nested.tags.push('later');
      expect(await store.get('orders', 'o-1')).toEqual(created);
      expect(await refusalOf(store.create('orders', { id: 'o-1', total: 6 }))).toBe('Conflict');
      expect((await store.get('orders', 'o-1'))?.data).toEqual(data);
      expect(await store.get('orders', 'o-2')).toBeUndefined();
    });

    test('of many that create the same id at once one succeeds', async () => {
      const tries = Array.from({ length: 20 }, (_, n) => refusalOf(store.create('orders', { id: 'one', n })));
      const outcomes = await Promise.all(tries);
      expect(outcomes.filter((outcome) => outcome === 'nothing')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'Conflict')).toHaveLength(19);
    });

    test('without an id one is made that nobody guesses', async () => {
      const [one, other] = [await store.create('orders', {}), await store.create('orders', {})];
      expect(one.id).toMatch(/^[\w-]{16}$/);
      expect([one.data, one.id === other.id]).toEqual([{ id: one.id }, false]);
    });

    test('an update merges, counts the version, and refuses one that is not current', async () => {
      await store.create('orders', { id: 'a', total: 1, state: 'new' });
      const updated = await store.update<{ total: number }>('orders', 'a', { total: 2 }, { version: 1 });
      expect([updated.version, updated.data]).toEqual([2, { id: 'a', total: 2, state: 'new' }]);
      expect(await refusalOf(store.update('orders', 'a', { total: 3 }, { version: 1 }))).toBe('Conflict');
      expect((await store.update('orders', 'a', { id: 'b' })).data).toMatchObject({ id: 'a' });
      expect(await refusalOf(store.update('orders', 'z', {}))).toBe('store/not-found');
      expect(await refusalOf(store.update('orders', 'z', {}, { version: 1 }))).toBe('store/not-found');
      expect((await store.get('orders', 'a'))?.version).toBe(3);
    });

    test('what is deleted is gone, and its id free', async () => {
      await store.create('orders', { id: 'a', n: 1 });
      expect(await store.delete('orders', 'a')).toBe(true);
      expect(await store.delete('orders', 'a')).toBe(false);
      expect(await store.get('orders', 'a')).toBeUndefined();
      expect((await store.create('orders', { id: 'a', n: 2 })).data).toEqual({ id: 'a', n: 2 });
    });

    test('a list is by id, by code point, and goes on behind an id', async () => {
      const ids = ['b', 'a', 'Z', 'ä', '\u{1F600}', '\uFF5E', '10', '9'];
      for (const id of ids) await store.create('things', { id });
      await store.create('others', { id: 'elsewhere' });
      const listed = async (options?: object) => (await store.list('things', options)).map(({ id }) => id);
      expect(await listed()).toEqual(['10', '9', 'Z', 'a', 'b', 'ä', '\uFF5E', '\u{1F600}']);
      expect(await listed({ limit: 2 })).toEqual(['10', '9']);
      expect(await listed({ after: 'b', limit: 2 })).toEqual(['ä', '\uFF5E']);
      expect(await listed({ limit: 0 })).toEqual(['10']);
    });

    test('users and chats have documents of their own, whatever their names', async () => {
      const users = ['ann', 'Ann', 'a/b', '@user', 'ü', 'x'.repeat(5_000), `${'x'.repeat(4_999)}y`];
      const places = [
        store,
        ...users.map((id) => store.user(id)),
        ...users.map((id) => store.channel(`console-${id}`)),
        store.user('ann').channel('console-1'),
        store.channel('console-1').user('ann'),
      ];
      for (const [n, place] of places.entries()) await place.create('notes', { id: 'note', n });
      for (const [n, place] of places.entries())
        expect([(await place.get('notes', 'note'))?.data.n, (await place.list('notes')).length]).toEqual([
          n,
          1,
        ]);
      expect(await store.user('bob').get('notes', 'note')).toBeUndefined();
    });

    test('no collection of a scope can be named from outside it', async () => {
      await store.user('ann').create('notes', { id: 'note' });
      for (const name of ['@user/ann/notes', '@', '', 'a\0b', '\uD800', 'x'.repeat(257)])
        expect([name, await refusalOf(store.get(name, 'note'))]).toEqual([name, 'store/bad-name']);
      expect(await refusalOf(store.create('notes', { id: '' }))).toBe('store/bad-name');
      expect(await refusalOf(store.create('notes', { id: 5 as never }))).toBe('store/bad-name');
      expect(() => store.user('')).toThrow(expect.objectContaining({ code: 'store/bad-name' }));
      expect(() => store.channel('a\0')).toThrow(expect.objectContaining({ code: 'store/bad-name' }));
      expect(() => [...'123456789'].reduce((inner) => inner.user('y'.repeat(99)), store)).toThrow(
        expect.objectContaining({ code: 'store/bad-name' }),
      );
    });

    test('no document is found by an id that none can have', async () => {
      for (const id of ['', 'x'.repeat(257), 'a\0b', '\uD800', 5, undefined, null, {}] as string[])
        expect([await store.get('notes', id), await store.delete('notes', id)]).toEqual([undefined, false]);
      expect(await refusalOf(store.update('notes', '', {}))).toBe('store/bad-name');
      expect(await refusalOf(store.delete('@', ''))).toBe('store/bad-name');
      expect(new HostError('store/bad-name', ['id', 256]).isInternal).toBe(true);
    });

    test('a document has its bounds: in size, and in depth', async () => {
      expect(await refusalOf(store.create('big', { text: 'x'.repeat(1024 ** 2) }))).toBe('store/too-large');
      const nest = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as object;
      expect(await refusalOf(store.create('deep', { id: 'no', nest: nest(500) }))).toBe('store/too-deep');
      await store.create('deep', { id: 'yes', nest: nest(499), text: '[{"\\'.repeat(600) });
      expect(await refusalOf(store.update('deep', 'yes', { more: { nest: nest(499) } }))).toBe(
        'store/too-deep',
      );
      expect(
        (await store.query('deep', { where: { id: 'yes', nothing: { exists: false } } })).documents,
      ).toHaveLength(1);
    });

    test('what databases cannot compare is stored as its visible stand-in', async () => {
      const text = 'nul \0, half \uD83D, whole \u{1F600}, written \\u0000 \\ud83d';
      const { data } = await store.create('texts', { id: 'a', text, ['\0key']: 1 });
      const kept = 'nul \u2400, half \uFFFD, whole \u{1F600}, written \\u0000 \\ud83d';
      expect(data).toEqual({ id: 'a', text: kept, '\u2400key': 1 });
      const found = await store.query('texts', { where: { text }, order: 'text' });
      expect(found.documents.map(({ id }) => id)).toEqual(['a']);
    });

    test('its methods may be taken from it', async () => {
      const { create, get, user } = store;
      await create('things', { id: 'a' });
      expect(await get('things', 'a')).toMatchObject({ id: 'a' });
      expect(await user('ann').get('things', 'a')).toBeUndefined();
    });
  });

  test('what is written is there for whoever reads next', async () => {
    const { database } = given();
    const plugin = newPlugin();
    const store = createDocuments({ database }).of(plugin);
    for (let n = 1; n <= 25; n += 1) {
      await store.create('things', { id: `${n}` });
      const [read, listed, found] = await Promise.all([
        store.get('things', `${n}`),
        store.list('things'),
        store.query('things', { where: { id: `${n}` } }),
      ]);
      expect([read?.id, listed.length, found.documents.length]).toEqual([`${n}`, n, 1]);
    }
  });

  test('changes of one document at once are all made, one after the other', async () => {
    const store = createDocuments({ database: given().database }).of(newPlugin());
    await store.create('counts', { id: 'one' });
    const fields = Array.from({ length: 40 }, (_, n) => `f${n}`);
    await Promise.all(fields.map((field) => store.update('counts', 'one', { [field]: true })));
    const { data, version } = (await store.get('counts', 'one'))!;
    expect([Object.keys(data).length, version]).toEqual([41, 41]);
  });

  test('one plugin sees nothing of another’s', async () => {
    const documents = createDocuments({ database: given().database });
    const [mine, theirs] = [documents.of(newPlugin()), documents.of(newPlugin())];
    await mine.create('things', { id: 'a' });
    expect(await theirs.get('things', 'a')).toBeUndefined();
    expect([await theirs.list('things'), await theirs.delete('things', 'a')]).toEqual([[], false]);
    expect((await theirs.query('things')).documents).toEqual([]);
  });

  if (kind === 'postgres')
    test('changes that two hosts make of one document at once are all made', async () => {
      const other = await openDatabase(kind, address());
      const plugin = newPlugin();
      const stores = [given().database, other.database].map((database) =>
        createDocuments({ database }).of(plugin),
      );
      try {
        await stores[0]!.create('counts', { id: 'one' });
        const changes = Array.from({ length: 10 }, (_, n) =>
          stores.map((store, host) => store.update('counts', 'one', { [`h${host}-${n}`]: true })),
        );
        await Promise.all(changes.flat());
        expect(Object.keys((await stores[1]!.get('counts', 'one'))!.data)).toHaveLength(21);
      } finally {
        await other.close();
      }
    });
});

test('without its database a store says that it is unavailable', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-state-'));
  const { database, close } = await openDatabase('sqlite', path.join(folder, 'inbox.db'));
  const store = createDocuments({ database }).of(newPlugin());
  await close();
  expect(await refusalOf(store.get('things', 'a'))).toBe('inbox/unavailable');
  expect(await refusalOf(store.create('things', { id: 'a' }))).toBe('inbox/unavailable');
  expect(await refusalOf(store.query('things', { order: 'x' }))).toBe('inbox/unavailable');
  rmSync(folder, { recursive: true });
});
