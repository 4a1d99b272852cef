import type { Database, Statement } from 'better-sqlite3';
import type { DocumentWrite } from '../store';

/** Another writer came first. */
export class WriteConflict extends Error {
  constructor({ collection, id, expected }: DocumentWrite) {
    const wanted = expected === 0 ? 'is there already' : `is no longer at version ${expected}`;
    super(`${collection}/${id} ${wanted}: another writer came first`);
    this.name = 'WriteConflict';
  }
}

/** Writes documents where they are as expected. */
export class DocumentWriter {
  readonly #version: Statement<[string, string, string], { version: number }>;
  readonly #put: Statement<[string, string, string, string, number, number]>;
  readonly #delete: Statement<[string, string, string]>;

  constructor(database: Database) {
    const row = 'WHERE plugin = ? AND collection = ? AND id = ?';
    this.#version = database.prepare(`SELECT version FROM document ${row}`);
    this.#put = database.prepare(
      `INSERT INTO document (plugin, collection, id, version, data, created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?, ?)
      ON CONFLICT (plugin, collection, id) DO UPDATE
        SET version = version + 1, data = excluded.data, updated_at = excluded.updated_at`,
    );
    this.#delete = database.prepare(`DELETE FROM document ${row}`);
  }

  /** @throws WriteConflict */
  write(write: DocumentWrite, at: number): void {
    const { plugin, collection, id, expected, data } = write;
    if (expected !== undefined && (this.#version.get(plugin, collection, id)?.version ?? 0) !== expected)
      throw new WriteConflict(write);
    if (data === undefined) this.#delete.run(plugin, collection, id);
    else this.#put.run(plugin, collection, id, data, at, at);
  }
}
