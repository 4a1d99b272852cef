import type { Logger } from 'winston';
import type { Hosts } from '../../src/core/ports/hosts';
import { Committer } from '../../src/inbox/committer';
import { NodeList } from '../../src/inbox/node-list';
import { StoredSharedState } from '../../src/inbox/shared-state';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';

/** What a host without a PostgreSQL shares, with nobody: a SQLite file. */
export interface SharedDatabase {
  readonly shared: StoredSharedState;
  readonly hosts: Hosts;
  close(): Promise<void>;
}

export async function openSharedDatabase(file: string, logger: Logger): Promise<SharedDatabase> {
  const store = await SqliteStore.open({ file });
  const committer = new Committer(store, logger);
  const shared = new StoredSharedState(store, (unit) => committer.submit(unit, 'must'));
  await shared.open();
  const hosts = new NodeList(store, committer, { id: 'this-host', url: () => 'http://localhost:0' });
  return {
    shared,
    hosts,
    close: async () => {
      shared.close();
      await committer.flushed();
      await store.close();
    },
  };
}
