import path from 'node:path';
import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import type { Store } from '../../src/inbox/store';
import { createTestSchema, type TestDatabase } from '../support/postgres';
import { temporaryFolder } from './engine-under-test';

/** A database of one's own, to open more than once. */
export interface Database {
  readonly kind: 'sqlite' | 'postgres';
  /** Of the file or the server. */
  readonly address: string;
  open(): Promise<Store>;
  again(): Promise<Store>;
}

/** Runs the same tests on both stores, each on an empty one. */
export function eachStore(
  name: string,
  tests: (open: () => Promise<Store>, kind: 'sqlite' | 'postgres', reopen: () => Promise<Database>) => void,
): void {
  describe(`${name}, on SQLite`, () => {
    const folders: { remove(): void }[] = [];
    afterEach(() => folders.splice(0).forEach((folder) => folder.remove()));
    const reopen = async (): Promise<Database> => {
      const folder = temporaryFolder();
      folders.push(folder);
      const file = path.join(folder.folder, 'inbox.db');
      const open = () => SqliteStore.open({ file });
      return { kind: 'sqlite', address: file, open, again: open };
    };
    tests(async () => (await reopen()).open(), 'sqlite', reopen);
  });
  describe(`${name}, on PostgreSQL`, () => {
    const databases: TestDatabase[] = [];
    afterEach(async () => {
      for (const database of databases.splice(0)) await database.drop();
    });
    const reopen = async (): Promise<Database> => {
      const database = await createTestSchema();
      databases.push(database);
      const open = async () => (await openPostgresStore(database.url)).store;
      return { kind: 'postgres', address: database.url, open, again: open };
    };
    tests(async () => (await reopen()).open(), 'postgres', reopen);
  });
}
