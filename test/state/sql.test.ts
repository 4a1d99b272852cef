import { statSync } from 'node:fs';
import path from 'node:path';
import { keyOf } from '../core/plain-mount';
import { openSql, type Kind, type SqlUnderTest } from './sql-under-test';

const CI = keyOf('acme.ci');
const SHOP = keyOf('acme.shop');

describe.each<Kind>(['sqlite', 'postgres'])('the database of a plugin, on %s', (kind) => {
  let under: SqlUnderTest;
  beforeAll(async () => (under = await openSql(kind)));
  afterAll(() => under.close());

  test('a statement written for the one works on the other, after a migration for each', async () => {
    const folder = under.migrations({
      '001-webhook-log.sqlite.sql':
        "CREATE TABLE webhook_log (id INTEGER PRIMARY KEY, source TEXT NOT NULL, payload TEXT, at TEXT DEFAULT (datetime('now')));",
      '001-webhook-log.postgres.sql':
        'CREATE TABLE webhook_log (id bigserial PRIMARY KEY, source text NOT NULL, payload jsonb, at timestamptz DEFAULT now());',
    });
    const sql = under.of(CI);
    await sql.migrate(folder);
    const insert = 'INSERT INTO webhook_log (source, payload) VALUES ($1, $2)';
    const done = await sql.query(insert, ['github', JSON.stringify({ ref: 'main' })]);
    expect([done.rowCount, [...done], sql.dialect]).toEqual([1, [], kind]);
    expect((await sql.query(insert, ['gitlab', { ref: 'dev' }])).rowCount).toBe(1);
    const rows = await sql.query<{ id: number; source: string }>(
      'SELECT id, source FROM webhook_log ORDER BY id',
    );
    expect([...rows]).toEqual([
      { id: 1, source: 'github' },
      { id: 2, source: 'gitlab' },
    ]);
    expect(rows.rowCount).toBe(2);
    expect(Array.isArray(rows)).toBe(true);
  });

  test('parameters stand in any order, and more than once', async () => {
    const [row] = await under
      .of(CI)
      .query('SELECT $2 || $1 || $2 AS text, CAST($3 AS integer) + CAST($3 AS integer) AS twice', [
        'b',
        'a',
        21,
      ]);
    expect(row).toEqual({ text: 'aba', twice: 42 });
  });

  test('values go in and come out', async () => {
    const sql = under.of(CI);
    const bytes = kind === 'sqlite' ? 'BLOB' : 'bytea';
    await sql.query(
      `CREATE TABLE kept (a bigint, b text, c ${bytes}, d double precision, e boolean, f text, g text)`,
    );
    const at = new Date('2026-11-21T07:00:00.000Z');
    const values = [2 ** 40, at, Buffer.from([0, 255]), 1.5, true, undefined, { n: [1] }];
    await sql.query('INSERT INTO kept VALUES ($1, $2, $3, $4, $5, $6, $7)', values);
    const [row] = await sql.query('SELECT * FROM kept');
    expect(row).toMatchObject({ a: 2 ** 40, b: '2026-11-21T07:00:00.000Z', d: 1.5, f: null, g: '{"n":[1]}' });
    expect(Buffer.isBuffer(row?.['c']) && row['c'].toString('hex')).toBe('00ff');
    expect(Boolean(row?.['e'])).toBe(true);
    await sql.query('UPDATE kept SET a = $1, b = $2', ['9007199254740993', 7]);
    expect([...(await sql.query('SELECT a, b FROM kept'))]).toEqual([{ a: '9007199254740993', b: '7' }]);
  });

  test('a statement that writes may give rows', async () => {
    const sql = under.of(CI);
    await sql.query('CREATE TABLE counted (id integer PRIMARY KEY, n integer)');
    const made = await sql.query('INSERT INTO counted VALUES (1, $1), (2, $1) RETURNING id', [5]);
    expect([made.rowCount, [...made]]).toEqual([2, [{ id: 1 }, { id: 2 }]]);
    expect((await sql.query('UPDATE counted SET n = n + 1')).rowCount).toBe(2);
    const failing = sql.query('INSERT INTO counted VALUES ($1, 0), (1, 0) RETURNING id', [3]);
    await expect(failing).rejects.toMatchObject({ code: 'sql/failed' });
    expect([...(await sql.query('SELECT count(*) AS n FROM counted'))]).toEqual([{ n: 2 }]);
  });

  test("what the database says is told with its code, and not to the plugin's callers", async () => {
    const sql = under.of(CI);
    await sql.query('CREATE TABLE taken (id text PRIMARY KEY)');
    await sql.query('INSERT INTO taken VALUES ($1)', ['a']);
    await expect(sql.query('INSERT INTO taken VALUES ($1)', ['a'])).rejects.toMatchObject({
      code: 'sql/failed',
      isInternal: true,
      cause: { code: kind === 'sqlite' ? 'SQLITE_CONSTRAINT_PRIMARYKEY' : '23505' },
    });
    await expect(sql.query('SELECT * FROM nowhere')).rejects.toMatchObject({ code: 'sql/failed' });
    await expect(sql.query('SELECT $1', [() => 1])).rejects.toMatchObject({ code: 'sql/failed' });
    await expect(sql.query('SELECT $1', [])).rejects.toMatchObject({ code: 'sql/failed' });
    await expect(sql.query('SELECT 1', 7 as never)).rejects.toMatchObject({ code: 'sql/failed' });
    expect([...(await sql.query('SELECT 1 AS n'))]).toEqual([{ n: 1 }]);
  });

  test.each([
    'SELECT 1; SELECT 2',
    'SELECT 1;;DROP TABLE kept',
    'BEGIN',
    ' ; /* a */ -- b\n COMMIT',
    'ROLLBACK',
    'SAVEPOINT a',
    'SET a TO b',
    'PRAGMA journal_mode = DELETE',
    '',
    '/* nothing',
    '\u00e9',
  ])('%j is refused', async (text) => {
    await expect(under.of(CI).query(text)).rejects.toMatchObject({ code: 'sql/refused' });
  });

  test('a semicolon at its end, and comments around it, do no harm', async () => {
    const text = "/* a ; */ -- it's\n ; SELECT ';' AS a, '--' AS b -- ; \n ; /* ; */ ";
    expect([...(await under.of(CI).query(text))]).toEqual([{ a: ';', b: '--' }]);
  });

  test("a plugin sees nothing of another's", async () => {
    await under.of(CI).query('CREATE TABLE private_notes (note text)');
    await under.of(CI).query('INSERT INTO private_notes VALUES ($1)', ['mine']);
    const other = under.of(SHOP);
    const names = [
      ...['private_notes', 'main.private_notes', 'gatehouse_migration', '"gatehouse:acme.ci".private_notes'],
      `"${path.join(under.folder, 'plugins/acme.ci/plugin.sqlite')}".private_notes`,
    ];
    for (const name of names) {
      await expect(other.query(`SELECT * FROM ${name}`)).rejects.toMatchObject({ code: 'sql/failed' });
      await expect(other.query(`DROP TABLE ${name}`)).rejects.toMatchObject({ code: 'sql/failed' });
    }
    expect([...(await under.of(CI).query('SELECT note FROM private_notes'))]).toEqual([{ note: 'mine' }]);
  });

  test('an answer that never ends is stopped before it fills the memory', async () => {
    const endless = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c';
    await expect(under.of(CI).query(endless)).rejects.toMatchObject({ code: 'sql/failed' });
    expect([...(await under.of(CI).query('SELECT 1 AS n'))]).toEqual([{ n: 1 }]);
  });

  test('statements of one plugin may be asked for at once', async () => {
    const sql = under.of(SHOP);
    await sql.query('CREATE TABLE many (n integer)');
    const asked = Array.from({ length: 50 }, (_, n) => sql.query('INSERT INTO many VALUES ($1)', [n]));
    await Promise.all(asked);
    expect([...(await sql.query('SELECT count(*) AS n, sum(n) AS total FROM many'))]).toEqual([
      { n: 50, total: 1225 },
    ]);
  });
});

