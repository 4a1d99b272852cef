import path from 'node:path';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import type { Store } from '../../src/inbox/store';

/** The store of a data folder, made where there is none. */
export function openSqlite(folder: string): Promise<Store> {
  return SqliteStore.open({ file: path.join(folder, 'gatehouse.db') });
}
