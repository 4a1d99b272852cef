import type { CompiledQuery, Generated, Kysely } from 'kysely';
import type { Selection } from '../document-selection';
import type { StoredDocument } from '../documents';

/** The tables beside the inbox, in the same database. Times are epoch ms. */
export interface StateSchema {
  /** `collection` has its scopes before it (see `document-names.ts`). */
  document: {
    plugin: string;
    collection: string;
    id: string;
    version: number;
    data: string;
    created_at: number;
    updated_at: number;
  };
  cache: { plugin: string; name: string; value: string; expires_at: number };
  /** Messages of chats, in both directions. `state`: `queued`, `sent`, `failed`; `received` of those that came in. */
  chat_message: {
    id: Generated<number>;
    token: string;
    chat_key: string;
    /** The plugin's key, or who wrote in the chat. */
    sender: string;
    direction: 'in' | 'out';
    kind: 'text' | 'system' | 'file' | 'image';
    text: string;
    /** JSON: name, type and size of what is attached; null without. */
    attachment: string | null;
    at: number;
    state: string;
    error: string | null;
    /** Public id of the job that sends it. */
    job: string | null;
    sent_at: number | null;
  };
  /** Bytes of what is attached to messages, in parts. */
  attachment: { token: string; part: number; at: number; bytes: Buffer };
  /** What operators changed, or tried to. `before_json` and `after_json` are JSON without secrets. */
  audit: {
    id: Generated<number>;
    at: number;
    who: string;
    via: string;
    ip: string | null;
    verb: string;
    subject: string;
    before_json: string | null;
    after_json: string | null;
    outcome: string;
  };
}

export interface WriteResult {
  /** Of RETURNING or SELECT. */
  readonly rows: readonly unknown[];
  readonly changed: number;
}

/** Reads committed documents; a collection is named with its scopes. */
export interface DocumentReader {
  /** @throws inbox/unavailable */
  find(plugin: string, collection: string, id: string): Promise<StoredDocument | undefined>;
  /** @throws inbox/unavailable */
  select(plugin: string, collection: string, selection: Selection): Promise<readonly StoredDocument[]>;
}

/** The host's database, for what is kept beside the inbox. */
export interface Database {
  readonly kind: 'sqlite' | 'postgres';
  /** For what only reads and is short. Never in the way of a commit. */
  readonly reader: Kysely<StateSchema>;
  /** For what only reads and may take long. */
  readonly searcher: Kysely<StateSchema>;
  readonly documents: DocumentReader;
  /**
   * Statements that belong together: all or none, in a commit they share with whatever else is written in this turn. On
   * SQLite the quickest way to read a little, too.
   * @throws inbox/unavailable; the database's own error for a statement it refuses
   */
  write(statements: readonly CompiledQuery[]): Promise<readonly WriteResult[]>;
  /** The clock all hosts of the database share, epoch ms. */
  now(): number;
}