describe.each<Kind>(['sqlite', 'postgres'])('a query without an end, on %s', (kind) => {
  test('is stopped at its deadline, and those after it run', async () => {
    const under = await openSql(kind, { timeoutMs: 400 });
    const sql = under.of(CI);
    await sql.query('CREATE TABLE kept (n integer)');
    const endless = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c';
    const [late, next] = await Promise.allSettled([
      sql.query(endless),
      sql.query('INSERT INTO kept VALUES (1)'),
    ]);
    expect(late).toMatchObject({ status: 'rejected', reason: { code: 'sql/timeout' } });
    expect(next).toMatchObject({ status: 'fulfilled' });
    expect([...(await sql.query('SELECT n FROM kept'))]).toEqual([{ n: 1 }]);
    await under.close();
    await expect(sql.query('SELECT 1')).rejects.toMatchObject({ code: 'sql/unavailable' });
  });
});

test('the file of SQLite is its owner’s alone, is closed when it is idle, and is opened again', async () => {
  const under = await openSql('sqlite', { idleMs: 20 });
  const sql = under.of(CI);
  await sql.query('CREATE TABLE kept (n integer)');
  const file = path.join(under.folder, 'plugins/acme.ci/plugin.sqlite');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  // Closing writes the log into the file and removes it.
  const isOpen = () => statSync(`${file}-wal`, { throwIfNoEntry: false }) !== undefined;
  for (let waited = 0; isOpen() && waited < 10_000; waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isOpen()).toBe(false);
  expect([...(await sql.query('SELECT * FROM kept'))]).toEqual([]);
  await under.close();
});
