import type { CompiledQuery } from 'kysely';
import { documentsThrough, type DocumentOperations } from '../core/document-face';
import type { DocumentPlace } from '../core/document-names';
import type { Selection } from '../core/document-selection';
import { documentText } from '../core/document-text';
import type { DocumentStore, StoredDocument } from '../core/documents';
import { HostError } from '../core/errors';
import { Conflict } from '../core/job';
import type { PluginKey } from '../core/plugin-key';
import type { Database } from '../core/ports/database';
import { statementOn } from './database-statement';
import { Turns } from '../core/turns';

/** Documents of plugins outside jobs: each write is committed when it resolves. */
export interface Documents {
  of(plugin: PluginKey): DocumentStore;
}

export interface DocumentsParts {
  readonly database: Database;
}

/** Of a change that other hosts come before; on this host changes of one document wait for one another. */
const TRIES = 20;
/** Between two, at most and times the tries so far: hosts that meet must part. */
const PAUSE_MS = 10;

/** Over the tables beside the inbox: what is written here shares its commits. */
export function createDocuments({ database }: DocumentsParts): Documents {
  const statements = statementsOn(database.kind);
  const turns = new Turns();
  return {
    of: (plugin) => documentsThrough(new PluginDocuments(plugin, database, statements, turns)),
  };
}

type Statements = ReturnType<typeof statementsOn>;
const PLACE = 'WHERE plugin = ? AND collection = ? AND id = ?';

function statementsOn(kind: Database['kind']) {
  return {
    insert: statementOn(
      kind,
      `INSERT INTO document (plugin, collection, id, version, data, created_at, updated_at)
      VALUES (?, ?, ?, 1, ?, ?, ?) ON CONFLICT (plugin, collection, id) DO NOTHING`,
    ),
    update: statementOn(
      kind,
      `UPDATE document SET version = version + 1, data = ?, updated_at = ? ${PLACE} AND version = ?`,
    ),
    remove: statementOn(kind, `DELETE FROM document ${PLACE}`),
  };
}

class PluginDocuments implements DocumentOperations {
  constructor(
    private readonly plugin: PluginKey,
    private readonly database: Database,
    private readonly statements: Statements,
    private readonly turns: Turns,
  ) {}

  async create(place: DocumentPlace, data: Readonly<Record<string, unknown>>): Promise<StoredDocument> {
    const { collection, id, name } = place;
    const { text } = documentText(`"${id}" of ${name}`, data);
    const now = this.database.now();
    const insert = this.statements.insert(this.plugin, collection, id, text, now, now);
    if ((await this.#write(insert)) === 0) throw new Conflict(`${name} has a "${id}" already`);
    return { id, version: 1, createdAt: now, data: JSON.parse(text) as Record<string, unknown> };
  }

  find({ collection, id }: DocumentPlace): Promise<StoredDocument | undefined> {
    return this.database.documents.find(this.plugin, collection, id);
  }

  change(place: DocumentPlace, change: object, version: number | undefined): Promise<StoredDocument> {
    const slot = [this.plugin, place.collection, place.id].join('\0');
    return this.turns.take(slot, () => this.#change(place, change, version));
  }

  async remove({ collection, id }: DocumentPlace): Promise<boolean> {
    return (await this.#write(this.statements.remove(this.plugin, collection, id))) > 0;
  }

  select(collection: string, selection: Selection): Promise<readonly StoredDocument[]> {
    return this.database.documents.select(this.plugin, collection, selection);
  }

  /** Reads, merges, and writes if nobody wrote in between; else again, unless the caller named a version. */
  async #change(place: DocumentPlace, change: object, version: number | undefined): Promise<StoredDocument> {
    const { collection, id, name } = place;
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const before = await this.find(place);
      if (before === undefined) throw new HostError('store/not-found', [name, id]);
      if (version !== undefined && version !== before.version)
        throw new Conflict(`"${id}" of ${name} is at version ${before.version}, not ${version}`);
      const { text } = documentText(`"${id}" of ${name}`, { ...before.data, ...change, id });
      const where = [this.plugin, collection, id, before.version];
      const update = this.statements.update(text, this.database.now(), ...where);
      if ((await this.#write(update)) > 0)
        return { ...before, version: before.version + 1, data: JSON.parse(text) as Record<string, unknown> };
      await new Promise((resolve) => setTimeout(resolve, Math.random() * PAUSE_MS * attempt));
    }
    throw new Conflict(`"${id}" of ${name} is being changed by others all the time`);
  }

  /** How many rows it changed. */
  async #write(statement: CompiledQuery): Promise<number> {
    const [result] = await this.database.write([statement]);
    return result?.changed ?? 0;
  }
}
