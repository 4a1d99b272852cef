import { sql } from 'kysely';
import type { Logger } from 'winston';
import type { Clock } from '../core/clock';
import { toError } from '../core/errors';
import type { Settings } from '../core/settings';
import type { Committer } from './committer';
import { giveHeads } from './desk-lanes';
import { OrphanedCauses } from './orphaned-causes';
import { ReceiptSizes, ROW_BYTES } from './receipt-sizes';
import { removeJobs, removeReceipts } from './retention';
import type { Store } from './store';

export interface JanitorParts {
  readonly store: Store;
  readonly committer: Committer;
  readonly settings: Pick<Settings, 'receipts' | 'jobs'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly node: string;
}

const ROUND_MS = 10 * 60_000;
const FIRST_ROUND_MS = 60_000;
/** Of one commit: it lies between the commits of senders. */
const STEP = 200;
/** Between two, so that senders and workers have the store to themselves most of the time. */
const PAUSE_MS = 25;
/** Rows looked at in one query. */
const PAGE = 2_000;
/** Keys stay a day longer than they must: clocks differ. */
const DAY_MS = 86_400_000;

interface Receipt {
  readonly id: number;
  readonly received_at: number;
  readonly body_bytes: number;
}

/**
 * Keeps the store from growing without end: receipts by age (per plugin or endpoint where the operator says) and by
 * size, done jobs by age, dedupe keys by the day, and what is known of the causes of jobs that are gone. Finds what to remove with the searcher and removes it in small commits
 * between those of others. Of several hosts one at a time; what has work left, or is a dead letter, stays.
 */
export class Janitor {
  readonly #sizes: ReceiptSizes;
  readonly #causes: OrphanedCauses;
  #timer: NodeJS.Timeout | undefined;
  #isStopping = false;
  #round: Promise<void> | undefined;
  #wasMine = false;

  constructor(private readonly parts: JanitorParts) {
    this.#sizes = new ReceiptSizes(parts.store);
    this.#causes = new OrphanedCauses(parts.store);
  }

  start(): void {
    this.#arm(FIRST_ROUND_MS);
  }
  /** Resolves once no step is under way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  #arm(delayMs: number): void {
    if (this.#isStopping) return;
    this.#timer = setTimeout(() => {
      this.#round = this.run().then(() => this.#arm(ROUND_MS));
    }, delayMs);
  }

  /** One round. Never rejects: what it did not get to, the next one finds. */
  async run(): Promise<void> {
    try {
      if (!(await this.#takeTurn())) {
        this.#wasMine = false;
        return;
      }
      if (!this.#wasMine) this.#sizes.recount();
      this.#wasMine = true;
      await this.#mendLanes();
      await this.#removeOldReceipts();
      await this.#removeOldJobs();
      await this.#keepBelowSize();
      await this.#removeOrphanedCauses();
      await this.parts.store.forgetKeys(this.parts.clock.now() - DAY_MS);
    } catch (thrown) {
      this.parts.logger.warn(`cleaning up the inbox stopped half-way: ${toError(thrown).message}`);
    }
  }

  /** Among all hosts: the turn is one host's for two rounds, and again as long as it takes it. */
  async #takeTurn(): Promise<boolean> {
    const { store, committer, node } = this.parts;
    const until = store.now() + 2 * ROUND_MS;
    const mine = sql`insert into meta (name, value) values ('janitor', ${`${until} ${node}`})
      on conflict (name) do update set value = excluded.value
      where meta.value like ${`% ${node}`} or cast(substr(meta.value, 1, 13) as bigint) < ${store.now()}
      returning name`.compile(store.reader);
    const [result] = (await committer.submit({ commands: [{ statements: [mine] }] })).commands;
    return result?.ok === true && (result.results[0]?.rows.length ?? 0) > 0;
  }

  /** Lanes whose work has no head: none should be, and one that is would never be worked again. */
  async #mendLanes(): Promise<void> {
    const { store, committer, logger } = this.parts;
    const { rows } = await sql<{ task_id: number; lane: string }>`select task_id, lane from job
      where lane is not null and state in (0, 1, 2, 3, 6)
      group by task_id, lane having max(lane_head) = 0 limit ${sql.lit(STEP)}`.execute(store.searcher);
    if (rows.length === 0) return;
    const lanes = rows.map(({ task_id, lane }) => ({ taskId: Number(task_id), lane }));
    await committer.submit({
      commands: [{ statements: giveHeads(store, lanes), lanes }],
      wakes: lanes.map(({ taskId }) => taskId),
    });
    logger.warn(`${rows.length} lanes had work and no head; they go on`);
  }

