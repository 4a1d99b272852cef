import type { Page, PageRequest } from './inbox-desk';

export interface CollectionSummary {
  readonly collection: string;
  /** Whose it is: the plugin's, a user's or a chat's. */
  readonly scope: string;
  /** At most 10,000 are counted. */
  readonly count: number;
}
export interface StoredDocument {
  readonly collection: string;
  readonly scope: string;
  readonly id: string;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** JSON text, at most its first 64 KiB. */
  readonly data: string;
}
/** Everything given must hold. */
export interface DataFilter {
  readonly collection?: string | undefined;
  readonly scope?: string | undefined;
  /** Of the id, its beginning. */
  readonly id?: string | undefined;
}

/** What plugins keep, for operators. All reject with inbox/unavailable when the store cannot be reached. */
export interface DataDesk {
  collections(plugin: string): Promise<readonly CollectionSummary[]>;
  documents(plugin: string, filter: DataFilter, page?: PageRequest): Promise<Page<StoredDocument>>;
  /** False when there was none. */
  remove(plugin: string, collection: string, scope: string, id: string): Promise<boolean>;
  /** All of a plugin, or of one collection; answers how many went. Values in its cache go as well where all goes. */
  clear(plugin: string, collection?: string): Promise<number>;
}
