import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDatabaseBackups } from '../../src/state/sql/database-backups';
import Driver from '../../src/state/sql/driver.cjs';

const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-busy-'));
const plugin = path.join(folder, 'plugins', 'acme.busy');
const backups = createDatabaseBackups({ data: folder, databaseUrl: undefined });
/** Far more than come between the steps of the copy, however slow the machine; one that begins anew at each never ends before them. */
const MOST_COMMITS = 20_000;
let writer: InstanceType<typeof Driver>;
const temporary = process.env['TMPDIR'];

beforeAll(() => {
  // Copies of nobody else.
  process.env['TMPDIR'] = folder;
  mkdirSync(plugin, { recursive: true });
  writer = new Driver(path.join(plugin, 'plugin.sqlite'));
  writer.pragma('journal_mode = WAL');
  writer.pragma('synchronous = OFF');
  writer.exec('CREATE TABLE page (bytes BLOB); CREATE TABLE late (n INTEGER)');
  // Three steps of the copy and some.
  const insert = writer.prepare('INSERT INTO page VALUES (zeroblob(1048576))');
  for (let count = 0; count < 56; count += 1) insert.run();
});
afterAll(() => {
  if (temporary === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = temporary;
  writer.close();
  rmSync(folder, { recursive: true, force: true });
});
const copies = () => readdirSync(folder).filter((name) => name.startsWith('gatehouse-backup-'));

test('a database that its plugin never stops writing to is copied as it is at one moment', async () => {
  let commits = 0;
  let isOver = false;
  const insert = writer.prepare('INSERT INTO late VALUES (1)');
  const write = () => {
    if (isOver || commits === MOST_COMMITS) return;
    insert.run();
    commits += 1;
    setImmediate(write);
  };
  write();
  let bytes = 0;
  for await (const { rows } of backups.sections()) {
    isOver = true;
    for await (const [part] of rows) bytes += (part as Buffer).length;
  }
  expect(bytes).toBeGreaterThan(56 * 1_048_576);
  expect(commits).toBeLessThan(MOST_COMMITS);
});

test('a copy that nobody waits for any more is stopped and removed', async () => {
  const gone = new AbortController();
  setImmediate(() => gone.abort());
  const readAll = async () => {
    for await (const _section of backups.sections(gone.signal)) throw new Error('it was copied');
  };
  await expect(readAll()).rejects.toMatchObject({ code: 'sql/unavailable' });
  expect(copies()).toEqual([]);
});
