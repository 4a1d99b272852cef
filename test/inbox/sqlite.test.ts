import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSqlite } from './open-sqlite';
import { conformance } from './store-conformance';

conformance(
  'SQLite',
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-sqlite-'));
    const store = await openSqlite(folder);
    return {
      store,
      close: async () => {
        await store.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
  { hosts: false },
);
