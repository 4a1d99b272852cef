import { writeFileSync } from 'node:fs';
import { Client } from 'pg';
import { Secret } from '../../src/core/secret';
import { ownNames } from '../../src/state/sql/postgres-names';
import { keyOf } from '../core/plain-mount';
import { openPostgres } from '../support/postgres';
import { asOwner, openSql, type SqlUnderTest } from './sql-under-test';

const CI = keyOf('acme.ci');
const SHOP = keyOf('acme.shop');
const OWN = '"gatehouse:acme.ci"';
let under: SqlUnderTest;
let url: string;
beforeAll(async () => {
  under = await openSql('postgres');
  url = under.url ?? '';
  await asOwner(
    url,
    `CREATE SCHEMA gatehouse; CREATE TABLE gatehouse.job (id integer); INSERT INTO gatehouse.job VALUES (7)`,
  );
  await under.of(CI).query('CREATE TABLE notes (note text)');
  await under.of(CI).query("INSERT INTO notes VALUES ('mine')");
});
afterAll(() => under.close());

const denied = { code: 'sql/failed', cause: { code: '42501' } };

test.each([
  `SELECT * FROM ${OWN}.notes`,
  `DROP TABLE ${OWN}.notes`,
  `CREATE TABLE ${OWN}.mine (n integer)`,
  'SELECT * FROM gatehouse.job',
  'CREATE TABLE gatehouse.mine (n integer)',
  'CREATE TABLE public.mine (n integer)',
  'CREATE SCHEMA mine',
  'CREATE ROLE mine SUPERUSER',
  'ALTER ROLE CURRENT_USER SUPERUSER',
  'ALTER SCHEMA "gatehouse:acme.shop" RENAME TO mine',
  "SELECT pg_read_file('/etc/hosts')",
  "SELECT set_config('role', 'postgres', false)",
  'SELECT * FROM pg_authid',
  `DO $$ BEGIN EXECUTE 'SET ROLE "postgres"'; END $$`,
])('another plugin is refused: %s', async (text) => {
  const owner = (await asOwner(url, 'SELECT current_user AS name'))[0].name as string;
  await expect(under.of(SHOP).query(text.replaceAll('postgres', owner))).rejects.toMatchObject(denied);
});

test('a plugin cannot let others in, even where it may grant', async () => {
  await under.of(CI).query(`DO $$ BEGIN EXECUTE 'GRANT ALL ON notes TO PUBLIC'; END $$`);
  await expect(under.of(SHOP).query(`SELECT * FROM ${OWN}.notes`)).rejects.toMatchObject(denied);
  const opening = `DO $$ BEGIN EXECUTE 'GRANT USAGE ON SCHEMA ${OWN} TO PUBLIC'; END $$`;
  await under
    .of(CI)
    .query(opening)
    .catch(() => {}); // a warning: it has nothing to grant
  await expect(under.of(SHOP).query(`SELECT * FROM ${OWN}.notes`)).rejects.toMatchObject(denied);
});

test('its role signs in by a random password, which is kept sealed and told to nobody', async () => {
  const value = under.shared.get('sql-roles', CI)?.value ?? '';
  expect(JSON.parse(value)).toMatch(/^s1\./);
  const { role } = ownNames(CI, 'gatehouse', new URL(url).pathname.slice(1));
  const [row] = await asOwner(
    url,
    'SELECT rolsuper, rolcreatedb, rolcreaterole, rolinherit, rolcanlogin, rolpassword FROM pg_authid WHERE rolname = $1',
    [role],
  );
  expect(row).toMatchObject({
    ...{ rolsuper: false, rolcreatedb: false, rolcreaterole: false, rolinherit: false, rolcanlogin: true },
    rolpassword: expect.stringMatching(/^SCRAM-SHA-256\$4096:/),
  });
  expect(under.lines.join('')).not.toMatch(/SCRAM|s1\./);
  const [{ who, path: searched }] = [
    ...(await under
      .of(CI)
      .query<{ who: string; path: string }>(
        `SELECT current_user AS who, current_setting('search_path') AS path`,
      )),
  ] as [{ who: string; path: string }];
  expect([who, searched]).toEqual([role, OWN]);
});

test('hosts that begin at once make one role, and all of them sign in', async () => {
  const key = keyOf('acme.rush');
  const hosts = [under.another(), under.another(), under.another()];
  const facts = under.factsOf(key);
  const asked = hosts.map((host) => host.of(facts).query('SELECT current_user AS who'));
  const found = (await Promise.all(asked)).map(([row]) => row?.['who']);
  expect(new Set(found).size).toBe(1);
  await Promise.all(hosts.map((host) => host.close()));
});

