import { copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { Secret } from '../../src/core/secret';
import { createDatabaseBackups } from '../../src/state/sql/database-backups';
import { createDatabaseRestore } from '../../src/state/sql/database-restore';
import { keyOf } from '../core/plain-mount';
import { openSql, type Kind, type SqlUnderTest } from './sql-under-test';

const SHOP = keyOf('acme.shop');
const MIGRATIONS = {
  '001-customer.sqlite.sql': `CREATE TABLE customer (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, parent INTEGER REFERENCES customer (id));
    INSERT INTO customer (name) VALUES ('the first');`,
  '001-customer.postgres.sql': `CREATE TABLE customer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, parent bigint REFERENCES customer (id));
    INSERT INTO customer (name) VALUES ('the first');`,
  '002-bill.sqlite.sql': `CREATE TABLE Bill (number INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
      scan BLOB, cents BIGINT NOT NULL, twice BIGINT GENERATED ALWAYS AS (cents * 2) STORED, paid BOOLEAN, at TEXT, share REAL);
    CREATE TABLE seen (bill INTEGER);
    CREATE TRIGGER see AFTER INSERT ON Bill BEGIN INSERT INTO seen VALUES (new.number); END;`,
  '002-bill.postgres.sql': `CREATE TABLE bill (number serial PRIMARY KEY, customer bigint NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
      scan bytea, cents bigint NOT NULL, twice bigint GENERATED ALWAYS AS (cents * 2) STORED, paid boolean, at timestamptz, share double precision);
    CREATE TABLE seen (bill integer);
    CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES (new.number); RETURN new; END $$;
    CREATE TRIGGER see AFTER INSERT ON bill FOR EACH ROW EXECUTE FUNCTION see();`,
};
/** Of the next release: it has to find the rows. */
const LATER = { '003-name.sql': `UPDATE customer SET name = name || '!'` };
const LARGE = '9007199254740993';
const SCAN = Buffer.from([0, 255, 39, 92]);
const AT = '2026-11-21T07:00:00.000Z';

async function fillShop(under: SqlUnderTest): Promise<void> {
  const sql = under.of(SHOP);
  await sql.migrate(under.migrations(MIGRATIONS));
  await sql.query(`UPDATE customer SET name = 'Renamed' WHERE id = 1`);
  for (const name of ['Ada', 'Grace', 'gone'])
    await sql.query('INSERT INTO customer (name) VALUES ($1)', [name]);
  // The last number has been given, and is not given again; one names another that is stored after it.
  await sql.query(`DELETE FROM customer WHERE name = 'gone'`);
  await sql.query('UPDATE customer SET parent = 3 WHERE id = 2');
  const bill = 'INSERT INTO bill (customer, scan, cents, paid, at, share) VALUES ($1, $2, $3, $4, $5, $6)';
  await sql.query(bill, [2, SCAN, LARGE, true, AT, 0.1]);
  await sql.query(bill, [3, null, -5, false, null, 5]);
}

async function expectShop(under: SqlUnderTest, end: string): Promise<void> {
  const sql = under.of(SHOP);
  const customers = await sql.query('SELECT id, name, parent FROM customer ORDER BY id');
  expect([...customers]).toEqual([
    { id: 1, name: `Renamed${end}`, parent: null },
    { id: 2, name: `Ada${end}`, parent: 3 },
    { id: 3, name: `Grace${end}`, parent: null },
  ]);
  const bills = await sql.query(
    'SELECT number, customer, scan, cents, twice, paid, at, share FROM bill ORDER BY number',
  );
  const [first, second] = bills.map((bill) => ({ ...bill, paid: Boolean(bill['paid']) }));
  expect(first).toMatchObject({
    number: 1,
    customer: 2,
    cents: LARGE,
    twice: '18014398509481986',
    paid: true,
    at: AT,
  });
  expect(Buffer.from(first?.['scan' as never] ?? []).equals(SCAN)).toBe(true);
  expect(second).toMatchObject({
    number: 2,
    customer: 3,
    scan: null,
    cents: -5,
    paid: false,
    at: null,
    share: 5,
  });
  expect([...(await sql.query('SELECT bill FROM seen ORDER BY bill'))]).toEqual([{ bill: 1 }, { bill: 2 }]);
  // Everything goes on as before: numbers, triggers, foreign keys.
  const [made] = await sql.query(`INSERT INTO customer (name) VALUES ('new') RETURNING id`);
  expect(made).toEqual({ id: 5 });
  const [added] = await sql.query('INSERT INTO bill (customer, cents) VALUES (5, 1) RETURNING number');
  expect(added).toEqual({ number: 3 });
  expect([...(await sql.query('SELECT count(*) AS n FROM seen'))]).toEqual([{ n: 3 }]);
  await expect(sql.query('INSERT INTO bill (customer, cents) VALUES (77, 1)')).rejects.toMatchObject({
    code: 'sql/failed',
  });
}

const partsOf = ({ folder, url }: SqlUnderTest, force = false) => ({
  ...{
    data: folder,
    databaseUrl: url === undefined ? undefined : new Secret(url),
    force,
    withoutDatabases: false,
  },
  kind: url === undefined ? ('sqlite' as const) : ('postgres' as const),
});
async function move(source: SqlUnderTest, target: SqlUnderTest, force = false): Promise<void> {
  const restore = createDatabaseRestore(partsOf(target, force));
  try {
    for await (const section of createDatabaseBackups(partsOf(source)).sections())
      await restore.take(section);
    await restore.commit();
  } finally {
    await restore.close();
  }
}
const waitingIn = (under: SqlUnderTest, from: Kind) =>
  path.join(under.factsOf(SHOP).dataDir, `restored-${from}.db`);

describe.each<Kind>(['sqlite', 'postgres'])('the database of a plugin that was kept on %s', (from) => {
  let source: SqlUnderTest;
  const opened: SqlUnderTest[] = [];
  const open = async (kind: Kind) => {
    const under = await openSql(kind);
    opened.push(under);
    return under;
  };
  beforeAll(async () => {
    source = await open(from);
    await fillShop(source);
  });
  afterAll(async () => {
    for (const under of opened) await under.close();
  });

  test.each<Kind>(['sqlite', 'postgres'])(
    'is the same on %s, and steps of a newer release find its rows',
    async (to) => {
      const target = await open(to);
      await move(source, target);
      const isWhole = from === 'sqlite' && to === 'sqlite';
      expect(existsSync(waitingIn(target, from))).toBe(!isWhole);
      if (!isWhole) expect(statSync(waitingIn(target, from)).mode & 0o777).toBe(0o600);
      await expect(move(source, target)).rejects.toMatchObject({ code: 'backup/not-empty' });
      await target.of(SHOP).migrate(target.migrations({ ...MIGRATIONS, ...LATER }));
      expect(existsSync(waitingIn(target, from))).toBe(false);
      await expectShop(target, '!');
      await expect(move(source, target)).rejects.toMatchObject({ code: 'backup/not-empty' });
      // Replaced, by a host that has not opened it.
      await move(source, target, true);
      const again = target.another().of(target.factsOf(SHOP));
      await again.migrate(target.migrations(MIGRATIONS));
      expect([...(await again.query('SELECT name FROM customer ORDER BY id'))]).toEqual([
        { name: 'Renamed' },
        { name: 'Ada' },
        { name: 'Grace' },
      ]);
    },
  );

  const other = from === 'sqlite' ? 'postgres' : 'sqlite';

  test('what does not fit changes nothing, is told by name, and waits until it does', async () => {
    const target = await open(other);
    await move(source, target);
    const sql = target.of(SHOP);
    const file = waitingIn(target, from);
    const told = (words: string) =>
      expect.objectContaining({ code: 'sql/not-restored', message: expect.stringContaining(words) });
    await expect(sql.query('SELECT 1')).rejects.toEqual(told('no migration has made the table'));
    await expect(sql.query('SELECT 1')).rejects.toEqual(told(file));
    const { '002-bill.sqlite.sql': _one, '002-bill.postgres.sql': _other, ...lacking } = MIGRATIONS;
    await expect(sql.migrate(target.migrations(lacking))).rejects.toEqual(told('002-bill'));
    const changed = { ...MIGRATIONS, [`001-customer.${from}.sql`]: 'CREATE TABLE customer (id bigint)' };
    await expect(sql.migrate(target.migrations(changed))).rejects.toEqual(
      told('is not what had run as 001-customer'),
    );
    const without = { ...MIGRATIONS, [`002-bill.${other}.sql`]: 'CREATE TABLE seen (bill integer)' };
    await expect(sql.migrate(target.migrations(without))).rejects.toEqual(
      told('no migration has made the table bill'.replace('bill', from === 'sqlite' ? 'Bill' : 'bill')),
    );
    const narrow = {
      ...MIGRATIONS,
      [`001-customer.${other}.sql`]: 'CREATE TABLE customer (id bigint PRIMARY KEY, name text)',
    };
    await expect(sql.migrate(target.migrations(narrow))).rejects.toEqual(
      told('the table customer has no column parent'),
    );
    const strict = MIGRATIONS[`001-customer.${other}.sql`].replace(
      'NOT NULL UNIQUE',
      `NOT NULL UNIQUE CHECK (name <> 'Ada')`,
    );
    await expect(
      sql.migrate(target.migrations({ ...MIGRATIONS, [`001-customer.${other}.sql`]: strict })),
    ).rejects.toEqual(told('customer: '));
    expect(existsSync(file)).toBe(true);
    await sql.migrate(target.migrations(MIGRATIONS));
    await expectShop(target, '');
  });

  test('one that was put in before the host died is not put in twice, and one with rows of its own is left alone', async () => {
    const target = await open(other);
    await move(source, target);
    const file = waitingIn(target, from);
    copyFileSync(file, `${file}.kept`);
    await target.of(SHOP).migrate(target.migrations(MIGRATIONS));
    await target.of(SHOP).query(`INSERT INTO customer (name) VALUES ('since')`);
    copyFileSync(`${file}.kept`, file);
    const next = target.another().of(target.factsOf(SHOP));
    await next.migrate(target.migrations(MIGRATIONS));
    expect(existsSync(file)).toBe(false);
    expect([...(await next.query('SELECT count(*) AS n FROM customer'))]).toEqual([{ n: 4 }]);
    const used = await open(other);
    await used.of(SHOP).migrate(used.migrations(MIGRATIONS));
    mkdirSync(path.dirname(waitingIn(used, from)), { recursive: true });
    copyFileSync(`${file}.kept`, waitingIn(used, from));
    const late = used.another().of(used.factsOf(SHOP));
    await expect(late.migrate(used.migrations(MIGRATIONS))).rejects.toMatchObject({
      code: 'sql/not-restored',
      message: expect.stringContaining('is not empty'),
    });
  });

  test('what still waits is in the next backup', async () => {
    const [between, last] = [await open(other), await open(from)];
    await move(source, between);
    await move(between, last);
    await last.of(SHOP).migrate(last.migrations(MIGRATIONS));
    await expectShop(last, '');
  });
});
