import { documentsThrough, type DocumentOperations } from '../core/document-face';
import type { DocumentPlace } from '../core/document-names';
import { compareDocuments, isSelected, type Selection } from '../core/document-selection';
import { documentText } from '../core/document-text';
import type { DocumentStore, StoredDocument } from '../core/documents';
import { HostError } from '../core/errors';
import { Conflict } from '../core/job';
import type { DocumentReader } from '../core/ports/database';
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

/** Of all that one attempt writes: it is kept in memory until the commit. */
const WRITES_BYTES = 16 * 1024 ** 2;

/**
 * The documents of one plugin as one job sees them: committed rows beneath, the job's own writes above. What it wrote
 * leaves only through `writes`, one write per document, each against the version that was read.
 */
export class JobDocuments implements DocumentOperations {
  /** As authors have it. */
  readonly store: DocumentStore = documentsThrough(this);
  readonly #drafts = new Map<string, Draft>();
  #bytes = 0;

  constructor(
    private readonly plugin: string,
    private readonly committed: DocumentReader,
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

  async create(place: DocumentPlace, data: Readonly<Record<string, unknown>>): Promise<StoredDocument> {
    const before = await this.#find(place);
    if (before?.data !== undefined) throw new Conflict(`${place.name} has a "${place.id}" already`);
    const base = before?.base ?? 0;
    return this.#put(place, { base, createdAt: this.now(), data, version: base + 1 });
  }

  async find(place: DocumentPlace): Promise<StoredDocument | undefined> {
    const draft = await this.#find(place);
    return draft === undefined ? undefined : shown(draft);
  }

  async change(place: DocumentPlace, change: object, version: number | undefined): Promise<StoredDocument> {
    const { name, id } = place;
    const before = await this.#find(place);
    if (before?.data === undefined) throw new HostError('store/not-found', [name, id]);
    if (version !== undefined && version !== before.version)
      throw new Conflict(`"${id}" of ${name} is at version ${before.version}, not ${version}`);
    const data = { ...before.data, ...change, id };
    return this.#put(place, { ...before, data, version: before.version + 1 });
  }

  async remove(place: DocumentPlace): Promise<boolean> {
    const before = await this.#find(place);
    if (before?.data === undefined) return false;
    this.#keep(place, { ...before, data: undefined }, 0);
    return true;
  }

  /** Committed rows that a draft stands for are left out; so many more are read. */
  async select(collection: string, selection: Selection): Promise<readonly StoredDocument[]> {
    for (;;) {
      const known = this.#draftsOf(collection).length;
      const limit = selection.limit + known;
      const rows = await this.committed.select(this.plugin, collection, { ...selection, limit });
      const own = this.#draftsOf(collection);
      // Another call of the same job wrote while this one read.
      if (own.length > known) continue;
      if (own.length === 0) return rows;
      const replaced = new Set(own.map(({ id }) => id));
      const documents = own.map(shown).filter((one) => one !== undefined && isSelected(one, selection));
      return [...rows.filter(({ id }) => !replaced.has(id)), ...(documents as StoredDocument[])]
        .sort((a, b) => compareDocuments(a, b, selection.order))
        .slice(0, selection.limit);
    }
  }

  #draftsOf(collection: string): Draft[] {
    return [...this.#drafts.values()].filter((draft) => draft.collection === collection);
  }

  async #find({ collection, id }: DocumentPlace): Promise<Omit<Draft, 'collection'> | undefined> {
    const own = this.#drafts.get(slot(collection, id));
    if (own !== undefined) return own;
    const row = await this.committed.find(this.plugin, collection, id);
    // Asked again: another call of the same job may have written while this one read.
    return this.#drafts.get(slot(collection, id)) ?? (row && { ...row, base: row.version });
  }

  /** A copy: what the author changes afterwards in its object is not written. @throws store/too-large, store/too-deep */
  #put(
    place: DocumentPlace,
    draft: Pick<Draft, 'base' | 'createdAt' | 'version'> & { data: Readonly<Record<string, unknown>> },
  ): StoredDocument {
    const { text, bytes } = documentText(`"${place.id}" of ${place.name}`, draft.data);
    const data = JSON.parse(text) as Record<string, unknown>;
    this.#keep(place, { ...draft, data }, bytes);
    return { id: place.id, version: draft.version, createdAt: draft.createdAt, data: structuredClone(data) };
  }

  #keep(
    { collection, id }: DocumentPlace,
    draft: Pick<Draft, 'base' | 'createdAt' | 'version' | 'data'>,
    bytes: number,
  ): void {
    const place = slot(collection, id);
    const sum = this.#bytes - (this.#drafts.get(place)?.bytes ?? 0) + bytes;
    if (sum > WRITES_BYTES)
      throw new HostError('store/too-large', ['What this attempt writes', WRITES_BYTES]);
    this.#bytes = sum;
    this.#drafts.set(place, { ...draft, collection, id, bytes });
  }
}

const slot = (collection: string, id: string) => `${collection}\0${id}`;

function shown({ id, data, version, createdAt }: Omit<Draft, 'collection'>): StoredDocument | undefined {
  return data === undefined ? undefined : { id, data: structuredClone(data), version, createdAt };
}
