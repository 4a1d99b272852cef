/** One stored object of a plugin. `data` is the whole object, `id` included. */
export interface StoredDocument<T = Readonly<Record<string, unknown>>> {
  readonly id: string;
  readonly data: T;
  /** 1 at first, one more with each update. */
  readonly version: number;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** What a field may be compared with. */
export type FieldValue = string | number | boolean | null;
/**
 * All that is said must hold. `in`: one of these. `exists`: whether the field is there at all. `ne` holds of what has no such
 * field, too. Only values of one kind are equal, more or less: numbers, texts (by code point), truth values, null.
 */
export interface FieldCondition {
  readonly eq?: FieldValue;
  readonly ne?: FieldValue;
  readonly gt?: string | number;
  readonly gte?: string | number;
  readonly lt?: string | number;
  readonly lte?: string | number;
  readonly in?: readonly FieldValue[];
  readonly exists?: boolean;
}
/**
 * Which documents of a collection, in which order. Fields are paths into the object (`customer.email`); `createdAt` of the
 * document itself is `$createdAt`. Ordered by a field come numbers, texts (by their first 256 characters), truth values, null, lists
 * and objects, then what has no such field; equal ones by id. What a caller gave is safest written `{ eq: value }`: that is never
 * taken for a condition.
 */
export interface DocumentQuery {
  readonly where?: Readonly<Record<string, FieldValue | FieldCondition>>;
  /** `-amount` is descending. Default: by id. */
  readonly order?: string;
  /** At most 1,000; default 100. */
  readonly limit?: number;
  /** Of the page before. */
  readonly cursor?: string;
}
export interface DocumentPage<T = Readonly<Record<string, unknown>>> {
  readonly documents: readonly StoredDocument<T>[];
  /** For the next page; undefined after the last one. */
  readonly cursor: string | undefined;
}

/**
 * Documents of one plugin, in collections. Through `job.store` what is written is kept back, seen by the job's own reads, and
 * committed together with its success: all of it, or, when the attempt fails or lost its lease, nothing. Elsewhere each write
 * is committed when it resolves. A document is at most a MiB of JSON, 500 levels deep, and what one attempt writes 16 MiB; NUL and
 * halves of surrogate pairs are stored as their stand-ins.
 * @throws store/bad-name, store/bad-query, store/bad-cursor (400), store/too-large, store/too-deep, inbox/unavailable
 */
export interface DocumentStore {
  /** Without an `id` one is made. @throws Conflict (409) when the id is taken */
  create<T extends object>(collection: string, object: T & { id?: string }): Promise<StoredDocument<T>>;
  /** Undefined when there is none, and for an id that no document can have. */
  get<T = Record<string, unknown>>(collection: string, id: string): Promise<StoredDocument<T> | undefined>;
  /** Merges `change` into the object. @throws store/not-found; Conflict unless `version`, where given, is current */
  update<T extends object>(
    collection: string,
    id: string,
    change: Partial<T>,
    options?: { version?: number },
  ): Promise<StoredDocument<T>>;
  /** True when it was there; false, too, for an id that no document can have. */
  delete(collection: string, id: string): Promise<boolean>;
  /** By id, ascending; `after` an id. At most 1,000. */
  list<T = Record<string, unknown>>(
    collection: string,
    options?: { limit?: number; after?: string },
  ): Promise<StoredDocument<T>[]>;
  /** Reads the whole collection where it must: collections that are asked often are best kept small. */
  query<T = Record<string, unknown>>(collection: string, query?: DocumentQuery): Promise<DocumentPage<T>>;
  /** The documents of one user, apart from all others. */
  user(userId: string): DocumentStore;
  /** The documents of one chat, apart from all others. */
  channel(chatKey: string): DocumentStore;
}
