import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PluginKey } from '../../src/core/plugin-key';
import type { Database } from '../../src/core/ports/database';
import type { DocumentStore } from '../../src/core/documents';
import { Committer } from '../../src/inbox/committer';
import { createDatabase } from '../../src/inbox/database';
import { DocumentRows } from '../../src/inbox/document-rows';
import { JobDocuments } from '../../src/inbox/job-documents';
import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import type { Store } from '../../src/inbox/store';
import { createDocuments } from '../../src/state/documents';
import { keyOf } from '../core/plain-mount';
import { createTestSchema } from '../support/postgres';
import { keptLogger } from './secrets-under-test';

export type DatabaseKind = Database['kind'];

/** A database with its tables, as one host has it. */
export interface DatabaseUnderTest {
  readonly store: Store;
  readonly database: Database;
  close(): Promise<void>;
}

/** Runs the same tests on both databases: one of each, for all of them. `address` opens another host's face of it. */
export function eachDatabase(
  name: string,
  tests: (given: () => DatabaseUnderTest, kind: DatabaseKind, address: () => string) => void,
): void {
  describe.each(['sqlite', 'postgres'] as const)(`${name}, on %s`, (kind) => {
    let opened: DatabaseUnderTest;
    let address = '';
    let remove: () => Promise<void> | void = () => {};
    beforeAll(async () => {
      if (kind === 'sqlite') {
        const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-state-'));
        remove = () => rmSync(folder, { recursive: true, force: true });
        address = path.join(folder, 'inbox.db');
      } else {
        const schema = await createTestSchema();
        remove = () => schema.drop();
        address = schema.url;
      }
      opened = await openDatabase(kind, address);
    });
    afterAll(async () => {
      await opened.close();
      await remove();
    });
    tests(
      () => opened,
      kind,
      () => address,
    );
  });
}

export async function openDatabase(kind: DatabaseKind, address: string): Promise<DatabaseUnderTest> {
  const store =
    kind === 'sqlite' ? await SqliteStore.open({ file: address }) : (await openPostgresStore(address)).store;
  const committer = new Committer(store, keptLogger().logger);
  return {
    store,
    database: createDatabase(store, committer),
    close: async () => {
      await committer.flushed();
      await store.close();
    },
  };
}

let plugins = 0;
/** A plugin that nobody else has: its documents are apart. */
export function newPlugin(): PluginKey {
  return keyOf(`acme.number_${(plugins += 1)}`);
}

/** The ways to a plugin's documents. */
export const WAYS = {
  'plugin.store': ({ database }: DatabaseUnderTest, plugin: PluginKey): DocumentStore =>
    createDocuments({ database }).of(plugin),
  'job.store': ({ store }: DatabaseUnderTest, plugin: PluginKey): DocumentStore =>
    new JobDocuments(plugin, new DocumentRows(store), () => store.now()).store,
} as const;
export type Way = keyof typeof WAYS;

/** The code or name of what it rejects with. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'nothing',
    (error: { code?: string; name: string }) => error.code ?? error.name,
  );
}
