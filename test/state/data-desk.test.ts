import type { DataDesk } from '../../src/core/ports/data-desk';
import { HOST_KEY } from '../../src/core/host-key';
import { createDataDesk } from '../../src/state/data-desk';
import { createDocuments } from '../../src/state/documents';
import { statementOn } from '../../src/state/database-statement';
import { keyOf } from '../core/plain-mount';
import { eachStore } from '../inbox/each-store';
import { engineOn, type EngineUnderTest } from '../inbox/engine-under-test';

const KEY = keyOf('acme.ci');

eachStore('what plugins keep, for operators', (open) => {
  let engine: EngineUnderTest;
  let desk: DataDesk;
  beforeEach(async () => {
    engine = engineOn(await open());
    await engine.start();
    desk = createDataDesk(engine.database);
    const documents = createDocuments({ database: engine.database });
    const own = documents.of(KEY);
    for (const id of ['a1', 'a2', 'b1']) await own.create('builds', { id, ok: true });
    await own.create('teams/blue', { id: 't' });
    await own.user('ada@example.org').create('notes', { id: 'n1', text: 'hi' });
    await own.user('ada@example.org').channel('slack-ci').create('blue', { id: 'x' });
    await documents.of(keyOf('acme.other')).create('builds', { id: 'a1' });
  });
  afterEach(() => engine.stop(2_000));

  it('is listed by collection, each with whose it is', async () => {
    expect(await desk.collections(KEY)).toEqual([
      { collection: 'blue', scope: 'user/ada%40example.org/channel/slack-ci', count: 1 },
      { collection: 'notes', scope: 'user/ada%40example.org', count: 1 },
      { collection: 'builds', scope: 'plugin', count: 3 },
      { collection: 'teams/blue', scope: 'plugin', count: 1 },
    ]);
    expect(await desk.collections('acme.none')).toEqual([]);
  });

  it('is shown document by document, page by page', async () => {
    const first = await desk.documents(KEY, { collection: 'builds' }, { limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(['a1', 'a2']);
    expect(first.items[0]).toMatchObject({ collection: 'builds', scope: 'plugin', version: 1 });
    expect(JSON.parse(first.items[0]?.data ?? '')).toMatchObject({ ok: true });
    const second = await desk.documents(KEY, { collection: 'builds' }, { limit: 2, after: first.next });
    expect(second.items.map(({ id }) => id)).toEqual(['b1']);
    expect(second.next).toBeUndefined();
    expect((await desk.documents(KEY, {})).items).toHaveLength(6);
  });

  it('is found by collection, by scope and by how an id begins', async () => {
    const idsOf = async (filter: object) => (await desk.documents(KEY, filter)).items.map(({ id }) => id);
    expect(await idsOf({ collection: 'builds', id: 'a' })).toEqual(['a1', 'a2']);
    expect(await idsOf({ scope: 'user/ada%40example.org' })).toEqual(['n1']);
    expect(await idsOf({ scope: 'plugin' })).toEqual(['a1', 'a2', 'b1', 't']);
    expect(await idsOf({ collection: 'blue' })).toEqual(['x']);
    expect(await idsOf({ collection: 'none' })).toEqual([]);
  });

  it('loses one document, and no other of the same id', async () => {
    expect(await desk.remove(KEY, 'notes', 'user/ada%40example.org', 'n1')).toBe(true);
    expect(await desk.remove(KEY, 'notes', 'user/ada%40example.org', 'n1')).toBe(false);
    expect(await desk.remove(KEY, 'builds', 'plugin', 'a1')).toBe(true);
    expect((await desk.documents('acme.other', {})).items).toHaveLength(1);
  });

  it('loses one collection, or everything with the cache', async () => {
    const put = statementOn(
      engine.database.kind,
      'INSERT INTO cache (plugin, name, value, expires_at) VALUES (?, ?, ?, ?)',
    );
    await engine.database.write([put(KEY, 'k', '1', 9e15), put('acme.other', 'k', '1', 9e15)]);
    expect(await desk.clear(KEY, 'builds')).toBe(3);
    const cached = () => engine.database.reader.selectFrom('cache').select('plugin').execute();
    expect(await cached()).toHaveLength(2);
    expect(await desk.clear(KEY)).toBe(3);
    expect(await desk.collections(KEY)).toEqual([]);
    expect(await cached()).toEqual([{ plugin: 'acme.other' }]);
    expect(await desk.collections('acme.other')).toHaveLength(1);
  });

  it('goes in steps, however much there is', async () => {
    const insert = statementOn(
      engine.database.kind,
      `INSERT INTO document (plugin, collection, id, version, data, created_at, updated_at) VALUES (?, ?, ?, 1, '{}', 0, 0)`,
    );
    const ids = Array.from({ length: 1_200 }, (_, index) => `i${index}`);
    await engine.database.write(ids.map((id) => insert('acme.many', 'all', id)));
    expect(await desk.clear('acme.many')).toBe(1_200);
  });

  it('refuses a scope that is none, a page that is none, and what is the host’s own', async () => {
    const bad = { code: 'inbox/bad-request' };
    await expect(desk.remove(KEY, 'notes', 'user', 'n1')).rejects.toMatchObject(bad);
    await expect(desk.remove(KEY, '@user/x/notes', 'plugin', 'n1')).rejects.toMatchObject(bad);
    await expect(desk.documents(KEY, {}, { after: 'x' })).rejects.toMatchObject(bad);
    await expect(desk.documents(KEY, {}, { limit: 201 })).rejects.toMatchObject(bad);
    await expect(desk.clear(HOST_KEY)).rejects.toMatchObject({ code: 'plugin/unknown' });
  });
});
