import type { Kysely } from 'kysely';
import type { OrphanReason } from '../core/ports/inbox-desk';
import type { Schema } from './schema';
import type { Store, TaskName } from './store';

/** What the desk reads with. */
export interface DeskSearch {
  /** The store's searcher: however long a search takes, deliveries do not wait for it. */
  readonly queries: Kysely<Schema>;
  readonly kind: Store['kind'];
  /** Why nobody here works what is stored for it; undefined when somebody does, or may again by itself. */
  orphanOf(task: TaskName): OrphanReason | undefined;
}
