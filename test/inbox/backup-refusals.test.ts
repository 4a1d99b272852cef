import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beat, farewell } from '../../src/inbox/nodes';
import { createSealer } from '../../src/state/sealer';
import { keyOf } from '../core/plain-mount';
import { backUp, placeOf, type Place } from './backup-under-test';
import { count, draftOf, engineOn, hook, task, temporaryFolder } from './engine-under-test';

const { folder, remove } = temporaryFolder();
const file = path.join(folder, 'backup.gz');
const endpoint = hook('/github', () => undefined);
const NOTHING = { accepts: [], enqueues: [], settles: [], claim: undefined, extensions: [], answers: [] };
let source: Place;
let target: Place;

beforeAll(async () => {
  source = await placeOf('sqlite');
  const engine = engineOn(await source.open());
  await engine.start();
  await engine.inbox.tasksOf(keyOf('acme.ci'), () => [task('work', () => undefined)]).enqueue('work', {});
  await backUp(engine, file);
  await engine.stop(500);
});
beforeEach(async () => {
  target = await placeOf('sqlite');
});
afterEach(() => target.remove());
afterAll(async () => {
  await source.remove();
  remove();
});

/** The same file with its text changed. */
const changed = (change: (text: string) => string): string => {
  const name = path.join(folder, 'changed.gz');
  writeFileSync(name, gzipSync(change(gunzipSync(readFileSync(file)).toString())));
  return name;
};
const jobs = async (): Promise<number> => {
  const store = await target.open();
  const ready = await count(store, 'ready');
  await store.close();
  return ready;
};

test('a file that is cut short, changed, or none of ours changes nothing', async () => {
  const cut = path.join(folder, 'cut.gz');
  const bytes = readFileSync(file);
  writeFileSync(cut, bytes.subarray(0, bytes.length - 40));
  const text = path.join(folder, 'text.gz');
  writeFileSync(text, 'no gzip at all');
  const withoutEnd = changed((lines) => lines.slice(0, lines.lastIndexOf('{"end"')));
  const broken = [
    cut,
    text,
    withoutEnd,
    changed((lines) => lines.replace('"work"', '"play"')),
    changed((lines) => `${lines}[]\n`),
    changed(() => '{"other":1}\n'),
    changed((lines) => lines.replace('"gatehouse-backup":1', '"gatehouse-backup":1,"x"')),
    changed((lines) => lines.replace('"name":"job"', '"name":"sqlite_sequence"')),
    path.join(folder, 'nowhere.gz'),
  ];
  for (const name of broken)
    await expect(target.restore(name)).rejects.toMatchObject({ code: 'backup/damaged' });
  expect(await jobs()).toBe(0);
  await target.restore(file);
  expect(await jobs()).toBe(1);
});

test('another format and a newer schema are named', async () => {
  const format = changed((lines) => lines.replace('"gatehouse-backup":1', '"gatehouse-backup":2'));
  await expect(target.restore(format)).rejects.toMatchObject({ code: 'backup/other-format' });
  const schema = changed((lines) => lines.replace(/"schema":\d+/, '"schema":99'));
  await expect(target.restore(schema)).rejects.toMatchObject({ code: 'backup/too-new' });
});

test('another master key, or none, is refused by name', async () => {
  const sealer = createSealer({ id: '00000000', bytes: Buffer.alloc(32, 1), file: undefined, made: false });
  for (const wrong of [sealer, undefined])
    await expect(target.restore(file, { sealer: wrong })).rejects.toMatchObject({
      code: 'backup/other-master-key',
      message: expect.stringContaining('GATEHOUSE_MASTER_KEY'),
    });
});

test('a store that a host has open is not touched', async () => {
  const store = await target.open();
  await expect(target.restore(file)).rejects.toMatchObject({ code: 'host/already-running' });
  await store.close();
  const shared = await placeOf('postgres');
  const host = engineOn(await shared.open());
  await host.start();
  await expect(shared.restore(file)).rejects.toMatchObject({ code: 'backup/host-runs' });
  await expect(shared.restore(file, { force: true })).rejects.toMatchObject({ code: 'backup/host-runs' });
  await host.stop(500);
  await shared.remove();
});

test('a host that stops, by the clock of the server, and one that starts meanwhile are in the way', async () => {
  const shared = await placeOf('postgres');
  const store = await shared.open();
  const say = (state: 'serving' | 'stopping') => {
    const of = { id: 'there', host: 'there', pid: 7, url: '' };
    const node = { ...of, startedAt: store.now(), plugins: {}, said: {}, state };
    return store.commit({ ...NOTHING, commands: [beat(store.reader, node, store.now())] });
  };
  await say('stopping');
  const now = Date.now() + 3_600_000;
  await expect(shared.restore(file, { now })).rejects.toMatchObject({ code: 'backup/host-runs' });
  await store.commit({ ...NOTHING, commands: [farewell(store.reader, 'there')] });
  const meanwhile = () => say('serving').then(() => undefined);
  await expect(shared.restore(file, { meanwhile, force: true })).rejects.toMatchObject({
    code: 'backup/host-runs',
  });
  expect(await count(store, 'ready')).toBe(0);
  await store.close();
  await shared.remove();
});

test.each(['sqlite', 'postgres'] as const)(
  'while deliveries arrive, a backup of %s holds each that was acknowledged before, and no half one',
  async (kind) => {
    const place = await placeOf(kind);
    const engine = engineOn(await place.open());
    await engine.start();
    const accepted: string[] = [];
    let isOver = false;
    const sending = (async () => {
      for (let number = 0; !isOver; number += 1)
        await Promise.all(
          Array.from({ length: 20 }, async (_none, at) => {
            const key = `${number}-${at}`;
            const body = Buffer.alloc(at === 0 ? 600_000 : 2_000, key);
            const dedupe = { key, windowMs: 3_600_000 };
            await engine.inbox.accept(draftOf('acme.absent', endpoint, { dedupe, request: { body } }));
            accepted.push(key);
          }),
        );
    })();
    while (accepted.length < 200) await new Promise((resolve) => setTimeout(resolve, 5));
    const before = [...accepted];
    const loaded = path.join(folder, `${kind}.gz`);
    await backUp(engine, loaded);
    isOver = true;
    await sending;
    await engine.stop(500);
    const { rows } = await target.restore(loaded);
    const store = await target.open();
    const bodies = await store.reader.selectFrom('receipt').select(['id', 'body_bytes', 'body']).execute();
    const ready = await count(store, 'ready');
    expect(ready).toBe(bodies.length);
    expect(rows['dedupe']).toBe(bodies.length);
    for (const { id, body_bytes, body } of bodies) {
      const parts = await store.reader
        .selectFrom('receipt_body')
        .where('receipt_id', '=', id)
        .selectAll()
        .execute();
      const bytes = parts.reduce((sum, part) => sum + part.bytes.length, 0) + (body?.length ?? 0);
      expect(bytes).toBe(body_bytes);
    }
    const again = engineOn(store);
    for (const key of before) {
      const dedupe = { key, windowMs: 3_600_000 };
      const repeated = await again.inbox.accept(draftOf('acme.absent', endpoint, { dedupe }));
      expect(repeated.kind).toBe('duplicate');
    }
    await again.stop(500);
    await place.remove();
  },
);
