import { sql } from 'kysely';
import type { Logger } from 'winston';
import type { WorkObserver } from '../core/ports/work-observer';
import type { Committer } from './committer';
import type { Leases } from './leases';
import { STATE } from './states';
import type { Command, Store } from './store';

/** How often a job may take its process down before it is held back. */
export const CRASHES_BORNE = 3;
const AT_ONCE = 200;

interface Lapsed {
  readonly id: number;
  readonly plugin: string;
  readonly name: string;
  readonly lane: string | null;
  readonly ticket: number;
  readonly crashes: number;
  readonly started_at: number | null;
  readonly node: string | null;
}

/**
 * Frees jobs whose lease ran out: their process died, or lost the store for good. Each such end is an attempt row
 * `crashed` and counts apart from failures; after three the job is poisoned, and its lane waits for an operator.
 */
export class Reaper {
  constructor(
    private readonly store: Store,
    private readonly committer: Committer,
    private readonly leases: Leases,
    private readonly logger: Logger,
    /** Told of each attempt that crashed. */
    private readonly observer?: WorkObserver,
  ) {}

  /** How many it freed. `everyone`: whatever runs, leases notwithstanding, is an orphan: the file has had no other process. */
  async reap(everyone: boolean): Promise<number> {
    const { store } = this;
    const now = store.now();
    const lapsed = (await store.reader
      .selectFrom('job')
      .innerJoin('task', 'task.id', 'job.task_id')
      .select(['job.id', 'task.plugin', 'task.name', 'lane', 'ticket', 'crashes', 'started_at', 'node'])
      .where(sql<boolean>`state = ${sql.lit(STATE.running)}`)
      .$if(!everyone, (query) => query.where('lease_until', '<', now).orderBy('lease_until').limit(AT_ONCE))
      .execute()) as Lapsed[];
    const orphans = lapsed.filter(({ id }) => !this.leases.has(Number(id)));
    if (orphans.length === 0) return 0;
    const { commands } = await this.committer.submit(
      { commands: orphans.map((job) => freed(store, job, everyone)) },
      'must',
    );
    const freedNow = orphans.filter((_job, index) => {
      const result = commands[index];
      return result?.ok === true && (result.results[0]?.changed ?? 0) > 0;
    });
    for (const job of freedNow) {
      this.#report(job);
      this.#tell(job);
    }
    return freedNow.length;
  }

  #tell({ plugin, name, lane, crashes }: Lapsed): void {
    this.observer?.settled({
      ...{ plugin, name, lane: lane ?? undefined, outcome: 'crashed' },
      isDead: Number(crashes) + 1 >= CRASHES_BORNE,
      ms: undefined,
    });
  }

  #report({ id, crashes, node }: Lapsed): void {
    const count = Number(crashes) + 1;
    const what = `job number ${id} was left by ${node ?? 'its process'}`;
    if (count < CRASHES_BORNE) this.logger.warn(`${what}; it runs again`);
    else
      this.logger.error(
        `${what} for the ${count}rd time: it is poisoned, and its lane waits for an operator`,
      );
  }
}

/** The attempt's row only with the change of the job, and once: another host may be freeing it too. */
function freed(store: Store, job: Lapsed, everyone: boolean): Command {
  const now = store.now();
  const { id, ticket } = job;
  const crashes = Number(job.crashes) + 1;
  const isPoisoned = crashes >= CRASHES_BORNE;
  const startedAt = Number(job.started_at ?? now);
  const why = 'its process ended, or lost the store, while it ran';
  const free = sql`update job set state = ${isPoisoned ? STATE.poisoned : STATE.ready}, crashes = ${crashes},
      ticket = null, lease_until = null, run_at = ${now}, error = ${why},
      ended_at = ${isPoisoned ? now : null}
    where id = ${id} and ticket = ${ticket} and state = ${sql.lit(STATE.running)}
      ${everyone ? sql`` : sql`and lease_until < ${now}`}`;
  const note = sql`insert into attempt (job_id, n, started_at, ended_at, outcome, error, node)
    select id, coalesce((select max(n) from attempt where job_id = ${id}), 0) + 1, cast(${startedAt} as bigint),
      cast(${now} as bigint), 'crashed', ${sql`cast(${why} as text)`}, coalesce(node, '')
    from job where id = ${id} and ticket is null and crashes = ${crashes}
      and not exists (select 1 from attempt where job_id = ${id} and started_at = ${startedAt} and outcome = 'crashed')`;
  return { statements: [free.compile(store.reader), note.compile(store.reader)] };
}
