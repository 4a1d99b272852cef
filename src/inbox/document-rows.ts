import { HostError } from '../core/errors';
import type { Selection } from '../core/document-selection';
import type { StoredDocument } from '../core/documents';
import type { DocumentReader } from '../core/ports/database';
import { selectDocuments } from './document-query';
import type { Store } from './store';

interface Row {
  readonly id: string;
  readonly version: number;
  readonly data: string;
  readonly created_at: number;
}

/** Documents as they are committed. What has to look for them is a search, in nobody's way. */
export class DocumentRows implements DocumentReader {
  constructor(private readonly store: Pick<Store, 'kind' | 'reader' | 'searcher'>) {}

  async find(plugin: string, collection: string, id: string): Promise<StoredDocument | undefined> {
    const row = await reading(
      this.store.reader
        .selectFrom('document')
        .select(['id', 'version', 'data', 'created_at'])
        .where('plugin', '=', plugin)
        .where('collection', '=', collection)
        .where('id', '=', id)
        .executeTakeFirst(),
    );
    return row === undefined ? undefined : toDocument(row);
  }

  async select(plugin: string, collection: string, selection: Selection): Promise<StoredDocument[]> {
    const { kind, reader, searcher } = this.store;
    const isById = selection.order === undefined && selection.tests.length === 0;
    const query = selectDocuments<Row>(kind, plugin, collection, selection);
    const { rows } = await reading(query.execute(isById ? reader : searcher));
    return rows.map(toDocument);
  }
}

async function reading<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new HostError('inbox/unavailable', [], { cause, headers: { 'retry-after': '5' } });
  }
}

function toDocument({ id, version, data, created_at }: Row): StoredDocument {
  return {
    id,
    version: Number(version),
    createdAt: Number(created_at),
    data: JSON.parse(data) as Record<string, unknown>,
  };
}
