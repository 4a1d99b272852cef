import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { PluginKey } from '../core/plugin-key';
import type { Database } from '../core/ports/database';
import type { PluginDatabases } from '../core/ports/plugin-sql';
import type { SharedState } from '../core/ports/shared-state';
import type { PluginEraser } from '../core/ports/upkeep-desk';
import { statementOn } from './database-statement';
import { stateSpaces } from './sealed-spaces';

export interface PluginEraserParts {
  readonly database: Database;
  readonly shared: SharedState;
  readonly databases: Pick<PluginDatabases, 'erase'>;
  /** The host's data folder. */
  readonly data: string;
}

/** Of one commit: it lies between those of others. */
const STEP = 200;

/** Removes what a plugin kept; what it may still be found by, such as its password, goes last. */
export function createPluginEraser({ database, shared, databases, data }: PluginEraserParts): PluginEraser {
  const removeDocument = statementOn(
    database.kind,
    'DELETE FROM document WHERE plugin = ? AND collection = ? AND id = ?',
  );
  const removeValue = statementOn(database.kind, 'DELETE FROM cache WHERE plugin = ? AND name = ?');
  const documents = async (key: PluginKey) => {
    const select = database.searcher.selectFrom('document').select(['collection', 'id']);
    const found = await select.where('plugin', '=', key).limit(STEP).execute();
    if (found.length > 0)
      await database.write(found.map(({ collection, id }) => removeDocument(key, collection, id)));
    return found.length;
  };
  const cached = async (key: PluginKey) => {
    const select = database.searcher.selectFrom('cache').select('name');
    const found = await select.where('plugin', '=', key).limit(STEP).execute();
    if (found.length > 0) await database.write(found.map(({ name }) => removeValue(key, name)));
    return found.length;
  };
  return {
    erase: async (key) => {
      const removed = {
        documents: await untilNone(() => documents(key)),
        cached: await untilNone(() => cached(key)),
      };
      const folder = path.join(data, 'plugins', key);
      await databases.erase(key);
      await rm(folder, { recursive: true, force: true });
      return { plugin: key, ...removed, values: await values(shared, key) };
    },
  };
}

async function untilNone(step: () => Promise<number>): Promise<number> {
  let all = 0;
  for (;;) {
    const count = await step();
    all += count;
    if (count < STEP) return all;
  }
}

/** What hosts share of a plugin stands under its key, or under `<key>/…`. */
async function values(shared: SharedState, key: PluginKey): Promise<number> {
  let removed = 0;
  for (const { space } of stateSpaces)
    for (const { name } of shared.list(space)) {
      if (name !== key && !name.startsWith(`${key}/`)) continue;
      await shared.put(space, name, undefined);
      removed += 1;
    }
  return removed;
}
