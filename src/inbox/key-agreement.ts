import type { CompiledQuery } from 'kysely';
import { HostError } from '../core/errors';
import type { KeyProofs } from '../core/ports/rekeying';
import type { Sealer } from '../core/ports/sealer';
import type { Committer } from './committer';
import type { Store } from './store';

/** In `meta`: a text that only the store's master key opens. */
export const PROOF_NAME = 'sealed-proof';
const NAME = PROOF_NAME;
/** Of the next key, while it takes over. */
const NEXT = 'sealed-proof-next';
const TEXT = 'gatehouse';

/** Whether a store with that proof is sealed with a key the sealer has. */
export function provesKey(sealer: Sealer, proof: string): boolean {
  try {
    return sealer.open(proof, NAME) === TEXT;
  } catch {
    return false;
  }
}

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
  const proofs = await store.reader
    .selectFrom('meta')
    .select(['name', 'value'])
    .where('name', 'in', [NAME, NEXT])
    .execute();
  if (!proofs.some(({ name }) => name === NAME)) throw new HostError('inbox/other-master-key', []);
  for (const { name, value } of proofs)
    try {
      if (sealer.open(value, name) !== TEXT) throw new Error(`${name} is not what it was`);
    } catch (cause) {
      throw new HostError('inbox/other-master-key', [], { cause });
    }
}

/**
 * The proofs while the key changes. Both stand until everything is sealed anew: whoever starts meanwhile has both keys or is
 * refused, whichever of the two it lacks.
 */
export function keyProofs(store: Store, committer: Committer, sealer: Sealer): KeyProofs {
  const proof = (name: string) => {
    const value = sealer.seal(TEXT, name);
    return store.reader
      .insertInto('meta')
      .values({ name, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .compile();
  };
  const commit = async (statements: readonly CompiledQuery[]) => {
    const [result] = (await committer.submit({ commands: [{ statements }] })).commands;
    if (result?.ok !== true) throw result?.error ?? new HostError('inbox/unavailable', []);
  };
  const withoutNext = store.reader.deleteFrom('meta').where('name', '=', NEXT).compile();
  return {
    begin: () => commit([proof(NEXT)]),
    withdraw: () => commit([withoutNext]),
    finish: () => commit([proof(NAME), withoutNext]),
  };
}
