import type { BackupRow } from '../core/ports/backup';
import type { Ask, TableFacts } from './snapshot';

/** A store whose host does not run, to be filled in one transaction. */
export interface StoreWriter {
  readonly kind: 'sqlite' | 'postgres';
  /** Few rows, or none: any statement. @throws the database's error */
  readonly ask: Ask;
  /** @throws the database's error */
  insert(table: TableFacts, columns: readonly string[], rows: readonly BackupRow[]): Promise<void>;
  /** No number of that table up to `last` is given again; `ticket` is none of a table. */
  setCounter(name: string, last: number): Promise<void>;
  /** Makes the table of a day's dedupe keys where it is missing. */
  makeDay(table: string): Promise<void>;
  commit(): Promise<void>;
  /** Undoes what is not committed. */
  close(): Promise<void>;
}
