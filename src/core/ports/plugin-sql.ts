import type { Logger } from 'winston';
import type { PluginKey } from '../plugin-key';

/** What a statement gave: its rows, and how many it changed or returned. */
export type SqlRows<Row = Record<string, unknown>> = readonly Row[] & { readonly rowCount: number };

/** A plugin's own database: nothing else is in it, and nobody else may read it. */
export interface PluginSql {
  readonly dialect: 'sqlite' | 'postgres';
  /**
   * One statement, its parameters written `$1`, `$2` and so on.
   * @throws sql/refused for what would leave the plugin's own database, sql/failed with the database's words, sql/timeout,
   * sql/unavailable
   */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<SqlRows<Row>>;
  /** Runs the numbered files of a folder that have not run yet, as `PluginDatabases.migrate` does. The host runs those of `migrations`. */
  migrate(folder: string): Promise<void>;
}

export interface SqlFacts {
  readonly key: PluginKey;
  /** The plugin's data folder, which exists. */
  readonly dataDir: string;
  readonly logger: Logger;
}

/** The databases of plugins: opened on first use, kept over reloads. */
export interface PluginDatabases {
  of(facts: SqlFacts): PluginSql;
  /**
   * Runs the numbered files of `folder` (`001-orders.sql`; `….sqlite.sql` and `….postgres.sql` win where they fit) that have
   * not run yet, each in a transaction.
   * @throws sql/bad-migration naming file and reason; sql/changed-migration when one that ran is not what it was
   */
  migrate(facts: SqlFacts, folder: string): Promise<void>;
  /**
   * Removes the database of a plugin that is not loaded: its schema and role; a SQLite file is closed, and lies in the plugin's folder.
   * @throws sql/unavailable
   */
  erase(key: PluginKey): Promise<void>;
  close(): Promise<void>;
}
