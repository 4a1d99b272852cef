import { createHash } from 'node:crypto';
import { createReadStream, lstatSync } from 'node:fs';
import path from 'node:path';
import type { Database } from 'better-sqlite3';
import Driver from './driver.cjs';
import type { MigrationFile } from './migration-files';
import type { AppliedMigration } from './own-database';

export type DatabaseKind = 'sqlite' | 'postgres';

/** A restored database that waits in its plugin's data folder until the plugin's migrations have made tables for its rows. */
export interface WaitingFile {
  /** A SQLite file, whatever the rows are of. */
  readonly file: string;
  /** What they were kept in. */
  readonly from: DatabaseKind;
}

export interface WaitingDatabase extends WaitingFile {
  /** SHA-256 of the file, by which a database knows that it has been put in. */
  readonly digest: string;
  /** What had run where it is of. */
  readonly applied: readonly AppliedMigration[];
}

export const KINDS = ['sqlite', 'postgres'] as const satisfies readonly DatabaseKind[];
/** Of PostgreSQL's sequences, in a file of such a database. A plugin's table is not called so. */
export const SEQUENCE_TABLE = 'gatehouse:sequence';
export const MIGRATIONS = 'gatehouse_migration';
/** Its number among the migrations: of none of theirs. */
export const RESTORED_NUMBER = -1;

export function waitingFile(dataDir: string, from: DatabaseKind): string {
  return path.join(dataDir, `restored-${from}.db`);
}

/** No link counts: it would lead to what is not the plugin's. */
export function findWaiting(dataDir: string): WaitingFile | undefined {
  const found = KINDS.map((from) => ({ file: waitingFile(dataDir, from), from }));
  return found.find(({ file }) => isFile(file));
}

export function isFile(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** @throws what the file system or SQLite says of a file that is none */
export async function readWaiting(waiting: WaitingFile): Promise<WaitingDatabase> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(waiting.file) as AsyncIterable<Buffer>) hash.update(chunk);
  const applied = withFile(waiting.file, (database) => {
    if (!waitingTables(database, true).includes(MIGRATIONS)) return [];
    const all = `SELECT number, name, checksum FROM ${MIGRATIONS} WHERE number >= 0 ORDER BY number`;
    return database.prepare<[], AppliedMigration>(all).all();
  });
  return { ...waiting, digest: hash.digest('hex'), applied };
}

/** The names of a plugin's own tables in such a file; a search table counts, the tables that hold it do not. */
export function waitingTables(database: Database, withOurs = false): string[] {
  const all = `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')
    AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name`;
  const names = database.prepare<[], { name: string }>(all).all();
  return names
    .map(({ name }) => name)
    .filter((name) => withOurs || (name !== MIGRATIONS && name !== SEQUENCE_TABLE));
}

export function withFile<T>(file: string, use: (database: Database) => T): T {
  const database = new Driver(file, { readonly: true, fileMustExist: true });
  try {
    return use(database);
  } finally {
    database.close();
  }
}

/**
 * The steps that have to run before the rows are put in: those that had run where they are of, as `sourceFiles` has them for
 * that kind of database, and what is a step for the other kind alone. Text where they are not what had run.
 */
export function stepsBefore(
  applied: readonly AppliedMigration[],
  sourceFiles: readonly MigrationFile[],
  files: readonly MigrationFile[],
): readonly MigrationFile[] | string {
  const known = new Map(sourceFiles.map((file) => [file.number, file]));
  for (const { number, name, checksum } of applied) {
    const file = known.get(number);
    if (file === undefined) return `the migration ${name} had run, and the plugin has none of that number`;
    if (file.checksum !== checksum) return `the migration ${file.file} is not what had run as ${name}`;
  }
  const had = new Set(applied.map(({ number }) => number));
  const last = Math.max(-1, ...had);
  return files.filter(({ number }) => number <= last && (had.has(number) || !known.has(number)));
}
