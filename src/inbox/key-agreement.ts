import { HostError } from '../core/errors';
import type { Sealer } from '../core/ports/sealer';
import type { Committer } from './committer';
import type { Store } from './store';

const NAME = 'sealed-proof';
const TEXT = 'gatehouse';

/**
 * Refuses a master key other than the one this store's credentials are sealed with: hosts that share a database share
 * the key, or none opens what another sealed. The first host leaves a proof of its own.
 * @throws inbox/other-master-key, inbox/unavailable
 */
export async function agreeOnKey(store: Store, committer: Committer, sealer: Sealer): Promise<void> {
  const proof = store.reader
    .insertInto('meta')
    .values({ name: NAME, value: sealer.seal(TEXT, NAME) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .compile();
  await committer.submit({ commands: [{ statements: [proof] }] });
  const row = await store.reader
    .selectFrom('meta')
    .select('value')
    .where('name', '=', NAME)
    .executeTakeFirst();
  try {
    if (row !== undefined && sealer.open(row.value, NAME) === TEXT) return;
  } catch (cause) {
    throw new HostError('inbox/other-master-key', [], { cause });
  }
  throw new HostError('inbox/other-master-key', []);
}
