import type { Settings } from '../settings';

/** A value of a row; bytes stand in a file as base64. */
export type BackupValue = string | number | null | Uint8Array;
export type BackupRow = readonly BackupValue[];

/** Rows of one kind. They are read in the order they come, once, and before the next section is asked for. */
export interface BackupSection {
  /** Whose it is: of the store, of the plugins' own databases, or of the list of plugins, which is for people. */
  readonly part: 'store' | 'databases' | 'plugins';
  /** Of a table, or of what else the part says. */
  readonly name: string;
  readonly columns: readonly string[];
  /** What its part wants to know of it besides. */
  readonly facts: Readonly<Record<string, string | number>>;
  readonly rows: AsyncIterable<BackupRow>;
}

/** What a backup says of itself before anything else. */
export interface BackupHead {
  /** Of the host that wrote it. */
  readonly version: string;
  /** Epoch ms, by the store's clock: what was acknowledged before is in it. */
  readonly at: number;
  /** Whether it holds what is done as well: receipts, jobs, refused requests. */
  readonly all: boolean;
  readonly store: 'sqlite' | 'postgres';
  /** Steps of the schema that its rows are of. */
  readonly schema: number;
  /** A text that only the master key of its sealed values opens; undefined where the store never had one. */
  readonly proof: string | undefined;
}

export interface BackupOptions {
  /** Also what is done, and refused requests. */
  readonly all: boolean;
}

/** The store as it is at one moment, until it is closed. */
export interface StoreBackup {
  readonly head: Omit<BackupHead, 'version'>;
  /** @throws inbox/unavailable */
  sections(): AsyncIterable<BackupSection>;
  close(): Promise<void>;
}

/** Further parts; each database of a plugin is of a moment of its own. */
export interface BackupPart {
  /** Long work ends with an error once `signal` says that nobody reads it any more. */
  sections(signal?: AbortSignal): AsyncIterable<BackupSection>;
}

/** Takes sections; nothing of them counts before `commit`. */
export interface RestoreTarget {
  /** @throws backup/damaged for what it does not understand */
  take(section: BackupSection): Promise<void>;
  /** Everything counts from now on. */
  commit(): Promise<void>;
  /** Undoes what is not committed, and lets go of everything. */
  close(): Promise<void>;
}

/** What a restore brought, by kind. */
export interface Restored {
  /** Of the host it is of. */
  readonly head: Omit<BackupHead, 'proof'>;
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly plugins: readonly BackedUpPlugin[];
}

/** A plugin as it was when the backup was made: what has to be there again. */
export interface BackedUpPlugin {
  readonly key: string;
  readonly version: string;
  /** Where its code lay. */
  readonly folder: string;
  readonly state: string;
}

/** Writes backups of a running host: gzip'd JSON lines (docs/guide/deployment.md). */
export interface BackupDesk {
  /** @throws inbox/unavailable, before the first bytes or between them: what has no end is no backup */
  write(options: BackupOptions): AsyncIterable<Uint8Array>;
}

export interface RestoreOptions {
  /** Replaces what is there. */
  readonly force: boolean;
  /** Leaves the databases of plugins out. */
  readonly withoutDatabases: boolean;
}

/** Backups of hosts that do not run: their stores are opened here. */
export interface Backups {
  /** @throws host/already-running; those of the store */
  write(settings: Settings, options: BackupOptions): AsyncIterable<Uint8Array>;
  /**
   * All of it or nothing. @throws backup/damaged, backup/other-format, backup/too-new, backup/other-master-key, backup/not-empty,
   * backup/host-runs, host/already-running; those of the store
   */
  restore(settings: Settings, file: string, options: RestoreOptions): Promise<Restored>;
}