test('a role that was lost is made again', async () => {
  const key = keyOf('acme.lost');
  const first = under.another();
  const facts = under.factsOf(key);
  const [row] = await first.of(facts).query<{ who: string }>('SELECT current_user AS who');
  await first.close();
  const role = `"${row?.who}"`;
  await asOwner(url, `DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
  const second = under.another();
  expect([...(await second.of(facts).query('SELECT 1 AS n'))]).toEqual([{ n: 1 }]);
  await second.close();
});

test.each([
  ['and so was the connection it had', true],
  ['though one connection of it is still there', false],
])('a role that was lost while it is used is made again for all who ask at once, %s', async (_how, isCut) => {
  const key = keyOf(isCut ? 'acme.cut' : 'acme.left');
  const host = under.another();
  const sql = host.of(under.factsOf(key));
  const unhandled: unknown[] = [];
  const note = (thrown: unknown) => void unhandled.push(thrown);
  process.on('unhandledRejection', note);
  try {
    const [row] = await sql.query<{ who: string }>('SELECT current_user AS who');
    const role = `"${row?.who}"`;
    const cut = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1';
    if (isCut) await asOwner(url, cut, [row?.who]);
    await asOwner(url, `DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
    const asked = Array.from({ length: 8 }, async (_, n) => sql.query('SELECT $1::int AS n', [n]));
    const answers = await Promise.all(asked);
    expect(answers.map(([first]) => first)).toEqual(answers.map((_, n) => ({ n })));
    expect([...(await sql.query('SELECT current_user AS who'))]).toEqual([{ who: row?.who }]);
  } finally {
    await host.close();
    process.off('unhandledRejection', note);
  }
  expect(unhandled).toEqual([]);
});

test.each([
  ['NOCREATEROLE', 'CREATE ON DATABASE', /lacks the right to make roles .* CREATEROLE/],
  ['CREATEROLE', 'CONNECT ON DATABASE', /lacks the right to make schemas .* GRANT CREATE ON DATABASE/],
])('the host’s user with %s and %s only: the missing right is named', async (attribute, right, message) => {
  const user = `gatehouse_test_${attribute.toLowerCase()}`;
  const database = new URL(url).pathname.slice(1);
  await asOwner(
    url,
    `CREATE ROLE ${user} LOGIN PASSWORD 'p' ${attribute}; GRANT ${right} ${database} TO ${user}`,
  );
  const weak = new URL(url);
  [weak.username, weak.password] = [user, 'p'];
  const host = under.another({ databaseUrl: new Secret(weak.href) });
  try {
    const asked = host.of(under.factsOf(keyOf('acme.weak'))).query('SELECT 1');
    await expect(asked).rejects.toMatchObject({
      code: 'sql/unavailable',
      message: expect.stringMatching(message),
    });
    await expect(asked).rejects.not.toThrow(/SCRAM|PASSWORD/);
  } finally {
    await host.close();
    await asOwner(url, `DROP OWNED BY ${user} CASCADE; DROP ROLE ${user}`);
  }
});

test('a host that is no superuser may make what plugins need', async () => {
  const user = 'gatehouse_test_maker';
  const database = new URL(url).pathname.slice(1);
  await asOwner(
    url,
    `CREATE ROLE ${user} LOGIN PASSWORD 'p' CREATEROLE; GRANT CREATE ON DATABASE ${database} TO ${user}`,
  );
  const maker = new URL(url);
  [maker.username, maker.password] = [user, 'p'];
  const host = under.another({ databaseUrl: new Secret(maker.href) });
  const sql = host.of(under.factsOf(keyOf('acme.made')));
  await sql.query('CREATE TABLE kept (n integer)');
  expect([...(await sql.query('SELECT * FROM kept'))]).toEqual([]);
  const [{ who }] = [...(await sql.query<{ who: string }>('SELECT current_user AS who'))] as [
    { who: string },
  ];
  await host.close();
  await asOwner(
    url,
    `DROP OWNED BY "${who}" CASCADE; DROP OWNED BY ${user} CASCADE; DROP ROLE "${who}"; DROP ROLE ${user}`,
  );
});

test('where everybody may write to the schema public, nothing is made', async () => {
  await asOwner(url, 'GRANT CREATE ON SCHEMA public TO PUBLIC');
  const asked = under.of(keyOf('acme.open')).query('SELECT 1');
  await expect(asked).rejects.toMatchObject({
    code: 'sql/unavailable',
    message: expect.stringContaining('REVOKE CREATE ON SCHEMA public FROM PUBLIC'),
  });
  await asOwner(url, 'REVOKE CREATE ON SCHEMA public FROM PUBLIC');
  await expect(under.of(keyOf('acme.open')).query('SELECT 1')).resolves.toHaveLength(1);
});

test('a server that is not there is told, without the password', async () => {
  const host = under.another({ databaseUrl: new Secret('postgres://someone:hidden-word@127.0.0.1:1/none') });
  const asked = host.of(under.factsOf(CI)).query('SELECT 1');
  await expect(asked).rejects.toMatchObject({ code: 'sql/unavailable', headers: { 'retry-after': '5' } });
  await expect(asked).rejects.not.toThrow(/hidden-word/);
  await host.close();
});

