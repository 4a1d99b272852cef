import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { judgeFile, judgeStatement } from '../../src/state/sql/sqlite-rules';
import { postgresReason } from '../../src/state/sql/postgres-rules';
import { keyOf } from '../core/plain-mount';
import { openSql, type SqlUnderTest } from './sql-under-test';

const CI = keyOf('acme.ci');
let under: SqlUnderTest;
beforeAll(async () => {
  under = await openSql('sqlite');
  under.factsOf(CI);
});
afterAll(() => under.close());

const BOM = '\ufeff';
/** Each would leave the plugin's own file, were it run; `HERE` is where a file would show. */
const LEAVING = [
  "ATTACH 'HERE' AS x",
  "ATTACH DATABASE 'HERE' AS x",
  "attach 'HERE' as x",
  ";;; ATTACH 'HERE' AS x",
  "/* SELECT */ATTACH 'HERE' AS x",
  "/**/ATTACH 'HERE' AS x",
  "/*/ SELECT 1 */ATTACH 'HERE' AS x",
  "-- SELECT\nATTACH 'HERE' AS x",
  "--\rSELECT 1\nATTACH 'HERE' AS x",
  "-- SELECT\r\nATTACH 'HERE' AS x",
  `${BOM}ATTACH 'HERE' AS x`,
  `${BOM};${BOM}ATTACH 'HERE' AS x`,
  `SELECT 1;${BOM}ATTACH 'HERE' AS x`,
  "\t\f\r\n ATTACH 'HERE' AS x",
  "EXPLAIN ATTACH 'HERE' AS x",
  "EXPLAIN QUERY PLAN ATTACH 'HERE' AS x",
  "EXPLAIN /* a */ QUERY -- b\n PLAN ATTACH 'HERE' AS x",
  "SELECT 1; ATTACH 'HERE' AS x",
  "SELECT 1 /* ; */ ; /* ; */ ATTACH 'HERE' AS x",
  "SELECT '/*'; ATTACH 'HERE' AS x --*/",
  "SELECT ''';'; ATTACH 'HERE' AS x",
  'SELECT "--"; ATTACH \'HERE\' AS x',
  "SELECT [a--b]; ATTACH 'HERE' AS x",
  "SELECT 1\0; ATTACH 'HERE' AS x",
  "ATTACH\0'HERE' AS x",
  "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END; ATTACH 'HERE' AS x",
  "CREATE TRIGGER ATTACH 'HERE' AS x; END; ATTACH 'HERE' AS x",
  "CREATE TEMP TRIGGER t; ATTACH 'HERE' AS x; END",
  "WITH a AS (SELECT 1) ATTACH 'HERE' AS x",
  "VACUUM INTO 'HERE'",
  "VACUUM main INTO 'HERE'",
  "VACUUM/**/INTO/**/'HERE'",
  'DETACH main',
  "PRAGMA temp_store_directory = 'HERE'",
  'PRAGMA journal_mode = OFF',
  'PRAGMA main.journal_mode(OFF)',
  'EXPLAIN PRAGMA journal_mode = DELETE',
  'EXPLAIN VACUUM',
  'PRAGMA writable_schema = ON',
  'PRAGMA "writable_schema" = ON',
  'PRAGMA main . writable_schema = ON',
  'PRAGMA /* table_info */ locking_mode = EXCLUSIVE',
  "SELECT load_extension('HERE')",
  'SELECT "load_extension"(\'HERE\')',
  "SELECT [LOAD_EXTENSION] /**/ ('HERE')",
  "SELECT `load_extension`('HERE')",
  'SELECT ?',
  'SELECT ?1',
  'SELECT :a',
  'SELECT @a',
  'SELECT $a',
  'SELECT $0',
  'SELECT $1$2',
  'SELECT $99999',
];

