import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { keyOf } from '../core/plain-mount';
import { openSql, type Kind, type SqlUnderTest } from './sql-under-test';

const CI = keyOf('acme.ci');

describe.each<Kind>(['sqlite', 'postgres'])('migrations, on %s', (kind) => {
  let under: SqlUnderTest;
  let key = CI;
  let count = 0;
  beforeAll(async () => (under = await openSql(kind)));
  beforeEach(() => (key = keyOf(`acme.ci${(count += 1)}`)));
  afterAll(() => under.close());

  const appliedNames = async () =>
    (await under.of(key).query<{ name: string }>('SELECT name FROM gatehouse_migration ORDER BY number')).map(
      ({ name }) => name,
    );

  test('run by their numbers, once; those that come later run later', async () => {
    const files = {
      '010_third.sql': 'INSERT INTO steps (n) VALUES (3);',
      '002-second.sql': "INSERT INTO steps (n) VALUES (2); -- it's done;\n/* ; */",
      '001-first.sql':
        "CREATE TABLE steps (n integer, word text DEFAULT 'a;b');\r\nINSERT INTO steps (n) VALUES (1);",
      'README.md': 'not SQL',
    };
    await under.of(key).migrate(under.migrations(files));
    await under
      .of(key)
      .migrate(under.migrations({ ...files, '001-first.sql': files['001-first.sql'].replace('\r', '') }));
    await under
      .of(key)
      .migrate(under.migrations({ ...files, '005-late.sql': 'INSERT INTO steps (n) VALUES (5)' }));
    const rows = await under.of(key).query<{ n: number; word: string }>('SELECT n, word FROM steps');
    expect(rows.map(({ n, word }) => [n, word])).toEqual([1, 2, 3, 5].map((n) => [n, 'a;b']));
    expect(await appliedNames()).toEqual(['001-first', '002-second', '005-late', '010_third']);
  });

  test('a file for this kind of database wins, and one for the other is no step', async () => {
    const other = kind === 'sqlite' ? 'postgres' : 'sqlite';
    await under.of(key).migrate(
      under.migrations({
        '001-both.sql': 'nonsense that is never run',
        [`001-both.${kind}.sql`]: 'CREATE TABLE one (n integer)',
        [`001-both.${other}.sql`]: 'nonsense that is never run',
        [`002-other.${other}.sql`]: 'nonsense that is never run',
      }),
    );
    expect(await appliedNames()).toEqual(['001-both']);
  });

  test('one that fails leaves nothing, says where and why, and runs once it is mended', async () => {
    const first = 'CREATE TABLE first (n integer)';
    const failing = {
      '001-first.sql': first,
      '002-bad.sql': 'CREATE TABLE half (n integer); CREATE TABLE first (n integer)',
    };
    const failed = under.of(key).migrate(under.migrations(failing));
    await expect(failed).rejects.toMatchObject({
      code: 'sql/bad-migration',
      message: expect.stringMatching(/002-bad\.sql cannot be run: .*first.*already exists/),
    });
    expect(await appliedNames()).toEqual(['001-first']);
    await expect(under.of(key).query('SELECT * FROM half')).rejects.toMatchObject({ code: 'sql/failed' });
    await under
      .of(key)
      .migrate(under.migrations({ ...failing, '002-bad.sql': 'CREATE TABLE half (n integer)' }));
    expect(await appliedNames()).toEqual(['001-first', '002-bad']);
  });

  test('one that ran must stay what it was', async () => {
    await under.of(key).migrate(under.migrations({ '001-first.sql': 'CREATE TABLE first (n integer)' }));
    const changed = under.migrations({
      '001-first.sql': 'CREATE TABLE first (n text)',
      '002-more.sql': 'CREATE TABLE more (n text)',
    });
    await expect(under.of(key).migrate(changed)).rejects.toMatchObject({
      code: 'sql/changed-migration',
      message: expect.stringContaining('001-first'),
    });
    expect(await appliedNames()).toEqual(['001-first']);
  });

  test('one that would end its own transaction is not run', async () => {
    const ending = { '001-end.sql': 'CREATE TABLE a (n integer); COMMIT; CREATE TABLE b (n integer)' };
    await expect(under.of(key).migrate(under.migrations(ending))).rejects.toMatchObject({
      code: 'sql/bad-migration',
    });
    expect(await appliedNames()).toEqual([]);
  });

  test.each([
    ['no number', { 'orders.sql': 'SELECT 1' }, /orders\.sql.* not like 001-orders\.sql/],
    ['two digits', { '01-orders.sql': 'SELECT 1' }, /01-orders\.sql/],
    ['a number twice', { '001-a.sql': 'SELECT 1', '001-b.sql': 'SELECT 1' }, /same number/],
    [
      'a number twice, written differently',
      { '001-a.sql': 'SELECT 1', '0001-a.sql': 'SELECT 1' },
      /same number/,
    ],
  ])('a folder with %s is refused', async (_, files, message) => {
    await expect(
      under.of(key).migrate(under.migrations(files as unknown as Record<string, string>)),
    ).rejects.toMatchObject({
      code: 'sql/bad-migration',
      message: expect.stringMatching(message),
    });
  });

  test('a link is not followed, and no folder is no migration', async () => {
    const folder = under.migrations({});
    const outside = path.join(under.folder, 'outside.sql');
    writeFileSync(outside, 'CREATE TABLE a (n integer)');
    symlinkSync(outside, path.join(folder, '001-link.sql'));
    await expect(under.of(key).migrate(folder)).rejects.toMatchObject({ code: 'sql/bad-migration' });
    await expect(under.of(key).migrate(path.join(under.folder, 'none'))).resolves.toBeUndefined();
    const file = path.join(under.folder, 'a-file');
    mkdirSync(path.join(under.folder, `empty-${count}`));
    writeFileSync(file, '');
    await expect(under.of(key).migrate(file)).rejects.toMatchObject({ code: 'sql/bad-migration' });
  });

  test('of several that start at once one does it', async () => {
    const folder = under.migrations({
      '001-first.sql': 'CREATE TABLE first (n integer); INSERT INTO first VALUES (1)',
      '002-second.sql': 'INSERT INTO first VALUES (2)',
    });
    // SQLite has one host for a data folder; the same one may load twice.
    const hosts = kind === 'sqlite' ? [under.databases] : [under.databases, under.another(), under.another()];
    const facts = under.factsOf(key);
    await Promise.all([...hosts, ...hosts].map((host) => host.migrate(facts, folder)));
    expect((await under.of(key).query('SELECT n FROM first')).rowCount).toBe(2);
  });
});

