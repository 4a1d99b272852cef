import type { DocumentStore } from '../../core/documents';
import { HostError } from '../../core/errors';

const TRIES = 20;

/** True for the error of a write that came second, whatever copy of the class raised it. */
export function isConflict(thrown: unknown): boolean {
  return (thrown as { readonly status?: unknown } | undefined)?.status === 409;
}

/**
 * Reads a document and writes it anew until nobody came between; `change` answers undefined to leave it as it is. Answers what is
 * there then. @throws inbox/unavailable, also when others keep coming between
 */
export async function settleDocument<T extends object>(
  store: DocumentStore,
  collection: string,
  id: string,
  change: (before: T | undefined) => T | undefined,
): Promise<T | undefined> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const before = await store.get<T>(collection, id);
    const after = change(before?.data);
    if (after === undefined) return before?.data;
    try {
      if (before === undefined) await store.create<T>(collection, { ...after, id });
      else await store.update<T>(collection, id, after, { version: before.version });
      return after;
    } catch (thrown) {
      const isGone = (thrown as { readonly code?: unknown }).code === 'store/not-found';
      if (!isConflict(thrown) && !isGone) throw thrown;
    }
  }
  throw new HostError('inbox/unavailable', []);
}

/** Adds to a number that all hosts share; undefined when it would grow beyond `most`, and nothing is added. */
export async function addUpTo(
  store: DocumentStore,
  collection: string,
  id: string,
  amount: number,
  most = Number.MAX_SAFE_INTEGER,
): Promise<number | undefined> {
  let isFull = false;
  const after = await settleDocument<{ count: number; at: number }>(store, collection, id, (before) => {
    const count = (before?.count ?? 0) + amount;
    isFull = count > most;
    return isFull ? undefined : { count, at: Date.now() };
  });
  return isFull ? undefined : after?.count;
}