test.each(LEAVING)('%j is refused, or does nothing, also in a migration', async (text) => {
  const here = path.join(under.folder, 'escaped.sqlite');
  const files = readdirSync(under.folder).length;
  const given = text.replaceAll('HERE', here);
  await expect(under.of(CI).query(given)).rejects.toMatchObject({
    code: expect.stringMatching(/^sql\/(refused|failed)$/),
  });
  const folder = under.migrations({ '001-escape.sql': given });
  await expect(under.of(CI).migrate(folder)).rejects.toMatchObject({ code: 'sql/bad-migration' });
  expect(existsSync(here)).toBe(false);
  expect(readdirSync(under.folder)).toHaveLength(files + 1);
  const names = await under.of(CI).query('SELECT name FROM pragma_database_list');
  expect([...names]).toEqual([{ name: 'main' }]);
});

test.each([
  'SELECT 1 AS a',
  'VALUES (1)',
  'WITH a AS (SELECT 1) SELECT * FROM a',
  'EXPLAIN SELECT 1',
  'EXPLAIN QUERY PLAN SELECT 1',
  'PRAGMA table_info(webhook_log)',
  'PRAGMA main.index_list("x")',
  'PRAGMA integrity_check;',
  'VACUUM',
  'ANALYZE',
  'REINDEX',
  'CREATE TABLE IF NOT EXISTS attach (pragma text, load_extension text)',
  'SELECT load_extension FROM "attach" -- (1)',
  "SELECT 'ATTACH x; BEGIN' AS text",
])('%j is run', async (text) => {
  await expect(under.of(CI).query(text)).resolves.toBeDefined();
});

test('a trigger is one statement, with the statements of its body', async () => {
  const sql = under.of(CI);
  await sql.query('CREATE TABLE heard (n integer, word text)');
  await sql.query('CREATE TABLE echoed (word text)');
  await sql.query(
    `CREATE TRIGGER echo AFTER INSERT ON heard BEGIN
       INSERT INTO echoed VALUES (CASE WHEN new.n > 1 THEN 'many; END;' ELSE 'one' END);
       INSERT INTO echoed VALUES (new.word);
     END;`,
  );
  await sql.query('INSERT INTO heard VALUES (2, $1)', ['a']);
  expect([...(await sql.query('SELECT word FROM echoed'))]).toEqual([{ word: 'many; END;' }, { word: 'a' }]);
});

test('what is given to SQLite begins at the word that was judged', () => {
  expect(judgeStatement(`${BOM} ;/* a */ SELECT $2, $1 -- b\n;`)).toEqual({
    sql: 'SELECT $2, $1',
    parameters: 2,
  });
  expect(judgeStatement('EXPLAIN/**/QUERY PLAN\nSELECT 1')).toMatchObject({
    sql: 'EXPLAIN QUERY PLAN SELECT 1',
  });
  expect(judgeFile("CREATE TABLE a (b text DEFAULT ';'); -- c\nDROP TABLE a")).toEqual([
    "CREATE TABLE a (b text DEFAULT ';')",
    'DROP TABLE a',
  ]);
  expect(judgeFile('SELECT $1')).toMatchObject({ refused: expect.stringContaining('statement 1') });
  expect(judgeStatement(`SELECT '${'x'.repeat(1_000_000)}'`)).toHaveProperty('refused');
});

test('long and hostile texts are judged in one pass', () => {
  const long = [
    '/*'.repeat(400_000),
    '--'.repeat(400_000),
    "'".repeat(400_000),
    '('.repeat(400_000),
    '$'.repeat(400_000),
  ];
  for (const text of long) expect(judgeStatement(text)).toHaveProperty('refused');
  for (const text of ['/*'.repeat(400_000), `${'/**/'.repeat(200_000)}BEGIN`, ' '.repeat(900_000)])
    expect(postgresReason(text)).toBeDefined();
});

test.each([
  ['BEGIN', true],
  ['/* a /* b */ SELECT */ COMMIT', true],
  ['-- SELECT\rROLLBACK', true],
  ['((((SET role TO postgres', true],
  ['RESET ROLE', true],
  ['LISTEN work', true],
  ["COPY a TO PROGRAM 'true'", true],
  ['GRANT ALL ON a TO PUBLIC', true],
  ['DISCARD ALL', true],
  ['/* a /* b */ ; */ (SELECT 1)', false],
  ['with a as (select 1) table a', false],
])('on PostgreSQL, %j: refused %p', (text, isRefused) => {
  expect(postgresReason(text) !== undefined).toBe(isRefused);
});
