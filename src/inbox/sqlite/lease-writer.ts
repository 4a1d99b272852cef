import type { Database, Statement } from 'better-sqlite3';
import { CLAIMED_COLUMNS, claimedJobs, type ClaimedRow } from '../claimed-job';
import { STATE } from '../states';
import type { ClaimedJob, ClaimOperation, Extension, ExtensionResult } from '../store';
import type { TicketCounter } from './ticket-counter';

/** Gives out jobs, and extends the leases of those that run. */
export class LeaseWriter {
  readonly #claim: Statement<[number, number, string, number, number, number], ClaimedRow>;
  readonly #extend: Statement<unknown[], { cancel: number }>;

  constructor(
    database: Database,
    private readonly tickets: TicketCounter,
  ) {
    this.#claim = database.prepare(
      `UPDATE job SET state = ${STATE.running}, ticket = ?, lease_until = ?, node = ?, started_at = ?,
        progress = NULL, note = NULL
      WHERE id IN (SELECT id FROM job WHERE state = ${STATE.ready} AND lane_head = 1 AND task_id = ?
        ORDER BY priority DESC, run_at, id LIMIT ?)
      RETURNING ${CLAIMED_COLUMNS.join(', ')}`,
    );
    this.#extend = database.prepare(
      `UPDATE job SET lease_until = ?, progress = coalesce(?, progress), note = CASE WHEN ? THEN ? ELSE note END
      WHERE id = ? AND ticket = ? AND state = ${STATE.running} RETURNING cancel`,
    );
  }

  /** In the order in which they are to be run. */
  claim({ node, leaseUntil, wants }: ClaimOperation, now: number): ClaimedJob[] {
    const ticket = this.tickets.upcoming;
    const rows = wants.flatMap(({ taskId, most }) =>
      this.#claim.all(ticket, leaseUntil, node, now, taskId, most),
    );
    if (rows.length > 0) this.tickets.next();
    return claimedJobs(rows);
  }

  extend({ jobId, ticket, leaseUntil, progress }: Extension): ExtensionResult {
    const fraction = progress?.fraction ?? null;
    const row = this.#extend.get(
      leaseUntil,
      fraction,
      fraction === null ? 0 : 1,
      progress?.note ?? null,
      jobId,
      ticket,
    );
    if (row === undefined) return 'lost';
    return row.cancel === 1 ? 'cancel' : 'held';
  }
}
