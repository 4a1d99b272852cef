import type { Kysely } from 'kysely';
import { HostError } from '../core/errors';
import type { Database, StateSchema } from '../core/ports/database';
import type { Committer } from './committer';
import { DocumentRows } from './document-rows';
import type { Store } from './store';

/** The inbox's store for the tables beside it: what they write shares its commits. */
export function createDatabase(store: Store, committer: Committer): Database {
  return {
    kind: store.kind,
    // A schema of more tables serves for one of fewer; Kysely's types do not say so.
    reader: store.reader as unknown as Kysely<StateSchema>,
    searcher: store.searcher as unknown as Kysely<StateSchema>,
    documents: new DocumentRows(store),
    async write(statements) {
      const { commands } = await committer.submit({ commands: [{ statements }] });
      const [result] = commands;
      if (result === undefined) throw new HostError('inbox/unavailable', []);
      if (!result.ok) throw result.error;
      return result.results;
    },
    now: () => store.now(),
  };
}
