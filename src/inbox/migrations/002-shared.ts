import type { Migration } from './migration';

/** What hosts share besides work, and what each says of itself; `schema.ts` says what the columns mean. */
export const shared: Migration = {
  number: 2,
  name: 'shared',
  oldestReader: 1,
  statements: ({ whole, code, table }) => [
    `CREATE TABLE shared (
      space ${code} NOT NULL,
      name ${code} NOT NULL,
      value text,
      revision ${whole} NOT NULL,
      PRIMARY KEY (space, name)
    )${table}`,
    // Hosts of the version before insert rows without these.
    `ALTER TABLE node ADD COLUMN state text NOT NULL DEFAULT 'serving'`,
    `ALTER TABLE node ADD COLUMN plugins text NOT NULL DEFAULT '{}'`,
    `ALTER TABLE node ADD COLUMN said text NOT NULL DEFAULT '{}'`,
  ],
};
