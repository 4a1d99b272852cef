import type { Generated } from 'kysely';
import type { StateSchema } from '../core/ports/database';

/**
 * The tables, alike on both stores. Times are epoch ms; ids are whole numbers inside and `<id in base 36>-<token>`
 * outside, where `token` is 96 random bits: unguessable without a random index. JSON is text. Flags are 0 and 1.
 * Partial: `dedupe_<day>` tables come and go with the days (see `dedupe-days.ts`).
 */
export interface Schema extends StateSchema {
  receipt: ReceiptTable;
  receipt_body: { receipt_id: number; part: number; bytes: Buffer };
  job: JobTable;
  /**
   * Failures, interruptions and waits; a success leaves its times on the job row. `n` is one more than the last row of
   * the same job: it numbers the rows, since interruptions do not count as attempts.
   */
  attempt: {
    job_id: number;
    n: number;
    started_at: number;
    ended_at: number;
    outcome: string;
    error: string | null;
    node: string;
  };
  /** What works jobs: a task, or an endpoint (its name is `POST /path`). */
  task: { id: Generated<number>; plugin: string; name: string; kind: 'task' | 'endpoint' };
  signal: { job_id: number; name: string; value: string; at: number };
  /** Of a job that was stored with the success of another: which one that was. It may be gone. */
  job_cause: { job_id: number; cause_id: number };
  /** `scope`: `plugin:<key>` or `task:<id>`. */
  pause: { scope: string; at: number; reason: string | null };
  /** `name` is the schedule's and its `cron`; `last_due` is up to when it was looked at (see `schedules.ts`). */
  schedule: { plugin: string; name: string; cron: string; last_due: number | null; next_due: number | null };
  node: {
    id: string;
    url: string;
    pid: number;
    host: string;
    started_at: number;
    seen_at: number;
    state: Generated<'serving' | 'stopping'>;
    /** JSON: how many plugins are live, loading, failed, disabled. */
    plugins: Generated<string>;
    /** JSON: by topic, what the host made of a shared value and up to which revision (`node-list.ts`). */
    said: Generated<string>;
  };
  /**
   * What all hosts share. A removed value leaves its row, with null: revisions only grow, so that their sum tells whether
   * anything changed.
   */
  shared: { space: string; name: string; value: string | null; revision: number };
  refusal: RefusalTable;
  meta: { name: string; value: string };
  migration: { number: number; name: string; checksum: string; at: number };
}

export interface ReceiptTable {
  id: Generated<number>;
  token: string;
  task_id: number;
  received_at: number;
  method: string;
  target: string;
  /** Everything else of the request (`ReceiptMeta`), credential headers sealed. */
  meta: string;
  /** Up to 256 KiB; a larger body is in `receipt_body`, and this is null. */
  body: Buffer | null;
  body_bytes: number;
  /** SHA-256 of the body, base64url. */
  body_digest: string;
  ip: string;
  /** Of the verified sender; null when nothing was verified. */
  scheme: string | null;
  delivery_id: string | null;
  event: string | null;
  answer_status: number | null;
  /** JSON of a StoredAnswer's headers and base64 body, only where it may be given again. */
  answer: string | null;
  replay_of: number | null;
}

/** A refused request. */
export interface RefusalTable {
  id: Generated<number>;
  token: string;
  plugin: string;
  /** The endpoint, as `POST /path`. */
  name: string;
  scheme: string;
  reason: string;
  received_at: number;
  method: string;
  /** Credentials masked. */
  target: string;
  ip: string;
  request_id: string;
  /** About how many bytes the row takes. */
  weight: number;
  /** Target and headers as sent (`RefusalMeta`), sealed as a whole. */
  meta: string;
  /** Null where it was refused before its body was read. */
  body_bytes: number | null;
  /** As it came; null where it was not read, or is too large to be kept. */
  body: Buffer | null;
}

export interface JobTable {
  id: Generated<number>;
  token: string;
  state: number;
  run_at: number;
  priority: number;
  task_id: number;
  lane: string | null;
  /** 1 when it may run as far as its lane is concerned; always 1 without a lane. */
  lane_head: number;
  receipt_id: number | null;
  payload: string | null;
  /** Attempts that count. */
  attempt: number;
  /** How often a process died with it. */
  crashes: number;
  ticket: number | null;
  lease_until: number | null;
  node: string | null;
  progress: number | null;
  note: string | null;
  /** The name awaited, of a waiting job; kept when it goes on, so that it can tell a timeout. */
  awaited: string | null;
  /** 1: an operator wants a running job cancelled. 0 at first and again on an operator's retry. */
  cancel: Generated<number>;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  error: string | null;
}
