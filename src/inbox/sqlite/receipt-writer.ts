import type { Database, Statement } from 'better-sqlite3';
import { asksToComeAgain } from '../../core/durable-answer';
import {
  PART_BYTES,
  type AcceptOperation,
  type AcceptResult,
  type AnswerOperation,
  type NewReceipt,
} from '../store';
import type { DedupeKeys } from './dedupe-keys';
import type { JobWriter } from './job-writer';

interface FirstRow {
  readonly token: string;
  readonly body_digest: string;
  readonly answer_status: number | null;
  readonly answer: string | null;
}
const COLUMNS = [
  'token',
  'task_id',
  'received_at',
  'method',
  'target',
  'meta',
  'body',
  'body_bytes',
  'body_digest',
  'ip',
  'scheme',
  'delivery_id',
  'event',
  'answer_status',
  'replay_of',
];

/** Writes receipts with their jobs, keys and bodies. */
export class ReceiptWriter {
  readonly #insert: Statement<unknown[]>;
  readonly #insertPart: Statement<[number, number, Buffer]>;
  readonly #first: Statement<[number], FirstRow>;
  readonly #answer: Statement<[number, string | null, number]>;

  constructor(
    database: Database,
    private readonly keys: DedupeKeys,
    private readonly jobs: JobWriter,
  ) {
    this.#insert = database.prepare(
      `INSERT INTO receipt (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`,
    );
    this.#insertPart = database.prepare(
      'INSERT INTO receipt_body (receipt_id, part, bytes) VALUES (?, ?, ?)',
    );
    this.#first = database.prepare(
      'SELECT token, body_digest, answer_status, answer FROM receipt WHERE id = ?',
    );
    this.#answer = database.prepare('UPDATE receipt SET answer_status = ?, answer = ? WHERE id = ?');
  }

  accept({ receipt, dedupe, jobs }: AcceptOperation, now: number): AcceptResult {
    const key = dedupe === undefined ? undefined : this.keys.find(dedupe, now, (id) => this.#isFreed(id));
    if (typeof key === 'number') return this.#duplicate(key, receipt);
    const receiptId = this.#store(receipt);
    if (key !== undefined && dedupe !== undefined) this.keys.put(key, receiptId, now, dedupe.windowMs);
    return { kind: 'stored', receiptId, jobs: jobs.map((job) => this.jobs.insert(job, receiptId, now)) };
  }

  answer({ receiptId, status, answer }: AnswerOperation): void {
    this.#answer.run(status, answer ?? null, receiptId);
  }

  #store(receipt: NewReceipt): number {
    const { body } = receipt;
    const inParts = body.length > PART_BYTES;
    const { lastInsertRowid } = this.#insert.run(
      receipt.token,
      receipt.taskId,
      receipt.receivedAt,
      receipt.method,
      receipt.target,
      receipt.meta,
      inParts ? null : body,
      body.length,
      receipt.bodyDigest,
      receipt.ip,
      receipt.scheme ?? null,
      receipt.deliveryId ?? null,
      receipt.event ?? null,
      receipt.answerStatus ?? null,
      receipt.replayOf ?? null,
    );
    const id = Number(lastInsertRowid);
    if (inParts)
      for (let part = 0; part * PART_BYTES < body.length; part += 1)
        this.#insertPart.run(id, part, body.subarray(part * PART_BYTES, (part + 1) * PART_BYTES));
    return id;
  }

  /** Its answer asked the sender to come again. */
  #isFreed(receiptId: number): boolean {
    const status = this.#first.get(receiptId)?.answer_status ?? undefined;
    return status !== undefined && asksToComeAgain(status);
  }

  #duplicate(receiptId: number, repeated: NewReceipt): AcceptResult {
    const first = this.#first.get(receiptId);
    return {
      kind: 'duplicate',
      receiptId,
      token: first?.token ?? '',
      bodyDigest: first?.body_digest ?? repeated.bodyDigest,
      answerStatus: first === undefined ? 202 : (first.answer_status ?? undefined),
      answer: first?.answer ?? undefined,
    };
  }
}
