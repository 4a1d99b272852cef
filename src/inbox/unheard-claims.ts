import { sql } from 'kysely';
import { toError } from '../core/errors';
import type { Committer } from './committer';
import { STATE } from './states';
import { UNHEARD, type Store } from './store';

/** Rows of this host that nothing works: by the lease they were given, and by the job's token where that says more. */
interface Unheard {
  readonly leaseUntil: number;
  readonly token: string | undefined;
}

/** True when it is not known whether what was to be committed is there. */
export function isUnheard(thrown: unknown): boolean {
  const cause = toError(toError(thrown).cause) as Error & { code?: unknown };
  return cause.code === UNHEARD;
}

/**
 * Claims whose commit broke off without an answer. Where they were stored after all, their jobs run nowhere: they are
 * given back as if they had not been claimed, before their lease runs out, which would count as a crash.
 */
export class UnheardClaims {
  #unheard: readonly Unheard[] = [];

  constructor(
    private readonly store: Store,
    private readonly committer: Committer,
    /** Name of this process among the nodes. */
    private readonly node: string,
  ) {}

  /** `token`: of a job that was held from the start; a lease alone tells a claim, for no two claims have the same. */
  add(leaseUntil: number, token?: string): void {
    this.#unheard = [...this.#unheard, { leaseUntil, token }];
  }

  /**
   * Gives back what is there by now, and answers whose tasks that is. The server may still be at work on a commit that it
   * has no one to tell of: so this is done again until the leases are over. @throws inbox/unavailable
   */
  async release(): Promise<number[]> {
    const { store } = this;
    this.#unheard = this.#unheard.filter(({ leaseUntil }) => leaseUntil > store.now());
    if (this.#unheard.length === 0) return [];
    const isOne = ({ leaseUntil, token }: Unheard) =>
      token === undefined
        ? sql`lease_until = ${leaseUntil}`
        : sql`(lease_until = ${leaseUntil} and token = ${token})`;
    const statement = sql`update job set state = ${sql.lit(STATE.ready)}, ticket = null, lease_until = null
      where state = ${sql.lit(STATE.running)} and node = ${this.node}
        and (${sql.join(this.#unheard.map(isOne), sql` or `)}) returning task_id`;
    const { commands } = await this.committer.submit(
      { commands: [{ statements: [statement.compile(store.reader)] }] },
      'must',
    );
    const [result] = commands;
    const rows = result?.ok === true ? (result.results[0]?.rows as readonly { task_id: number }[]) : [];
    return [...new Set(rows.map((row) => Number(row.task_id)))];
  }
}
