import { existsSync } from 'node:fs';
import path from 'node:path';
import { Secret } from '../../src/core/secret';
import { createDatabaseBackups } from '../../src/state/sql/database-backups';
import { createDatabaseRestore } from '../../src/state/sql/database-restore';
import { keyOf } from '../core/plain-mount';
import { asOwner, openSql, type SqlUnderTest } from './sql-under-test';

const LAB = keyOf('acme.lab');
const LONG = keyOf(`acme.${'long'.repeat(15)}`);
const STEPS = {
  '001-lab.sql': `
    CREATE TYPE mood AS ENUM ('calm', 'wild');
    CREATE DOMAIN photo AS bytea;
    CREATE SEQUENCE ticket START 100;
    CREATE TABLE "Mixed" (id integer PRIMARY KEY, mood mood, at timestamptz, day date, n numeric, f double precision,
      list integer[], doc jsonb, photo photo, gap interval, "it's ""odd""" text);
    CREATE TABLE one (id integer PRIMARY KEY, two integer);
    CREATE TABLE two (id integer PRIMARY KEY, one integer REFERENCES one (id) DEFERRABLE);
    ALTER TABLE one ADD FOREIGN KEY (two) REFERENCES two (id) DEFERRABLE INITIALLY DEFERRED;
    CREATE TABLE log (at integer NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE log_first PARTITION OF log FOR VALUES FROM (0) TO (10);
    CREATE TABLE nothing ();
    CREATE TABLE kind (id integer PRIMARY KEY);
    CREATE TABLE item (kind integer REFERENCES kind (id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED);
    INSERT INTO item VALUES (1);
    INSERT INTO kind VALUES (1), (2);
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
    CREATE TRIGGER "Off" BEFORE INSERT ON one FOR EACH ROW EXECUTE FUNCTION refuse();
    CREATE TRIGGER on_log BEFORE INSERT ON log FOR EACH ROW WHEN (new.at = 9) EXECUTE FUNCTION refuse();
    ALTER TABLE one DISABLE TRIGGER "Off"`,
};
const FIRST = `INSERT INTO "Mixed" VALUES (1, 'wild', '2026-11-21 07:00:00.123456+00', 'infinity', 12345678901234567890.5, 'NaN',
  '{1,NULL,3}', '{"a": [1]}', '\\x00ff27', '1 day 00:00:01', 'x'), (2, NULL, 'infinity', '0044-03-15 BC', 'NaN', 1e-300, '{}', 'null', '', NULL, ''),
  (3, 'calm', '2026-11-21 07:00:00+00', NULL, 1.50, 0.1, NULL, '"t"', NULL, NULL, E'\\n')`;

const opened: SqlUnderTest[] = [];
const open = async () => {
  const under = await openSql('postgres');
  opened.push(under);
  return under;
};
const partsOf = ({ folder, url = '' }: SqlUnderTest, force = false) => ({
  ...{
    data: folder,
    databaseUrl: new Secret(url),
    force,
    withoutDatabases: false,
    kind: 'postgres' as const,
  },
});
let source: SqlUnderTest;

beforeAll(async () => {
  source = await open();
  const sql = source.of(LAB);
  await sql.migrate(source.migrations(STEPS));
  await sql.query(FIRST);
  await sql.query(`WITH made AS (INSERT INTO one VALUES (1, 2)) INSERT INTO two VALUES (2, NULL)`);
  await sql.query('UPDATE two SET one = 1');
  // One that its trigger would refuse now.
  await sql.query('ALTER TABLE log DISABLE TRIGGER on_log');
  await sql.query('INSERT INTO log SELECT generate_series(0, 9)');
  await sql.query('ALTER TABLE log ENABLE TRIGGER on_log');
  await sql.query(`SELECT nextval('ticket')`);
  await sql.query('DELETE FROM kind WHERE id = 2');
});
afterAll(async () => {
  for (const under of opened) await under.close();
});

/** Everything there is to see of a schema. */
async function pictureOf(under: SqlUnderTest) {
  const sql = under.of(LAB);
  const rows = async (text: string) => [...(await sql.query(text))];
  return {
    mixed: await rows(`SELECT "Mixed"::text FROM "Mixed" ORDER BY id`),
    ring: await rows('SELECT one.two, two.one FROM one JOIN two ON two.id = one.two'),
    kinds: await rows('SELECT kind.id, item.kind FROM kind LEFT JOIN item ON item.kind = kind.id'),
    log: await rows('SELECT at, tableoid::regclass::text FROM log ORDER BY at'),
    keys: await rows(
      `SELECT conname, condeferrable, condeferred FROM pg_constraint WHERE contype = 'f' AND connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) ORDER BY 1`,
    ),
    triggers: await rows(
      `SELECT tgrelid::regclass::text AS t, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN
         (SELECT oid FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())) ORDER BY 1, 2`,
    ),
  };
}

