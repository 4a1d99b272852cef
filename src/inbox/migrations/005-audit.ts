import type { Migration } from './migration';

/** What was changed, by whom; `StateSchema` of the database port says what the columns mean. */
export const audit: Migration = {
  number: 5,
  name: 'audit',
  oldestReader: 1,
  statements: ({ id, whole, code, table }) => [
    `CREATE TABLE audit (
      id ${id},
      at ${whole} NOT NULL,
      who ${code} NOT NULL,
      via text NOT NULL,
      ip text,
      verb ${code} NOT NULL,
      subject ${code} NOT NULL,
      before_json text,
      after_json text,
      outcome text NOT NULL
    )${table}`,
    `CREATE INDEX audit_at ON audit (at)`,
  ],
};
