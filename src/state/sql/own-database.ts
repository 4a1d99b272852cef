import type { SqlRows } from '../../core/ports/plugin-sql';
import { RESTORED_NUMBER, type WaitingDatabase } from './database-waiting';
import type { MigrationFile } from './migration-files';

/** What a migration that ran left behind. */
export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
}

/** One plugin's database, whichever kind it is. Errors are as `PluginSql` and `PluginDatabases` have them. */
export interface OwnDatabase {
  readonly dialect: 'sqlite' | 'postgres';
  query(text: string, values: readonly unknown[]): Promise<SqlRows<Record<string, unknown>>>;
  /** Calls `choose` with what has run, under a lock, and runs what it answers: each file and its row in one transaction. */
  migrate(choose: (applied: readonly AppliedMigration[]) => readonly MigrationFile[]): Promise<void>;
  /**
   * Runs `steps` and takes over the rows that wait, in one transaction; does nothing where that was done before.
   * @throws sql/failed where they do not fit, or the database is not empty
   */
  fill(waiting: WaitingDatabase, steps: readonly MigrationFile[]): Promise<void>;
  close(): Promise<void>;
}

export const MIGRATION_TABLE =
  'CREATE TABLE IF NOT EXISTS gatehouse_migration (number bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, at bigint NOT NULL)';
export const APPLIED = 'SELECT number, name, checksum FROM gatehouse_migration ORDER BY number';
export const RECORD = 'INSERT INTO gatehouse_migration (number, name, checksum, at) VALUES ($1, $2, $3, $4)';

export function recordOf({ number, name, checksum }: MigrationFile): readonly unknown[] {
  return [number, name, checksum, Date.now()];
}

/** Says in a database that what waited has been put in. */
export function restoredRecord({ digest }: WaitingDatabase): readonly unknown[] {
  return [RESTORED_NUMBER, 'restored', digest, Date.now()];
}
