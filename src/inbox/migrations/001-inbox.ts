import type { Migration, Words } from './migration';

/** Receipts, jobs and what belongs to them; `schema.ts` says what the columns mean, `states.ts` the numbers. */
export const inbox: Migration = {
  number: 1,
  name: 'inbox',
  oldestReader: 1,
  statements: (words) => [...receipts(words), ...jobs(words), ...surroundings(words)],
};

function receipts({ id, whole, bytes, table, thenId }: Words): readonly string[] {
  return [
    `CREATE TABLE task (
      id ${id},
      plugin text NOT NULL,
      name text NOT NULL,
      kind text NOT NULL,
      UNIQUE (plugin, name, kind)
    )${table}`,

    `CREATE TABLE receipt (
      id ${id},
      token text NOT NULL,
      task_id ${whole} NOT NULL,
      received_at ${whole} NOT NULL,
      method text NOT NULL,
      target text NOT NULL,
      meta text NOT NULL,
      body_bytes ${whole} NOT NULL,
      body_digest text NOT NULL,
      ip text NOT NULL,
      scheme text,
      delivery_id text,
      event text,
      answer_status ${whole},
      replay_of ${whole},
      answer text,
      body ${bytes}
    )${table}`,
    `CREATE INDEX receipt_task ON receipt (task_id${thenId})`,
    `CREATE TABLE receipt_body (
      receipt_id ${whole} NOT NULL,
      part ${whole} NOT NULL,
      bytes ${bytes} NOT NULL,
      PRIMARY KEY (receipt_id, part)
    )${table}`,
  ];
}

function jobs({ id, whole, real, table, byKey, thenId }: Words): readonly string[] {
  return [
    `CREATE TABLE job (
      id ${id},
      token text NOT NULL,
      state ${whole} NOT NULL,
      run_at ${whole} NOT NULL,
      priority ${whole} NOT NULL,
      task_id ${whole} NOT NULL,
      lane text,
      lane_head ${whole} NOT NULL,
      receipt_id ${whole},
      payload text,
      attempt ${whole} NOT NULL DEFAULT 0,
      crashes ${whole} NOT NULL DEFAULT 0,
      ticket ${whole},
      lease_until ${whole},
      node text,
      progress ${real},
      note text,
      awaited text,
      cancel ${whole} NOT NULL DEFAULT 0,
      created_at ${whole} NOT NULL,
      started_at ${whole},
      ended_at ${whole},
      error text
    )${table}`,
    `CREATE INDEX job_ready ON job (task_id, priority DESC, run_at${thenId}) WHERE state = 1 AND lane_head = 1`,
    `CREATE INDEX job_lease ON job (lease_until) WHERE state = 2`,
    `CREATE INDEX job_later ON job (run_at) WHERE state IN (0, 3)`,
    `CREATE INDEX job_lane ON job (task_id, lane${thenId}) WHERE lane IS NOT NULL AND state IN (0, 1, 2, 3, 6)`,
    `CREATE INDEX job_dead ON job (task_id${thenId}) WHERE state IN (5, 6)`,
    `CREATE INDEX job_receipt ON job (receipt_id) WHERE receipt_id IS NOT NULL`,
    `CREATE TABLE attempt (
      job_id ${whole} NOT NULL,
      n ${whole} NOT NULL,
      started_at ${whole} NOT NULL,
      ended_at ${whole} NOT NULL,
      outcome text NOT NULL,
      error text,
      node text NOT NULL,
      PRIMARY KEY (job_id, n)
    )${byKey}`,
    `CREATE TABLE signal (
      job_id ${whole} NOT NULL,
      name text NOT NULL,
      value text NOT NULL,
      at ${whole} NOT NULL,
      PRIMARY KEY (job_id, name)
    )${byKey}`,
  ];
}

function surroundings({ whole, code, table, only }: Words): readonly string[] {
  return [
    `CREATE TABLE pause (scope text PRIMARY KEY, at ${whole} NOT NULL, reason text)${table}`,
    `CREATE TABLE schedule (
      plugin text NOT NULL,
      name text NOT NULL,
      cron text NOT NULL,
      last_due ${whole},
      next_due ${whole},
      PRIMARY KEY (plugin, name)
    )${table}`,
    `CREATE TABLE document (
      plugin ${code} NOT NULL,
      collection ${code} NOT NULL,
      id ${code} NOT NULL,
      version ${whole} NOT NULL,
      data text NOT NULL,
      created_at ${whole} NOT NULL,
      updated_at ${whole} NOT NULL,
      PRIMARY KEY (plugin, collection, id)
    )${table}`,
    `CREATE TABLE node (
      id text PRIMARY KEY,
      url text NOT NULL,
      pid ${whole} NOT NULL,
      host text NOT NULL,
      started_at ${whole} NOT NULL,
      seen_at ${whole} NOT NULL
    )${table}`,

    ...only(
      'sqlite',
      ...[0, 1].map(
        (log) => `CREATE TABLE dedupe_log_${log} (
          id INTEGER PRIMARY KEY, key BLOB NOT NULL, target INTEGER NOT NULL, at INTEGER NOT NULL) STRICT`,
      ),
    ),
    ...only(
      'postgres',
      'CREATE SEQUENCE ticket_seq',
      // A job's row is written three times and more: what is outdated is swept before it slows down claims.
      'ALTER TABLE job SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)',
    ),
  ];
}
