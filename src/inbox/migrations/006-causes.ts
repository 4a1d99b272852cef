import type { Migration } from './migration';

/** Which work came of which, and what operators look for; `schema.ts` says what the columns mean. */
export const causes: Migration = {
  number: 6,
  name: 'causes',
  oldestReader: 1,
  statements: ({ whole, table, thenId }) => [
    `CREATE TABLE job_cause (
      job_id ${whole} PRIMARY KEY,
      cause_id ${whole} NOT NULL
    )${table}`,
    `CREATE INDEX job_cause_cause ON job_cause (cause_id, job_id)`,
    // For operators who look for what is rare among much. Of the sender's own ids there is none: it would take as long to
    // write as the rest of a receipt.
    `CREATE INDEX receipt_at ON receipt (received_at)`,
    `CREATE INDEX job_cancelled ON job (task_id${thenId}) WHERE state = 7`,
  ],
};
