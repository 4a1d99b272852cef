import type { Database, Statement } from 'better-sqlite3';
import { toError } from '../../core/errors';
import { HOLDS_LANE, STATE } from '../states';
import type { Settlement, SettleResult } from '../store';
import { DocumentWriter, WriteConflict } from './document-writer';
import { isAboutStatement } from './fault';
import type { JobWriter } from './job-writer';
import type { Savepoint } from './savepoint';

interface SettledRow {
  readonly task_id: number;
  readonly lane: string | null;
  readonly node: string | null;
}
const LOST: SettleResult = { kind: 'lost' };
const SETTLED: SettleResult = { kind: 'settled' };

/** Writes what becomes of running jobs, and what they commit with it. */
export class SettlementWriter {
  readonly #settle: Statement<unknown[], SettledRow>;
  readonly #attempt: Statement<unknown[]>;
  readonly #passLane: Statement<[number, string]>;
  readonly #documents: DocumentWriter;

  constructor(
    database: Database,
    private readonly jobs: JobWriter,
    private readonly savepoint: Savepoint,
  ) {
    this.#settle = database.prepare(
      `UPDATE job SET state = ?, run_at = coalesce(?, run_at), attempt = attempt + ?, ticket = NULL,
        lease_until = NULL, awaited = coalesce(?, awaited), error = ?, started_at = ?, ended_at = ?
      WHERE id = ? AND ticket = ? AND state = ${STATE.running} RETURNING task_id, lane, node`,
    );
    this.#attempt = database.prepare(
      `INSERT INTO attempt (job_id, n, started_at, ended_at, outcome, error, node)
      SELECT ?, coalesce(max(n), 0) + 1, ?, ?, ?, ?, ? FROM attempt WHERE job_id = ?`,
    );
    this.#passLane = database.prepare(
      `UPDATE job SET lane_head = 1 WHERE id =
        (SELECT id FROM job WHERE task_id = ? AND lane = ? AND ${HOLDS_LANE} ORDER BY id LIMIT 1)`,
    );
    this.#documents = new DocumentWriter(database);
  }

  settle(settlement: Settlement, now: number): SettleResult {
    if (settlement.writes.length === 0 && settlement.enqueues.length === 0)
      return this.#end(settlement) ? SETTLED : LOST;
    try {
      return this.savepoint.run(() => {
        if (!this.#end(settlement)) return LOST;
        for (const write of settlement.writes) this.#documents.write(write, settlement.at);
        for (const job of settlement.enqueues) this.jobs.enqueue(job, now);
        return SETTLED;
      });
    } catch (thrown) {
      if (!(thrown instanceof WriteConflict) && !isAboutStatement(thrown)) throw thrown;
      return { kind: 'conflict', message: toError(thrown).message };
    }
  }

  /** False: the ticket holds no more. */
  #end(settlement: Settlement): boolean {
    const { next, jobId, at, startedAt, outcome, error = null } = settlement;
    const ends = next.state !== 'ready' && next.state !== 'later' && next.state !== 'waiting';
    const row = this.#settle.get(
      STATE[next.state],
      runAtOf(next),
      countsAsAttempt(next) ? 1 : 0,
      next.state === 'waiting' ? next.awaited : null,
      error,
      startedAt,
      ends ? at : null,
      jobId,
      settlement.ticket,
    );
    if (row === undefined) return false;
    if (outcome !== 'succeeded')
      this.#attempt.run(jobId, startedAt, at, outcome, error, row.node ?? '', jobId);
    // A poisoned job keeps its lane.
    if (row.lane !== null && ends && next.state !== 'poisoned') this.#passLane.run(row.task_id, row.lane);
    return true;
  }
}

function runAtOf(next: Settlement['next']): number | null {
  if (next.state === 'waiting') return next.until;
  return next.state === 'ready' || next.state === 'later' ? next.runAt : null;
}

/** An interruption and a wait are no attempts. */
function countsAsAttempt(next: Settlement['next']): boolean {
  if (next.state === 'ready' || next.state === 'later') return next.counts;
  return next.state === 'succeeded' || next.state === 'dead';
}
