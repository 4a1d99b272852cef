import type { Migration } from './migration';

/** Refused requests; `schema.ts` says what the columns mean. */
export const quarantine: Migration = {
  number: 3,
  name: 'quarantine',
  oldestReader: 1,
  statements: ({ id, whole, bytes, table }) => [
    // The body last: what does not ask for it does not read it.
    `CREATE TABLE refusal (
      id ${id},
      token text NOT NULL,
      plugin text NOT NULL,
      name text NOT NULL,
      scheme text NOT NULL,
      reason text NOT NULL,
      received_at ${whole} NOT NULL,
      method text NOT NULL,
      target text NOT NULL,
      ip text NOT NULL,
      request_id text NOT NULL,
      weight ${whole} NOT NULL,
      meta text NOT NULL,
      body_bytes ${whole},
      body ${bytes}
    )${table}`,
    // Holds all that is counted: however large the bodies, counting reads none of them.
    `CREATE INDEX refusal_endpoint ON refusal (plugin, name, scheme, reason, received_at, weight)`,
  ],
};
