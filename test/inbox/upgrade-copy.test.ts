import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { inbox } from '../../src/inbox/migrations/001-inbox';
import type { Migration } from '../../src/inbox/migrations/migration';
import { openPostgresStore, type PostgresOptions } from '../../src/inbox/postgres/open-postgres-store';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import type { Store } from '../../src/inbox/store';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { accept, acceptOne, keyOf, taskId } from './conformance/operations';

const next: Migration = {
  number: 2,
  name: 'colours',
  oldestReader: 2,
  statements: ({ whole, table }) => [
    `CREATE TABLE colour (id ${whole} PRIMARY KEY)${table}`,
    `ALTER TABLE job ADD COLUMN colour ${whole}`,
  ],
};
const broken: Migration = { ...next, statements: () => ['CREATE NONSENSE'] };
const BEFORE = [inbox];
const AFTER = [inbox, next];

/** Stores one request with its key, its job and a body that lies in parts; answers the number it has. */
async function storeWith(store: Store, key: string): Promise<{ receiptId: number; kind: string }> {
  const task = await taskId(store);
  const body = Buffer.alloc(300 * 1_024, key);
  const { kind, receiptId } = await acceptOne(store, accept(task, keyOf(task, key), { body }));
  return { kind, receiptId };
}

describe('before a newer version changes the tables on PostgreSQL', () => {
  let database: TestDatabase;
  let admin: Client;
  const open = (options: PostgresOptions) => openPostgresStore(database.url, options);
  const ask = async (text: string) => (await admin.query(text)).rows;
  beforeEach(async () => {
    database = await createTestDatabase();
    admin = new Client({ connectionString: database.url });
    await admin.connect();
  });
  afterEach(async () => {
    await admin.end();
    await database.drop();
  });
  const storeOne = async (key: string) => {
    const { store } = await open({ migrations: BEFORE });
    const accepted = await storeWith(store, key);
    await store.close();
    return accepted;
  };

  test('a schema beside it gets a copy, and renaming that is the way back', async () => {
    const before = await storeOne('first');
    const told: string[] = [];
    const { store, migrated } = await open({ migrations: AFTER, onCopy: (copy) => told.push(copy) });
    expect([migrated, told]).toEqual([{ from: 1, to: 2 }, ['the schema gatehouse_schema1']]);
    await storeWith(store, 'after the upgrade');
    await store.close();
    await expect(open({ migrations: BEFORE })).rejects.toMatchObject({ code: 'inbox/schema-too-new' });

    await ask(
      'ALTER SCHEMA gatehouse RENAME TO gatehouse_left; ALTER SCHEMA gatehouse_schema1 RENAME TO gatehouse',
    );
    const { store: back } = await open({ migrations: BEFORE });
    expect(await storeWith(back, 'first')).toEqual({ ...before, kind: 'duplicate' });
    // What the copy does not hold keeps its number.
    expect((await storeWith(back, 'second')).receiptId).toBeGreaterThan(before.receiptId);
    const bodies = await ask(
      'SELECT sum(length(bytes))::int AS bytes FROM gatehouse.receipt_body GROUP BY receipt_id',
    );
    expect(bodies).toEqual([{ bytes: 307_200 }, { bytes: 307_200 }]);
    await back.close();
  });

  test('the copy has the tables, columns, indexes and settings of the original, by name', async () => {
    await storeOne('first');
    const shape = async (schema: string) => ({
      columns: await ask(
        `SELECT table_name, column_name, data_type, column_default IS NULL AS bare, is_identity, is_nullable, collation_name
         FROM information_schema.columns WHERE table_schema = '${schema}' ORDER BY 1, 2`,
      ),
      indexes: await ask(
        `SELECT indexname, replace(indexdef, '${schema}.', '') AS text FROM pg_indexes WHERE schemaname = '${schema}' ORDER BY 1`,
      ),
      settings: await ask(
        `SELECT relname, reloptions FROM pg_class WHERE relnamespace = '${schema}'::regnamespace AND reloptions IS NOT NULL ORDER BY 1`,
      ),
      counters: await ask(
        `SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = '${schema}' ORDER BY 1`,
      ),
    });
    const original = await shape('gatehouse');
    await (await open({ migrations: AFTER })).store.close();
    expect(await shape('gatehouse_schema1')).toEqual(original);
    expect(original.settings).not.toEqual([]);
    expect(original.columns).toContainEqual(
      expect.objectContaining({ table_name: expect.stringMatching(/^dedupe_\d{8}$/) }),
    );
  });

  test('writers are not delayed by the copy', async () => {
    await storeOne('first');
    const { store: elder } = await open({ migrations: BEFORE });
    // A writer in mid-transaction: a copy that wanted it to end would wait for ever.
    await ask('BEGIN; UPDATE gatehouse.receipt SET ip = ip');
    const options = {
      migrations: [inbox, { ...next, statements: () => ['CREATE TABLE colour (id integer)'] }],
    };
    const { store } = await open(options);
    await ask('COMMIT');
    expect(await storeWith(elder, 'meanwhile')).toMatchObject({ kind: 'stored' });
    await Promise.all([store.close(), elder.close()]);
    expect(await ask('SELECT count(*)::int AS n FROM gatehouse_schema1.receipt')).toEqual([{ n: 1 }]);
  });

  test('a copy that a failed upgrade left is replaced, a schema of somebody else’s is not', async () => {
    await storeOne('first');
    await expect(open({ migrations: [inbox, broken] })).rejects.toThrow(/nonsense/i);
    await storeOne('second');
    await (await open({ migrations: AFTER })).store.close();
    expect(await ask('SELECT count(*)::int AS n FROM gatehouse_schema1.receipt')).toEqual([{ n: 2 }]);

    await ask(
      'DROP SCHEMA gatehouse CASCADE; DROP SCHEMA gatehouse_schema1 CASCADE; CREATE SCHEMA gatehouse_schema1',
    );
    await storeOne('third');
    await expect(open({ migrations: AFTER })).rejects.toMatchObject({
      code: 'inbox/cannot-copy',
      message: expect.stringMatching(
        /gatehouse_schema1.*no copy of ours.*GATEHOUSE_UPGRADE_COPY_FIRST=false/,
      ),
    });
    // Nothing was changed, and an operator with a backup goes on without.
    const { migrated, store } = await open({ migrations: AFTER, copyFirst: false });
    expect(migrated).toEqual({ from: 1, to: 2 });
    await store.close();
  });

  test('a user who may not make schemas is told so, and nothing is changed', async () => {
    await storeOne('first');
    const role = `${new URL(database.url).pathname.slice(1)}_role`;
    await ask(`CREATE ROLE ${role} LOGIN; GRANT ALL ON SCHEMA gatehouse TO ${role};
      GRANT ALL ON ALL TABLES IN SCHEMA gatehouse TO ${role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA gatehouse TO ${role}`);
    const url = new URL(database.url);
    url.username = role;
    await expect(openPostgresStore(url.href, { migrations: AFTER })).rejects.toMatchObject({
      code: 'inbox/cannot-copy',
      message: expect.stringMatching(/permission denied/),
    });
    expect(await ask(`SELECT value FROM gatehouse.meta WHERE name = 'schema'`)).toEqual([{ value: '1' }]);
    await ask(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
});

describe('before a newer version changes the tables on SQLite', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-upgrade-'));
    file = path.join(folder, 'inbox.db');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const storeOne = async (key: string) => {
    const store = await SqliteStore.open({ file, migrations: BEFORE });
    const accepted = await storeWith(store, key);
    await store.close();
    return accepted;
  };

  test('a file beside it gets a copy, and putting that in its place is the way back', async () => {
    const before = await storeOne('first');
    const told: string[] = [];
    const store = await SqliteStore.open({ file, migrations: AFTER, onCopy: (copy) => told.push(copy) });
    await storeWith(store, 'after the upgrade');
    await store.close();
    const copy = path.join(folder, 'backups', 'inbox-schema1.db');
    expect(told).toEqual([copy]);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    await expect(SqliteStore.open({ file, migrations: BEFORE })).rejects.toMatchObject({
      code: 'inbox/schema-too-new',
    });

    for (const name of readdirSync(folder)) if (name.startsWith('inbox.db')) rmSync(path.join(folder, name));
    copyFileSync(copy, file);
    expect(await storeOne('first')).toEqual({ ...before, kind: 'duplicate' });
  });

  test('a copy that a failed upgrade left is replaced, and none is made where none is wanted', async () => {
    await storeOne('first');
    await expect(SqliteStore.open({ file, migrations: [inbox, broken] })).rejects.toThrow(/NONSENSE/);
    expect(readdirSync(path.join(folder, 'backups'))).toEqual(['inbox-schema1.db']);
    rmSync(path.join(folder, 'backups'), { recursive: true });
    await (await SqliteStore.open({ file, migrations: AFTER, copyFirst: false })).close();
    expect(existsSync(path.join(folder, 'backups'))).toBe(false);
  });
});
