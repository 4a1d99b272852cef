import type { Database, Statement } from 'better-sqlite3';
import { HOLDS_LANE, STATE } from '../states';
import type { EnqueueResult, NewJob, StoredJob } from '../store';
import type { DedupeKeys } from './dedupe-keys';
import type { TicketCounter } from './ticket-counter';

const COLUMNS = [
  'token',
  'state',
  'run_at',
  'priority',
  'task_id',
  'lane',
  'lane_head',
  'receipt_id',
  'payload',
  'ticket',
  'lease_until',
  'node',
  'created_at',
  'started_at',
];

/** Writes new jobs. */
export class JobWriter {
  readonly #insert: Statement<unknown[]>;
  readonly #laneHolder: Statement<[number, string]>;
  readonly #token: Statement<[number], { token: string }>;
  /** Prepared when a job first has a cause: most never do. */
  #cause: Statement<[number, number]> | undefined;

  constructor(
    private readonly database: Database,
    private readonly keys: DedupeKeys,
    private readonly tickets: TicketCounter,
  ) {
    this.#insert = database.prepare(
      `INSERT INTO job (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`,
    );
    this.#laneHolder = database.prepare(
      `SELECT 1 FROM job WHERE task_id = ? AND lane = ? AND ${HOLDS_LANE} LIMIT 1`,
    );
    this.#token = database.prepare('SELECT token FROM job WHERE id = ?');
  }

  enqueue(job: NewJob, now: number): EnqueueResult {
    if (job.dedupe === undefined) return { id: this.#caused(job, now), token: job.token, duplicate: false };
    const found = this.keys.find(job.dedupe, now);
    if (typeof found === 'number')
      return { id: found, token: this.#token.get(found)?.token ?? '', duplicate: true };
    const id = this.#caused(job, now);
    this.keys.put(found, id, now, job.dedupe.windowMs);
    return { id, token: job.token, duplicate: false };
  }

  #caused(job: NewJob, now: number): number {
    const { id } = this.insert(job, job.receiptId, now);
    if (job.causeId !== undefined) {
      this.#cause ??= this.database.prepare('INSERT INTO job_cause (job_id, cause_id) VALUES (?, ?)');
      this.#cause.run(id, job.causeId);
    }
    return id;
  }

  /** Of a lane the first unfinished job may run; one that is held behind another becomes an ordinary one. */
  insert(job: NewJob, receiptId: number | undefined, now: number): StoredJob {
    const { lane, held } = job;
    const isHead = lane === undefined || this.#laneHolder.get(job.taskId, lane) === undefined;
    const holder = isHead ? held : undefined;
    const ticket = holder === undefined ? undefined : this.tickets.next();
    const waiting = job.runAt > now ? STATE.later : STATE.ready;
    const { lastInsertRowid } = this.#insert.run(
      job.token,
      ticket === undefined ? waiting : STATE.running,
      job.runAt,
      job.priority,
      job.taskId,
      lane ?? null,
      isHead ? 1 : 0,
      receiptId ?? null,
      job.payload ?? null,
      ticket ?? null,
      holder?.leaseUntil ?? null,
      holder?.node ?? null,
      now,
      ticket === undefined ? null : now,
    );
    return { id: Number(lastInsertRowid), ticket };
  }
}
