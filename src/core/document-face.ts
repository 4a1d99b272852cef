import { randomBytes } from 'node:crypto';
import {
  checkDocumentId,
  isDocumentId,
  scopedCollection,
  withScope,
  type DocumentPlace,
} from './document-names';
import { parseList, parseQuery, writeCursor } from './document-query';
import { positionOf, type Selection } from './document-selection';
import type { DocumentPage, DocumentQuery, DocumentStore, StoredDocument } from './documents';

type Content = Readonly<Record<string, unknown>>;

/** What documents are kept by: at once, or with a job. Names are checked, scopes written into collections. */
export interface DocumentOperations {
  /** @throws Conflict */
  create(place: DocumentPlace, data: Content): Promise<StoredDocument>;
  find(place: DocumentPlace): Promise<StoredDocument | undefined>;
  /** @throws store/not-found, Conflict */
  change(place: DocumentPlace, change: object, version: number | undefined): Promise<StoredDocument>;
  remove(place: DocumentPlace): Promise<boolean>;
  /** In its order, at most its limit. */
  select(collection: string, selection: Selection): Promise<readonly StoredDocument[]>;
}

/** 96 bits: nobody else makes the same. */
const ID_BYTES = 12;

/** The authors' store over what keeps documents. Its methods may be taken from it. */
export function documentsThrough(operations: DocumentOperations, scopes = ''): DocumentStore {
  const placeOf = (name: string, id: unknown): DocumentPlace => {
    const collection = scopedCollection(scopes, name);
    checkDocumentId(id);
    return { collection, id, name };
  };
  // An id is often what a caller sent: nothing has one that cannot be.
  const lookUp = (name: string, id: unknown): DocumentPlace | undefined => {
    const collection = scopedCollection(scopes, name);
    return isDocumentId(id) ? { collection, id, name } : undefined;
  };
  const store = {
    create: async (name: string, object: object & { id?: string }) => {
      const id = object.id ?? randomBytes(ID_BYTES).toString('base64url');
      return operations.create(placeOf(name, id), { ...object, id });
    },
    get: async (name: string, id: string) => {
      const place = lookUp(name, id);
      return place && operations.find(place);
    },
    update: async (name: string, id: string, change: object, { version }: { version?: number } = {}) =>
      operations.change(placeOf(name, id), change, version),
    delete: async (name: string, id: string) => {
      const place = lookUp(name, id);
      return place !== undefined && operations.remove(place);
    },
    list: async (name: string, options: { limit?: number; after?: string } = {}) =>
      operations.select(scopedCollection(scopes, name), parseList(options)),
    query: async (name: string, query: DocumentQuery = {}) =>
      page(operations, scopedCollection(scopes, name), query),
    user: (id: string) => documentsThrough(operations, withScope(scopes, 'user', id)),
    channel: (key: string) => documentsThrough(operations, withScope(scopes, 'channel', key)),
  };
  // What it gives is of the type that the author says it is.
  return Object.freeze(store) as unknown as DocumentStore;
}

/** One more than asked for is looked for: whether there is a next page. */
async function page(
  operations: DocumentOperations,
  collection: string,
  query: DocumentQuery,
): Promise<DocumentPage> {
  const selection = parseQuery(query);
  const { limit, order } = selection;
  const found = await operations.select(collection, { ...selection, limit: limit + 1 });
  const documents = found.slice(0, limit);
  const last = documents.at(-1);
  const isLast = found.length <= limit || last === undefined;
  return { documents, cursor: isLast ? undefined : writeCursor(positionOf(last, order), query.order) };
}