  /** Endpoint by endpoint, oldest first. */
  async #removeOldReceipts(): Promise<void> {
    const { store, clock } = this.parts;
    const endpoints = await store.searcher
      .selectFrom('task')
      .select(['id', 'plugin', 'name'])
      .where('kind', '=', 'endpoint')
      .execute();
    for (const { id, plugin, name } of endpoints) {
      const cutoff = clock.now() - this.#keepMs(plugin, name);
      const page = (after: number) =>
        store.searcher
          .selectFrom('receipt')
          .select(['id', 'received_at', 'body_bytes'])
          .where('task_id', '=', Number(id))
          .where('id', '>', after)
          .orderBy('id')
          .limit(PAGE)
          .execute() as Promise<Receipt[]>;
      await this.#walk(page, (row) => Number(row.received_at) < cutoff);
    }
  }

  #keepMs(plugin: string, name: string): number {
    const { keepMs, keepFor } = this.parts.settings.receipts;
    return keepFor[`${plugin} ${name}`] ?? keepFor[plugin] ?? keepMs;
  }

  /** The oldest of all go until the rest fits; what has to stay does not fit either, and is passed over. */
  async #keepBelowSize(): Promise<void> {
    const { store, settings } = this.parts;
    await this.#sizes.update();
    for (let after = 0; !this.#isStopping;) {
      let excess = this.#sizes.bytes - settings.receipts.maxBytes;
      if (excess <= 0) return;
      const rows = (await store.searcher
        .selectFrom('receipt')
        .select(['id', 'received_at', 'body_bytes'])
        .where('id', '>', after)
        .orderBy('id')
        .limit(STEP)
        .execute()) as Receipt[];
      const over = rows.filter((row) => {
        const isOver = excess > 0;
        excess -= Number(row.body_bytes) + ROW_BYTES;
        return isOver;
      });
      const last = over.at(-1);
      if (last === undefined) return;
      await this.#removeReceipts(over);
      after = Number(last.id);
    }
  }

  /** Removes receipts from the oldest on, while `isOver` says so of them. */
  async #walk(
    page: (after: number) => Promise<Receipt[]>,
    isOver: (receipt: Receipt) => boolean,
  ): Promise<void> {
    for (let after = 0; !this.#isStopping;) {
      const rows = await page(after);
      const over = rows.filter(isOver);
      for (let at = 0; at < over.length; at += STEP) await this.#removeReceipts(over.slice(at, at + STEP));
      const last = rows.at(-1);
      if (last === undefined || over.length < rows.length) return;
      after = Number(last.id);
    }
  }

  async #removeReceipts(receipts: readonly Receipt[]): Promise<void> {
    const ids = receipts.map(({ id }) => Number(id));
    const gone = await this.#remove(removeReceipts(this.parts.store, ids));
    const removed = receipts.filter(({ id }) => gone.has(Number(id)));
    this.#sizes.removed(removed.map(({ id, body_bytes }) => ({ id: Number(id), bytes: Number(body_bytes) })));
  }

  async #removeOldJobs(): Promise<void> {
    const { store, clock, settings } = this.parts;
    const cutoff = clock.now() - settings.jobs.keepMs;
    for (let after = 0; !this.#isStopping;) {
      const rows = await store.searcher
        .selectFrom('job')
        .select(['id', 'created_at', 'ended_at', 'receipt_id'])
        .where('id', '>', after)
        .orderBy('id')
        .limit(PAGE)
        .execute();
      // Ended after it was made: nothing beyond can be old enough.
      const old = rows.filter(({ ended_at }) => ended_at !== null && Number(ended_at) < cutoff);
      for (let at = 0; at < old.length; at += STEP)
        await this.#remove(
          removeJobs(
            store,
            old.slice(at, at + STEP).map(({ id }) => Number(id)),
          ),
        );
      const last = rows.at(-1);
      if (last === undefined || Number(last.created_at) >= cutoff) return;
      after = Number(last.id);
    }
  }

  async #removeOrphanedCauses(): Promise<void> {
    for await (const jobs of this.#causes.round()) {
      for (let at = 0; at < jobs.length && !this.#isStopping; at += STEP)
        await this.#remove(this.#causes.removal(jobs.slice(at, at + STEP)));
      if (this.#isStopping) return;
    }
  }

  /** The numbers its last statement returned. */
  async #remove(command: ReturnType<typeof removeJobs>): Promise<ReadonlySet<number>> {
    const [result] = (await this.parts.committer.submit({ commands: [command] })).commands;
    if (result?.ok === false) throw result.error;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const rows = (result?.results.at(-1)?.rows ?? []) as readonly { id: number | string }[];
    return new Set(rows.map(({ id }) => Number(id)));
  }
}
