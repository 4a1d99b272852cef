import type { Kysely } from 'kysely';
import { HostError } from '../core/errors';
import { Conflict, type JobStore, type StoredDocument } from '../core/job';
import { newToken } from './public-id';
import type { Schema } from './schema';
import type { DocumentWrite } from './store';

/** A document as this job left it. `base` is the committed version it started from, 0 for none. */
interface Draft {
  readonly collection: string;
  readonly id: string;
  readonly base: number;
  readonly createdAt: number;
  /** Undefined once deleted. */
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly version: number;
  /** Of the data as JSON, where this job wrote it. */
  readonly bytes?: number;
}
interface Row {
  readonly id: string;
  readonly version: number;
  readonly data: string;
  readonly created_at: number;
}

const LIST_MOST = 1_000;
/** UTF-16 code units, so that plugin, collection and id fit into an index row. */
const NAME_CHARACTERS = 256;
/** Of one document as JSON; a commit writes them whole. */
const DOCUMENT_BYTES = 1024 ** 2;
/** Of all that one attempt writes: it is kept in memory until the commit. */
const WRITES_BYTES = 16 * 1024 ** 2;

/**
 * The documents of one plugin as one job sees them: committed rows beneath, the job's own writes above. What it wrote
 * leaves only through `writes`, one write per document, each against the version that was read.
 */
export class JobDocuments implements JobStore {
  readonly #drafts = new Map<string, Draft>();
  #bytes = 0;

  constructor(
    private readonly plugin: string,
    private readonly reader: Kysely<Schema>,
    private readonly now: () => number,
  ) {}

  get writes(): readonly DocumentWrite[] {
    return [...this.#drafts.values()]
      .filter((draft) => draft.data !== undefined || draft.base !== 0)
      .map(({ collection, id, base, data }) => ({
        plugin: this.plugin,
        collection,
        id,
        expected: base,
        data: data === undefined ? undefined : JSON.stringify(data),
      }));
  }

  async create<T extends object>(
    collection: string,
    object: T & { id?: string },
  ): Promise<StoredDocument<T>> {
    const id = object.id ?? newToken();
    const before = await this.#find(collection, id);
    if (before?.data !== undefined) throw new Conflict(`${collection} has a "${id}" already`);
    const base = before?.base ?? 0;
    return this.#put<T>({
      collection,
      id,
      base,
      createdAt: this.now(),
      data: { ...object, id },
      version: base + 1,
    });
  }

  async get<T = Record<string, unknown>>(
    collection: string,
    id: string,
  ): Promise<StoredDocument<T> | undefined> {
    const draft = await this.#find(collection, id);
    return draft?.data === undefined ? undefined : shown<T>(draft);
  }

  async update<T extends object>(
    collection: string,
    id: string,
    change: Partial<T>,
    { version }: { version?: number } = {},
  ): Promise<StoredDocument<T>> {
    const before = await this.#find(collection, id);
    if (before?.data === undefined) throw new HostError('store/not-found', [collection, id]);
    if (version !== undefined && version !== before.version)
      throw new Conflict(`"${id}" of ${collection} is at version ${before.version}, not ${version}`);
    const data = { ...before.data, ...change, id };
    return this.#put<T>({ ...before, data, version: before.version + 1 });
  }

  async delete(collection: string, id: string): Promise<boolean> {
    const before = await this.#find(collection, id);
    if (before?.data === undefined) return false;
    this.#keep({ ...before, data: undefined });
    return true;
  }

  async list<T = Record<string, unknown>>(
    collection: string,
    { limit = LIST_MOST, after = '' }: { limit?: number; after?: string } = {},
  ): Promise<StoredDocument<T>[]> {
    checkName('collection', collection);
    const most = Math.min(Math.max(Math.floor(limit), 1), LIST_MOST);
    const own = [...this.#drafts.values()].filter(
      (draft) => draft.collection === collection && draft.id > after,
    );
    // As many more as the job deleted: they would leave gaps.
    const gone = own.filter(({ data }) => data === undefined).length;
    const rows = await this.reader
      .selectFrom('document')
      .select(['id', 'version', 'data', 'created_at'])
      .where('plugin', '=', this.plugin)
      .where('collection', '=', collection)
      .where('id', '>', after)
      .orderBy('id')
      .limit(most + gone)
      .execute();
    const merged = new Map(rows.map((row) => [row.id, toDraft(collection, row)]));
    for (const draft of own) merged.set(draft.id, draft);
    return [...merged.values()]
      .filter(({ data }) => data !== undefined)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, most)
      .map((draft) => shown<T>(draft));
  }

  async #find(collection: string, id: string): Promise<Draft | undefined> {
    checkName('collection', collection);
    checkName('id', id);
    const own = this.#drafts.get(slot(collection, id));
    if (own !== undefined) return own;
    const row = await this.reader
      .selectFrom('document')
      .select(['id', 'version', 'data', 'created_at'])
      .where('plugin', '=', this.plugin)
      .where('collection', '=', collection)
      .where('id', '=', id)
      .executeTakeFirst();
    // Asked again: another call of the same job may have written while this one read.
    return this.#drafts.get(slot(collection, id)) ?? (row && toDraft(collection, row));
  }

  #put<T>(draft: Draft): StoredDocument<T> {
    this.#keep(draft);
    return shown<T>(draft);
  }
  /** A copy: what the author changes afterwards in its object is not written. @throws store/too-large; what JSON cannot say */
  #keep(draft: Draft): void {
    const { collection, id } = draft;
    const text = draft.data && JSON.stringify(draft.data);
    const bytes = text === undefined ? 0 : Buffer.byteLength(text);
    const place = slot(collection, id);
    const sum = this.#bytes - (this.#drafts.get(place)?.bytes ?? 0) + bytes;
    if (bytes > DOCUMENT_BYTES)
      throw new HostError('store/too-large', [`"${id}" of ${collection}`, DOCUMENT_BYTES]);
    if (sum > WRITES_BYTES)
      throw new HostError('store/too-large', ['What this attempt writes', WRITES_BYTES]);
    this.#bytes = sum;
    const data = text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
    this.#drafts.set(place, { ...draft, data, bytes });
  }
}

/** @throws store/bad-name */
function checkName(what: 'collection' | 'id', name: unknown): void {
  if (typeof name === 'string' && name !== '' && name.length <= NAME_CHARACTERS && !name.includes('\0'))
    return;
  throw new HostError('store/bad-name', [what, NAME_CHARACTERS]);
}

const slot = (collection: string, id: string) => `${collection}\0${id}`;

function toDraft(collection: string, { id, version, data, created_at }: Row): Draft {
  return {
    collection,
    id,
    base: Number(version),
    version: Number(version),
    createdAt: Number(created_at),
    data: JSON.parse(data) as Record<string, unknown>,
  };
}

function shown<T>({ id, data, version, createdAt }: Draft): StoredDocument<T> {
  return { id, data: structuredClone(data) as T, version, createdAt };
}
