import type { ClaimedJob } from './store';

/** What a claim reads of a job. */
export const CLAIMED_COLUMNS = [
  'id',
  'token',
  'task_id',
  'ticket',
  'attempt',
  'crashes',
  'payload',
  'receipt_id',
  'lane',
  'created_at',
  'cancel',
  'priority',
  'run_at',
] as const;

export interface ClaimedRow {
  readonly id: number;
  readonly token: string;
  readonly task_id: number;
  readonly ticket: number;
  /** Before this one. */
  readonly attempt: number;
  readonly crashes: number;
  readonly payload: string | null;
  readonly receipt_id: number | null;
  readonly lane: string | null;
  readonly created_at: number;
  readonly cancel: number;
  readonly priority: number;
  readonly run_at: number;
}

/** In the order in which they are to be run. */
export function claimedJobs(rows: readonly ClaimedRow[]): ClaimedJob[] {
  return [...rows]
    .sort((a, b) => b.priority - a.priority || a.run_at - b.run_at || a.id - b.id)
    .map((row) => ({
      id: row.id,
      token: row.token,
      taskId: row.task_id,
      ticket: row.ticket,
      attempt: row.attempt + 1,
      crashes: row.crashes,
      payload: row.payload ?? undefined,
      receiptId: row.receipt_id ?? undefined,
      lane: row.lane ?? undefined,
      createdAt: row.created_at,
      cancel: row.cancel === 1,
    }));
}
