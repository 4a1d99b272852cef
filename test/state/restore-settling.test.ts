import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BackupSection } from '../../src/core/ports/backup';
import { openRestoreTarget } from '../../src/inbox/restore-target';
import { wasRestored } from '../../src/inbox/restore-record';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import { openSqliteWriter } from '../../src/inbox/sqlite/store-writer';
import { createDatabaseRestore } from '../../src/state/sql/database-restore';
import { partOf, settleRestore, takeBack, writeJournal } from '../../src/state/sql/restore-journal';
import { keyOf } from '../core/plain-mount';

let data: string;
let inbox: string;
const KEYS = ['acme.new', 'acme.old'];
const folderOf = (key: string) => path.join(data, 'plugins', key);
const OLD = { 'plugin.sqlite': 'old', 'plugin.sqlite-wal': 'old log' };

beforeEach(async () => {
  data = mkdtempSync(path.join(tmpdir(), 'gatehouse-settling-'));
  inbox = path.join(data, 'inbox.db');
  mkdirSync(folderOf('acme.old'), { recursive: true });
  for (const [name, text] of Object.entries(OLD)) writeFileSync(path.join(folderOf('acme.old'), name), text);
  await (await SqliteStore.open({ file: inbox })).close();
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const filesIn = (key: string) =>
  Object.fromEntries(
    readdirSync(folderOf(key)).map((name) => [name, readFileSync(path.join(folderOf(key), name), 'utf8')]),
  );
const sectionOf = (name: string, text: string): BackupSection => ({
  ...{ part: 'databases', name, columns: ['bytes'], facts: { kind: 'sqlite' } },
  rows: (async function* () {
    yield [Buffer.from(text)];
  })(),
});
const restoreTaken = async (text: string) => {
  const restore = createDatabaseRestore({ data, kind: 'sqlite', force: true, withoutDatabases: false });
  for (const key of KEYS) await restore.take(sectionOf(key, text));
  return restore;
};
/** As the next start, or the next restore, does. */
const settle = async () => {
  const store = await SqliteStore.open({ file: inbox });
  try {
    await settleRestore(data, (id) => wasRestored(store, id));
  } finally {
    await store.close();
  }
};
const headOf = { version: '1', at: 1, all: false, store: 'sqlite' as const, schema: 1, proof: undefined };
const openStoreTarget = (id: string) =>
  openRestoreTarget({
    ...{ writer: openSqliteWriter(inbox), head: headOf, sealer: undefined, force: true, now: Date.now(), id },
  });

test('killed before the store commits: each database is what it was, however often that is looked at', async () => {
  const restore = await restoreTaken('new');
  const store = await openStoreTarget(restore.id);
  await restore.commit();
  expect(filesIn('acme.old')['plugin.sqlite']).toBe('new');
  await store.close(); // what is not committed is undone, as the death of the process does
  await settle();
  await settle();
  expect([filesIn('acme.old'), filesIn('acme.new')]).toEqual([OLD, {}]);
});

test('killed after the store committed: what was restored stays, and what was replaced goes', async () => {
  const restore = await restoreTaken('new');
  const store = await openStoreTarget(restore.id);
  await restore.commit();
  await store.commit();
  await store.close();
  await settle();
  const whole = { 'plugin.sqlite': 'new' };
  expect([filesIn('acme.old'), filesIn('acme.new')]).toEqual([whole, whole]);
  expect(existsSync(path.join(data, 'restore-journal.json'))).toBe(false);
  // And what comes after is a restore like the first.
  const next = await restoreTaken('newer');
  await next.commit();
  await next.undo();
  await next.close();
  expect(filesIn('acme.old')).toEqual(whole);
});

test('killed between two moves, or between two steps of taking them back: nothing is lost', async () => {
  const restore = await restoreTaken('new');
  const [key, file] = [keyOf('acme.old'), path.join(folderOf('acme.old'), 'plugin.sqlite')];
  const other = path.join(folderOf('acme.new'), 'plugin.sqlite');
  const journal = {
    id: restore.id,
    written: [
      { key, file },
      { key: keyOf('acme.new'), file: other },
    ],
  };
  await writeJournal(data, journal);
  await settle();
  expect([filesIn('acme.old'), filesIn('acme.new')]).toEqual([OLD, {}]);
  const again = await restoreTaken('new');
  await again.commit();
  // The first is back, its bytes beside it still; the second is where it was put.
  const text = readFileSync(path.join(data, 'restore-journal.json'), 'utf8');
  await takeBack(data, { id: again.id, written: [{ key, file }] });
  writeFileSync(path.join(data, 'restore-journal.json'), text);
  writeFileSync(partOf(file), 'new');
  await settle();
  expect([filesIn('acme.old'), filesIn('acme.new')]).toEqual([OLD, {}]);
});

test('a file that an earlier restore left aside is never written over', async () => {
  const left = path.join(folderOf('acme.old'), 'plugin.sqlite.replaced');
  writeFileSync(left, 'the only copy');
  const restore = await restoreTaken('new');
  await restore.commit();
  await restore.close();
  expect(filesIn('acme.old')).toEqual({ 'plugin.sqlite': 'new', 'plugin.sqlite.replaced': 'the only copy' });
});
