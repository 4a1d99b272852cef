import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { USUAL_LOOK } from './desk-look';
import type { DeskSearch } from './desk-search';

export interface JobCount {
  readonly taskId: number;
  readonly state: number;
  readonly count: number;
}
interface Tally {
  readonly counts: readonly JobCount[];
  /** Epoch ms of the store's clock, when it began; undefined while it is the first and still goes on. */
  readonly countedAt: number | undefined;
}

/** Jobs counted in one query: whoever reads something else waits for one of them at most. */
const STRETCH = 5_000;
/** What was counted is told again for so long at least, */
const FRESH_MS = 10_000;
/** and for so many times as long as counting took. */
const FRESH_TIMES = 20;

/** All jobs by task and state, counted a stretch at a time: each is one short query, and others are read in between. */
export class JobTally {
  #latest: Tally | undefined;
  #growing: readonly JobCount[] = [];
  #freshUntil = 0;
  #counting: Promise<void> | undefined;

  constructor(
    private readonly search: DeskSearch,
    private readonly now: () => number,
  ) {}

  /** What was counted last, or, the first time, so far. */
  get latest(): Tally {
    return this.#latest ?? { counts: this.#growing, countedAt: undefined };
  }

  /** Of a store of one stretch, all as it is now; undefined for a larger one. */
  async ofSmallStore(): Promise<readonly JobCount[] | undefined> {
    const end = await this.#endAfter(0, this.search.look?.most ?? USUAL_LOOK.most);
    return end === undefined ? this.#count(0, undefined) : undefined;
  }

  /** Counts again where that is due; who begins the first time waits for it, so long at most. Never rejects. */
  async refresh(waitMs: number): Promise<void> {
    if (this.#counting !== undefined || performance.now() < this.#freshUntil) return;
    this.#counting = this.#countAll();
    if (this.#latest !== undefined) return;
    const end = new AbortController();
    const late = sleep(waitMs, undefined, { signal: end.signal }).catch(() => undefined);
    await Promise.race([this.#counting, late]);
    end.abort();
  }

  async #countAll(): Promise<void> {
    const startedAt = performance.now();
    const countedAt = this.now();
    try {
      let counts: readonly JobCount[] = [];
      let above: number | undefined = 0;
      while (above !== undefined) {
        const end: number | undefined = await this.#endAfter(above, this.search.look?.most ?? STRETCH);
        counts = sum(counts, await this.#count(above, end));
        this.#growing = counts;
        above = end;
      }
      this.#latest = { counts, countedAt };
      this.#growing = [];
    } catch {
      // The store is away: whoever asks is told so, and what was counted last is as old as it says.
    }
    const now = performance.now();
    this.#freshUntil = now + Math.max(FRESH_MS, (now - startedAt) * FRESH_TIMES);
    this.#counting = undefined;
  }

  /** The last job of the stretch above; undefined where there are fewer than a stretch of them. */
  async #endAfter(above: number, size: number): Promise<number | undefined> {
    const { rows } = await sql<{
      id: number;
    }>`select id from job where id > ${above} order by id limit 1 offset ${size}`.execute(
      this.search.queries,
    );
    return rows[0] === undefined ? undefined : Number(rows[0].id);
  }

  async #count(above: number, end: number | undefined): Promise<readonly JobCount[]> {
    let query = this.search.queries
      .selectFrom('job')
      .select(['task_id', 'state', (eb) => eb.fn.countAll<number>().as('count')])
      .where('id', '>', above);
    if (end !== undefined) query = query.where('id', '<=', end);
    const rows = await query.groupBy(['task_id', 'state']).execute();
    return rows.map(({ task_id: taskId, state, count }) => ({ taskId, state, count: Number(count) }));
  }
}

function sum(some: readonly JobCount[], more: readonly JobCount[]): readonly JobCount[] {
  const all = new Map<string, JobCount>();
  for (const one of [...some, ...more]) {
    const name = `${one.taskId} ${one.state}`;
    all.set(name, { ...one, count: one.count + (all.get(name)?.count ?? 0) });
  }
  return [...all.values()];
}
