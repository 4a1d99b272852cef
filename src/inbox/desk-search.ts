import type { Kysely } from 'kysely';
import type { OrphanReason } from '../core/ports/inbox-desk';
import type { LookBounds } from './desk-look';
import type { MaskOf } from './shown-masks';
import type { Schema } from './schema';
import type { Store, TaskName } from './store';

/** What the desk reads with. */
export interface DeskSearch {
  /** The store's searcher: however long a search takes, deliveries do not wait for it. */
  readonly queries: Kysely<Schema>;
  readonly kind: Store['kind'];
  /** How much one page looks at; less than usual for tests. */
  readonly look?: LookBounds | undefined;
  /** Masks what one request or job shows; without it members are masked by their names alone. */
  readonly maskOf?: MaskOf | undefined;
  /** Why nobody here works what is stored for it; undefined when somebody does, or may again by itself. */
  orphanOf(task: TaskName): OrphanReason | undefined;
}
