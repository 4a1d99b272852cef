import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { HostError } from '../../core/errors';
import { parsePluginKey, type PluginKey } from '../../core/plugin-key';
import type { BackupSection, RestoreOptions, RestoreTarget } from '../../core/ports/backup';
import type { Secret } from '../../core/secret';
import { KINDS, waitingFile, type DatabaseKind } from './database-waiting';
import { OwnSchemas } from './own-schemas';
import { DATABASE_FILE } from './plugin-databases';
import { filesOf, makeFinal, partOf, place, takeBack, writeJournal, type Written } from './restore-journal';

export interface DatabaseRestoreParts extends RestoreOptions {
  /** The host's data folder. */
  readonly data: string;
  /** Where the host that is to serve keeps the databases of plugins. */
  readonly kind: DatabaseKind;
  /** Of the schemas that may be there already. */
  readonly databaseUrl?: Secret | undefined;
}

/** `id` is for the store to record in its transaction: by it `settleRestore` knows whether what a dead restore moved stays. */
export interface DatabaseRestoreTarget extends RestoreTarget {
  readonly id: string;
  undo(): Promise<void>;
}

/**
 * Puts the databases of plugins into the data folder: beside their names until `commit`, which comes before the store's. Where
 * that fails, `undo` puts back what was there. From SQLite to SQLite they are whole then; the others wait for their plugins'
 * migrations.
 */
export function createDatabaseRestore(parts: DatabaseRestoreParts): DatabaseRestoreTarget {
  return new DatabaseRestore(parts);
}

class DatabaseRestore implements DatabaseRestoreTarget {
  readonly id = randomUUID();
  readonly #written: Written[] = [];
  #schemas: OwnSchemas | undefined;
  /** Files are called otherwise: until `close`, or `undo`. */
  #isPlaced = false;
  #isDropped = false;

  constructor(private readonly parts: DatabaseRestoreParts) {}

  async take({ name, facts, rows }: BackupSection): Promise<void> {
    const { data, kind, force, withoutDatabases } = this.parts;
    if (withoutDatabases) return;
    const key = parsePluginKey(name);
    if (key === undefined) throw damaged(`${name} is no plugin key`);
    const from = KINDS.find((each) => each === facts['kind']);
    if (from === undefined) throw damaged(`the database of ${key} is of no known kind`);
    if (this.#written.some((each) => each.key === key)) throw damaged(`${key} has two databases`);
    const folder = path.join(data, 'plugins', key);
    const taken = force ? undefined : await this.#taken(key);
    if (taken !== undefined) throw new HostError('backup/not-empty', [taken]);
    const isWhole = from === 'sqlite' && kind === 'sqlite';
    const file = isWhole ? path.join(folder, DATABASE_FILE) : waitingFile(folder, from);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    this.#written.push({ key, file });
    await rm(partOf(file), { force: true });
    await fill(partOf(file), rows);
  }

  async commit(): Promise<void> {
    if (this.#written.length === 0) return;
    const { data, kind, force } = this.parts;
    this.#isPlaced = true;
    await writeJournal(data, this.#journal);
    await place(data, this.#journal, kind === 'sqlite' ? 'all' : 'waiting');
    if (!force) return;
    await (await this.#open())?.drop(this.#written.map(({ key }) => key));
    this.#isDropped = true;
  }

  async undo(): Promise<void> {
    this.#isDropped = false;
    if (!this.#isPlaced) return;
    this.#isPlaced = false;
    await takeBack(this.parts.data, this.#journal);
  }

  async close(): Promise<void> {
    try {
      if (this.#isDropped) await this.#schemas?.keep();
    } finally {
      await this.#schemas?.close();
      if (this.#isPlaced) await makeFinal(this.parts.data, this.#journal);
      else for (const { file } of this.#written) await rm(partOf(file), { force: true });
    }
  }

  get #journal() {
    return { id: this.id, written: this.#written };
  }

  async #taken(key: PluginKey): Promise<string | undefined> {
    const file = this.#filesOf(key).find((each) => existsSync(each));
    if (file !== undefined) return file;
    const schemas = await this.#open();
    return (await schemas?.hasTables(key)) === true
      ? `the schema ${schemas?.namesOf(key).schema}`
      : undefined;
  }

  /** What is there of a plugin's database. */
  #filesOf(key: PluginKey): string[] {
    const { data, kind } = this.parts;
    const { own, waiting } = filesOf(data, key);
    return kind === 'sqlite' ? [...own, ...waiting] : waiting;
  }

  async #open(): Promise<OwnSchemas | undefined> {
    const { databaseUrl } = this.parts;
    return (this.#schemas ??= databaseUrl && (await OwnSchemas.open(databaseUrl)));
  }
}

function damaged(why: string): HostError {
  return new HostError('backup/damaged', [why]);
}

async function fill(file: string, rows: BackupSection['rows']): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    for await (const [bytes] of rows) {
      if (!ArrayBuffer.isView(bytes)) throw damaged('a database is no bytes');
      await handle.appendFile(bytes);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}
