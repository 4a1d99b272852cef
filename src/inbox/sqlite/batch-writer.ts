import type { Database, Statement } from 'better-sqlite3';
import type { Batch, BatchResult } from '../store';
import { CommandRunner } from './command-runner';
import { DedupeKeys } from './dedupe-keys';
import { JobWriter } from './job-writer';
import { LeaseWriter } from './lease-writer';
import { ReceiptWriter } from './receipt-writer';
import { Savepoint } from './savepoint';
import { SettlementWriter } from './settlement-writer';
import { TicketCounter } from './ticket-counter';

/** Everything written through one connection, whose statements are prepared once. */
export class BatchWriter {
  readonly #begin: Statement<[]>;
  readonly #commit: Statement<[]>;
  readonly #rollback: Statement<[]>;
  readonly #keys: DedupeKeys;
  readonly #tickets: TicketCounter;
  readonly #jobs: JobWriter;
  readonly #receipts: ReceiptWriter;
  readonly #settlements: SettlementWriter;
  readonly #leases: LeaseWriter;
  readonly #commands: CommandRunner;
  #isBroken = false;

  constructor(private readonly database: Database) {
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#rollback = database.prepare('ROLLBACK');
    this.#keys = new DedupeKeys(database);
    this.#tickets = new TicketCounter(database);
    const savepoint = new Savepoint(database);
    this.#jobs = new JobWriter(database, this.#keys, this.#tickets);
    this.#receipts = new ReceiptWriter(database, this.#keys, this.#jobs);
    this.#settlements = new SettlementWriter(database, this.#jobs, savepoint);
    this.#leases = new LeaseWriter(database, this.#tickets);
    this.#commands = new CommandRunner(database, savepoint);
  }

  /** One transaction. @throws the database's error, and nothing was written */
  write(batch: Batch, now: number): BatchResult {
    return this.transaction(() => {
      const accepts = batch.accepts.map((operation) => this.#receipts.accept(operation, now));
      const enqueues = batch.enqueues.map((job) => this.#jobs.enqueue(job, now));
      for (const answer of batch.answers) this.#receipts.answer(answer);
      const settles = batch.settles.map((settlement) => this.#settlements.settle(settlement, now));
      const extensions = batch.extensions.map((extension) => this.#leases.extend(extension));
      const commands = batch.commands.map((command) => this.#commands.run(command));
      const claimed = batch.claim === undefined ? [] : this.#leases.claim(batch.claim, now);
      return { accepts, enqueues, settles, extensions, commands, claimed };
    });
  }

  forgetKeys(now: number): number {
    return this.transaction(() => this.#keys.forget(now));
  }

  /** True when what a failure left behind could not be cleared: the connection is of no more use. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  transaction<T>(work: () => T): T {
    this.#begin.run();
    this.#keys.begin();
    try {
      const result = work();
      this.#tickets.keep();
      this.#commit.run();
      return result;
    } catch (error) {
      this.#clear();
      throw error;
    }
  }

  #clear(): void {
    try {
      // Some errors end the transaction by themselves.
      if (this.database.inTransaction) this.#rollback.run();
      this.#tickets.undo();
      this.#keys.rollback();
    } catch {
      this.#isBroken = true; // the first error is the one to tell
    }
  }
}