test('where the server asks for a password, the stored one is given, and a changed one is set again', async () => {
  const server = await openPostgres();
  const owned = await server.start();
  const [{ file, who }] = (await asOwner(
    owned,
    "SELECT current_setting('hba_file') AS file, current_user AS who",
  )) as [{ file: string; who: string }];
  writeFileSync(file, `host all ${who} all trust\nhost all all all scram-sha-256\n`);
  await asOwner(owned, 'SELECT pg_reload_conf()');
  const databaseUrl = new Secret(owned);
  const facts = under.factsOf(keyOf('acme.locked'));
  const first = under.another({ databaseUrl });
  const [row] = await first.of(facts).query<{ who: string }>('SELECT current_user AS who');
  await first.close();
  const { hostname, port, pathname } = new URL(owned);
  const client = new Client({
    ...{ host: hostname, port: Number(port), database: pathname.slice(1) },
    ...{ user: row?.who, password: 'wrong' },
  });
  client.on('error', () => {});
  await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
  await asOwner(owned, `ALTER ROLE "${row?.who}" PASSWORD 'another'`);
  const second = under.another({ databaseUrl });
  expect([...(await second.of(facts).query('SELECT 1 AS n'))]).toEqual([{ n: 1 }]);
  await second.close();
  await server.close();
});

describe('what a statement leaves on its connection', () => {
  // The server is everybody's: of this database only.
  const HELD = `SELECT count(*)::int AS held FROM pg_locks WHERE locktype = 'advisory'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  const held = async () => (await asOwner(url, HELD))[0].held as number;
  const LOCK = 'SELECT count(pg_advisory_lock(i)::text) FROM generate_series(1, 300) i';

  test.each([
    ['answered', LOCK],
    ['failed', 'SELECT pg_advisory_lock(1), 1 / (SELECT 0)'],
    ['of several', `DO $$ BEGIN PERFORM pg_advisory_lock(1); COMMIT; END $$`],
  ])('its locks are gone when it is %s', async (_how, text) => {
    await under
      .of(CI)
      .query(text)
      .catch((thrown: unknown) => expect(thrown).toMatchObject({ code: 'sql/failed' }));
    expect(await held()).toBe(0);
  });

  test('its locks are gone though the plugin has a function of the name that frees them', async () => {
    const facts = under.factsOf(keyOf('acme.shadow'));
    const first = under.another();
    const sql = first.of(facts);
    await sql.query(`CREATE FUNCTION pg_advisory_unlock_all() RETURNS void LANGUAGE sql AS 'SELECT NULL'`);
    // Of all its sessions to come: what it is set back to.
    await sql.query(
      `DO $$ BEGIN EXECUTE format('ALTER ROLE CURRENT_USER SET search_path = %I, pg_catalog', current_schema()); END $$`,
    );
    await first.close();
    await under.another().of(facts).query('SELECT pg_advisory_lock(1)');
    expect(await held()).toBe(0);
  });

  test('its settings and its tables of a session reach no other statement', async () => {
    const sql = under.of(keyOf('acme.settings'));
    const SHOWN = `SELECT pg_backend_pid() AS pid, current_setting('search_path') AS path,
      current_setting('statement_timeout') AS timeout, current_setting('TimeZone') AS zone,
      current_setting('work_mem') AS memory, to_regclass('pg_temp.left_over')::text AS left_over`;
    const [before] = [...(await sql.query(SHOWN))];
    await sql.query(`SELECT set_config(name, value, false) FROM (VALUES ('statement_timeout', '0'),
      ('search_path', 'public'), ('TimeZone', 'Asia/Tokyo'), ('work_mem', '1MB')) AS given (name, value)`);
    await sql.query('CREATE TEMP TABLE left_over (n integer)');
    expect([...(await sql.query(SHOWN))]).toEqual([before]);
    expect(before).toMatchObject({ zone: 'UTC', left_over: null });
    expect(before?.['timeout']).not.toBe('0');
  });
});

test('names fit PostgreSQL, and no two of them are the same', () => {
  const long = keyOf(`${'a'.repeat(80)}.${'b'.repeat(80)}`);
  const longer = keyOf(`${'a'.repeat(80)}.${'b'.repeat(81)}`);
  const given: [typeof CI, string, string][] = [
    [CI, 'gatehouse', 'one'],
    [CI, 'gatehouse', 'other'],
    [CI, 'gatehouse_a', 'one'],
    [keyOf('a_acme.ci'), 'gatehouse', 'one'],
    [keyOf('Acme.ci'), 'gatehouse', 'one'],
    [long, 'gatehouse', 'one'],
    [longer, 'gatehouse', 'one'],
    [long, 'g'.repeat(48), 'one'],
  ];
  const names = given.map((one) => ownNames(...one));
  expect(new Set(names.map(({ role }) => role)).size).toBe(given.length);
  // The same plugin of another database has the same schema there.
  expect(new Set(names.map(({ schema }) => schema)).size).toBe(given.length - 1);
  for (const { schema, role } of names)
    expect(Math.max(Buffer.byteLength(schema), Buffer.byteLength(role))).toBeLessThanOrEqual(63);
});
