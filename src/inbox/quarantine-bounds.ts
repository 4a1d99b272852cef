import type { Committer } from './committer';
import type { Store } from './store';

export interface QuarantineSettings {
  /** Refused requests kept; beyond it the oldest go. 0 keeps none. */
  readonly maxCount: number;
  readonly maxBytes: number;
}

/** Of one commit: it lies between the commits of senders. */
const STEP = 64;
/** Other hosts of the database store and remove, too. */
const MEASURE_MS = 30_000;

/** Keeps what is stored of refused requests within bounds; the oldest go first, in small commits. */
export class QuarantineBounds {
  #count = 0;
  #bytes = 0;
  #measuredAt: number | undefined;

  constructor(
    private readonly store: Pick<Store, 'searcher' | 'now' | 'kind'>,
    private readonly committer: Pick<Committer, 'submit'>,
    private readonly limits: QuarantineSettings,
  ) {}

  added(count: number, bytes: number): void {
    this.#count += count;
    this.#bytes += bytes;
  }

  /** Counts anew the next time it is asked: somebody else removed some. */
  recount(): void {
    this.#measuredAt = undefined;
  }

  /** One step; true when there is more to remove. @throws inbox/unavailable, the database's error */
  async trim(): Promise<boolean> {
    await this.#measure();
    if (!this.#isOver()) return false;
    const rows = await this.store.searcher
      .selectFrom('refusal')
      .select(['id', 'weight'])
      .orderBy('id')
      .limit(STEP)
      .execute();
    let [count, bytes] = [this.#count, this.#bytes];
    const over: number[] = [];
    for (const { id, weight } of rows) {
      if (count <= this.limits.maxCount && bytes <= this.limits.maxBytes) break;
      over.push(Number(id));
      count -= 1;
      bytes -= Number(weight);
    }
    if (over.length === 0) {
      this.recount();
      return false;
    }
    const statement = this.store.searcher.deleteFrom('refusal').where('id', 'in', over).compile();
    const [result] = (await this.committer.submit({ commands: [{ statements: [statement] }] }, 'spare'))
      .commands;
    if (result?.ok === false) throw result.error;
    [this.#count, this.#bytes] = [count, bytes];
    return this.#isOver();
  }

  #isOver(): boolean {
    return this.#count > this.limits.maxCount || this.#bytes > this.limits.maxBytes;
  }

  async #measure(): Promise<void> {
    const isFresh =
      this.#measuredAt !== undefined &&
      (this.store.kind === 'sqlite' || this.store.now() - this.#measuredAt < MEASURE_MS);
    if (isFresh) return;
    const { count, bytes } = await this.store.searcher
      .selectFrom('refusal')
      .select(({ fn }) => [fn.countAll<number>().as('count'), fn.sum<number | null>('weight').as('bytes')])
      .executeTakeFirstOrThrow();
    [this.#count, this.#bytes] = [Number(count), Number(bytes ?? 0)];
    this.#measuredAt = this.store.now();
  }
}