test('on SQLite, a migration may have triggers, and does not leave its database', async () => {
  const under = await openSql('sqlite');
  const trigger = `CREATE TABLE a (n integer); CREATE TABLE b (n integer);
    CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES (new.n); UPDATE b SET n = n + 1; END;
    INSERT INTO a VALUES (1);`;
  await under.of(CI).migrate(under.migrations({ '001-trigger.sql': trigger }));
  expect([...(await under.of(CI).query('SELECT n FROM b'))]).toEqual([{ n: 2 }]);
  const leaving = under.migrations({ '002-leave.sql': "CREATE TABLE c (n integer); ATTACH 'x' AS x" });
  await expect(under.of(CI).migrate(leaving)).rejects.toThrow(
    /statement 2: ATTACH is none of the statements/,
  );
  await under.close();
});

test('on PostgreSQL, a migration may have functions in dollar quotes', async () => {
  const under = await openSql('postgres');
  const text = `CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE plpgsql AS $body$ BEGIN RETURN n * 2; END; $body$;
    CREATE TABLE a (n integer DEFAULT twice(4)); INSERT INTO a DEFAULT VALUES;`;
  await under.of(CI).migrate(under.migrations({ '001-function.sql': text }));
  expect([...(await under.of(CI).query('SELECT n FROM a'))]).toEqual([{ n: 8 }]);
  await under.close();
});
