import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely';
import { Pool } from 'pg';
import { inbox } from '../../src/inbox/migrations/001-inbox';
import { WORDS, type Dialect, type Migration } from '../../src/inbox/migrations/migration';
import { migrate, type Migrated } from '../../src/inbox/migrator';
import type { Schema } from '../../src/inbox/schema';
import Database from '../../src/inbox/sqlite/driver.cjs';
import { createTestDatabase } from '../support/postgres';

interface Opened {
  readonly dialect: Dialect;
  /** A connection of its own, as another host would have. */
  connect(): Kysely<Schema>;
  close(): Promise<void>;
}

async function openSqlite(): Promise<Opened> {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-migrator-'));
  const opened: Kysely<Schema>[] = [];
  return {
    dialect: 'sqlite',
    connect: () => {
      const database = new Database(path.join(folder, 'test.db'));
      const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
      opened.push(db);
      return db;
    },
    close: async () => {
      for (const db of opened) await db.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function openPostgres(): Promise<Opened> {
  const database = await createTestDatabase();
  const opened: Kysely<Schema>[] = [];
  return {
    dialect: 'postgres',
    connect: () => {
      const pool = new Pool({ connectionString: database.url, max: 3 });
      pool.on('error', () => {});
      const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
      opened.push(db);
      return db;
    },
    close: async () => {
      for (const db of opened) await db.destroy();
      await database.drop();
    },
  };
}

const second: Migration = {
  number: 2,
  name: 'colours',
  oldestReader: 1,
  statements: ({ whole, table }) => [`CREATE TABLE colour (id ${whole} PRIMARY KEY)${table}`],
};
const both = [inbox, second];
const meta = async (db: Kysely<Schema>) =>
  Object.fromEntries(
    (await db.selectFrom('meta').selectAll().execute()).map(({ name, value }) => [name, value]),
  );

const first = { migrations: [inbox] };

describe.each([
  ['SQLite', openSqlite],
  ['PostgreSQL', openPostgres],
])('migrations on %s', (_, open) => {
  let opened: Opened;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  test('make the tables of an empty database, without a backup, and say so', async () => {
    const db = opened.connect();
    const backup = jest.fn(() => Promise.resolve());
    expect(await migrate(db, opened.dialect, { backup, ...first })).toEqual({ from: 0, to: 1 });
    expect(backup).not.toHaveBeenCalled();
    expect(await meta(db)).toEqual({ schema: '1', 'oldest-reader': '1' });
    const applied = await db.selectFrom('migration').selectAll().execute();
    expect(applied).toMatchObject([{ name: 'inbox', checksum: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
  });

  test('are applied once, whoever comes first of several hosts', async () => {
    const hosts = [opened.connect(), opened.connect(), opened.connect()];
    const results: Migrated[] = [];
    // On SQLite the lock of the one writer lets one host in at a time.
    if (opened.dialect === 'sqlite')
      for (const db of hosts) results.push(await migrate(db, opened.dialect, first));
    else results.push(...(await Promise.all(hosts.map((db) => migrate(db, opened.dialect, first)))));
    expect(results.filter(({ from }) => from === 0)).toHaveLength(1);
    expect(await migrate(opened.connect(), opened.dialect, first)).toEqual({ from: 1, to: 1 });
  });

  test('copy the database before they change one that is there', async () => {
    const db = opened.connect();
    await migrate(db, opened.dialect, first);
    const backup = jest.fn(() => Promise.resolve());
    expect(await migrate(db, opened.dialect, { backup, migrations: both })).toEqual({ from: 1, to: 2 });
    expect(backup.mock.calls).toEqual([[1, expect.arrayContaining(inbox.statements(WORDS[opened.dialect]))]]);
    expect(await meta(db)).toMatchObject({ schema: '2', 'oldest-reader': '1' });
  });

  test('copy it once, whoever comes first of several hosts', async () => {
    await migrate(opened.connect(), opened.dialect, first);
    const hosts = [opened.connect(), opened.connect()];
    const backup = jest.fn(() => Promise.resolve());
    for (const done of opened.dialect === 'sqlite' ? hosts.map((db) => [db]) : [hosts])
      await Promise.all(done.map((db) => migrate(db, opened.dialect, { backup, migrations: both })));
    expect(backup).toHaveBeenCalledTimes(1);
  });

  test('change nothing when the backup fails, or a statement does', async () => {
    const db = opened.connect();
    await migrate(db, opened.dialect, first);
    const noRoom = () => Promise.reject(new Error('no room'));
    await expect(migrate(db, opened.dialect, { backup: noRoom, migrations: both })).rejects.toThrow(
      'no room',
    );
    const broken = {
      ...second,
      statements: (words: Parameters<Migration['statements']>[0]) => [
        ...second.statements(words),
        'CREATE NONSENSE',
      ],
    };
    await expect(migrate(db, opened.dialect, { migrations: [inbox, broken] })).rejects.toMatchObject({
      message: expect.stringMatching(/nonsense/i),
    });
    await expect(sql`select * from colour`.execute(db)).rejects.toMatchObject({
      message: expect.stringMatching(/colour/),
    });
    expect(await migrate(db, opened.dialect, { migrations: both })).toEqual({ from: 1, to: 2 });
  });

  test('that were changed after they were applied stop the host', async () => {
    const db = opened.connect();
    await migrate(db, opened.dialect, first);
    const changed = { ...inbox, statements: () => ['CREATE TABLE other (id integer)'] };
    await expect(migrate(db, opened.dialect, { migrations: [changed] })).rejects.toMatchObject({
      code: 'inbox/migration-changed',
      message: expect.stringContaining('step 1 (inbox)'),
    });
  });

  test('of a newer host are served as they are, as long as they only added', async () => {
    const db = opened.connect();
    await migrate(db, opened.dialect, { migrations: both });
    expect(await migrate(db, opened.dialect, first)).toEqual({ from: 2, to: 2 });
    expect(await meta(db)).toMatchObject({ schema: '2' });
  });

  test('of a newer host that this one cannot work with stop it', async () => {
    const db = opened.connect();
    await migrate(db, opened.dialect, { migrations: [inbox, { ...second, oldestReader: 2 }] });
    await expect(migrate(db, opened.dialect, first)).rejects.toMatchObject({ code: 'inbox/schema-too-new' });
  });
});