async function restoreInto(target: SqlUnderTest, from: SqlUnderTest, force = false) {
  const restore = createDatabaseRestore(partsOf(target, force));
  for await (const section of createDatabaseBackups(partsOf(from)).sections()) await restore.take(section);
  return restore;
}

test('every value, key, trigger, partition and sequence of a schema is on the other server as it was', async () => {
  const target = await open();
  const restore = await restoreInto(target, source);
  await restore.commit();
  await restore.close();
  await target.of(LAB).migrate(target.migrations(STEPS));
  const [was, is] = [await pictureOf(source), await pictureOf(target)];
  expect(was.mixed).toHaveLength(3);
  expect(was.triggers.length).toBeGreaterThanOrEqual(2);
  expect(is).toEqual(was);
  expect([...(await target.of(LAB).query(`SELECT nextval('ticket') AS n`))]).toEqual([{ n: 101 }]);
});

test('a restore that fails at its end leaves the schema that it was to replace', async () => {
  const target = await open();
  const sql = target.of(LAB);
  await sql.query('CREATE TABLE mine (n integer)');
  await sql.query('INSERT INTO mine VALUES (7)');
  const waiting = path.join(target.factsOf(LAB).dataDir, 'restored-postgres.db');
  const restore = await restoreInto(target, source, true);
  await restore.commit();
  expect(existsSync(waiting)).toBe(true);
  await restore.undo();
  await restore.close();
  expect(existsSync(waiting)).toBe(false);
  expect([...(await sql.query('SELECT n FROM mine'))]).toEqual([{ n: 7 }]);
});

test('a host that is no superuser reads what plugins keep, and stays what it was', async () => {
  const own = await open();
  const url = own.url ?? '';
  const user = 'gatehouse_test_reader';
  await asOwner(
    url,
    `CREATE ROLE ${user} LOGIN PASSWORD 'p' CREATEROLE; GRANT CREATE ON DATABASE ${new URL(url).pathname.slice(1)} TO ${user}`,
  );
  const reader = new URL(url);
  [reader.username, reader.password] = [user, 'p'];
  const host = own.another({ databaseUrl: new Secret(reader.href) });
  const names: string[] = [];
  for (const key of [LAB, LONG]) {
    const sql = host.of(own.factsOf(key));
    await sql.query('CREATE TABLE kept (n integer)');
    await sql.query('INSERT INTO kept VALUES (1)');
    const [row] = await sql.query<{ who: string }>('SELECT current_user AS who');
    names.push(row?.who ?? '');
  }
  await host.close();
  const keys: string[] = [];
  const parts = { data: own.folder, databaseUrl: new Secret(reader.href) };
  for await (const { name, rows } of createDatabaseBackups(parts).sections()) {
    keys.push(name);
    let bytes = 0;
    for await (const [part] of rows) bytes += (part as Buffer).length;
    expect(bytes).toBeGreaterThan(0);
  }
  expect(keys.sort()).toEqual([LAB, LONG].sort());
  const uses = 'SELECT pg_has_role($1, name, $2) AS uses FROM unnest($3::text[]) name';
  const members = await asOwner(url, uses, [user, 'USAGE', names]);
  expect(members).toEqual([{ uses: false }, { uses: false }]);
  const elsewhere = createDatabaseBackups({ ...parts, data: path.join(own.folder, 'elsewhere') }).sections();
  const readAll = async () => {
    for await (const { rows } of elsewhere) for await (const _row of rows);
  };
  await expect(readAll()).rejects.toMatchObject({
    code: 'sql/unavailable',
    message: expect.stringContaining('says whose it is'),
  });
  // A host of the same database without that folder: the passwords of roles, which all share, say whose it is.
  await asOwner(
    url,
    `CREATE SCHEMA gatehouse; CREATE TABLE gatehouse.shared (space text, name text); GRANT USAGE ON SCHEMA gatehouse TO ${user};
     GRANT SELECT ON gatehouse.shared TO ${user}; INSERT INTO gatehouse.shared VALUES ('sql-roles', '${LONG}'), ('config', 'x')`,
  );
  const told: string[] = [];
  for await (const { name, rows } of createDatabaseBackups({
    ...parts,
    data: path.join(own.folder, 'elsewhere'),
  }).sections()) {
    told.push(name);
    for await (const _row of rows);
  }
  expect(told.sort()).toEqual([LAB, LONG].sort());
  for (const name of names) await asOwner(url, `DROP OWNED BY "${name}" CASCADE; DROP ROLE "${name}"`);
  await asOwner(url, `DROP OWNED BY ${user} CASCADE; DROP ROLE ${user}`);
});
