import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import type { Store } from '../../src/inbox/store';
import { createTestSchema } from '../support/postgres';
import { conformance } from './store-conformance';

conformance('PostgreSQL', async () => {
  const database = await createTestSchema();
  const stores: Store[] = [];
  const second = async () => {
    const { store } = await openPostgresStore(database.url);
    stores.push(store);
    return store;
  };
  return {
    store: await second(),
    second,
    close: async () => {
      await Promise.all(stores.map((store) => store.close()));
      await database.drop();
    },
  };
});
