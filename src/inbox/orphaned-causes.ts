import { sql } from 'kysely';
import type { Command, Store } from './store';

/** Rows looked at in one query. */
const PAGE = 1_000;
/** Of one round: the next goes on where it ended. */
const PAGES = 20;

/**
 * Finds what is known of the causes of jobs that are gone: a host of an earlier version removes jobs and leaves these rows. Each
 * round looks at 20,000 of them at most.
 */
export class OrphanedCauses {
  /** The number of the last job that was looked at. */
  #after = 0;

  constructor(private readonly store: Pick<Store, 'searcher' | 'reader'>) {}

  /** One round, page by page: numbers of jobs that are gone. @throws what the store throws */
  async *round(): AsyncGenerator<readonly number[]> {
    for (let page = 0; page < PAGES; page += 1) {
      const { rows } = await sql<{ job_id: number; id: number | null }>`select c.job_id, job.id
        from (select job_id from job_cause where job_id > ${this.#after} order by job_id limit ${sql.lit(PAGE)}) c
        left join job on job.id = c.job_id order by c.job_id`.execute(this.store.searcher);
      this.#after = Number(rows.length < PAGE ? 0 : (rows.at(-1)?.job_id ?? 0));
      const gone = rows.filter(({ id }) => id === null).map(({ job_id }) => Number(job_id));
      if (gone.length > 0) yield gone;
      if (this.#after === 0) return;
    }
  }

  /** A number that was given to another job meanwhile is that one's. */
  removal(jobs: readonly number[]): Command {
    const statement = sql`delete from job_cause where job_id in (${sql.join(jobs)})
      and not exists (select 1 from job where job.id = job_cause.job_id) returning job_id as id`;
    return { statements: [statement.compile(this.store.reader)] };
  }
}
