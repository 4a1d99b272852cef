import { sql } from 'kysely';
import type { Store } from './store';

/** Receipts counted as one: about what one step of the reader takes. */
const CHUNK = 10_000;
/** What a receipt weighs beside its body: columns, headers, its job, indexes. */
export const ROW_BYTES = 1_536;

interface Chunk {
  readonly upTo: number;
  bytes: number;
  readonly isFull: boolean;
}

/**
 * How many bytes the receipts hold, without adding them all up each time: receipts never change, so a stretch of ids
 * is counted once. What others remove in between makes it too high until the next `recount`.
 */
export class ReceiptSizes {
  #chunks: Chunk[] = [];

  constructor(private readonly store: Pick<Store, 'searcher'>) {}

  get bytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  }

  /** Forgets what was counted. */
  recount(): void {
    this.#chunks = [];
  }

  /** Counts what came since. */
  async update(): Promise<void> {
    if (this.#chunks.at(-1)?.isFull === false) this.#chunks.pop();
    for (let after = this.#chunks.at(-1)?.upTo ?? 0; ;) {
      const { rows } = await sql<{ n: number; up_to: number | null; bytes: number | null }>`
        select count(*) as n, max(id) as up_to, sum(body_bytes) as bytes from (
          select id, body_bytes from receipt where id > ${after} order by id limit ${sql.lit(CHUNK)}) as stretch`.execute(
        this.store.searcher,
      );
      const count = Number(rows[0]?.n ?? 0);
      if (count === 0) return;
      after = Number(rows[0]?.up_to);
      const isFull = count === CHUNK;
      this.#chunks.push({ upTo: after, bytes: Number(rows[0]?.bytes ?? 0) + count * ROW_BYTES, isFull });
      if (!isFull) return;
    }
  }

  /** These are gone; `bytes` of bodies. */
  removed(receipts: readonly { readonly id: number; readonly bytes: number }[]): void {
    for (const { id, bytes } of receipts) {
      const chunk = this.#chunks.find(({ upTo }) => upTo >= id);
      if (chunk !== undefined) chunk.bytes = Math.max(chunk.bytes - bytes - ROW_BYTES, 0);
    }
    this.#chunks = this.#chunks.filter(
      (chunk, index) => chunk.bytes > 0 || index === this.#chunks.length - 1,
    );
  }
}
