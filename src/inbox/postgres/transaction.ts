import type { PoolClient, QueryResult, QueryResultRow } from 'pg';

/** A statement of ours: prepared under its name once per connection. Without a name it is planned each time. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * One transaction whose statements are sent without waiting for the answers of those before. The server runs them in
 * order; after a failure it refuses the rest, and `COMMIT` becomes a rollback.
 */
export class Transaction {
  #pending: Promise<unknown>[] = [];
  #failure: Error | undefined;

  constructor(private readonly client: PoolClient) {
    void this.send({ text: 'BEGIN', values: [] });
  }

  /** The answer; await `caughtUp` before it, or an earlier statement's failure hides behind a later one's. */
  send<Row extends QueryResultRow = QueryResultRow>({
    name,
    text,
    values,
  }: Statement): Promise<QueryResult<Row>> {
    const answer = this.client.query<Row>({
      ...(name === undefined ? {} : { name }),
      text,
      values: values as unknown[],
    });
    this.#pending.push(
      answer.catch((error: Error) => {
        this.#failure ??= error;
      }),
    );
    return answer;
  }

  /** Waits for all answers. @throws the first failure */
  async caughtUp(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    await Promise.all(pending);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Forgets a failure that a savepoint undid. */
  async undoTo(savepoint: string): Promise<void> {
    await this.caughtUp().catch(() => {});
    this.#failure = undefined;
    void this.send({ text: `ROLLBACK TO SAVEPOINT ${savepoint}`, values: [] });
  }

  /** @throws the first failure; nothing is stored then, or, when the connection broke, it is not known */
  async commit(): Promise<void> {
    const ended = this.send({ text: 'COMMIT', values: [] });
    await this.caughtUp();
    const { command } = await ended;
    if (command !== 'COMMIT') throw new Error(`the transaction ended with ${command}`);
  }

  async rollback(): Promise<void> {
    await this.caughtUp().catch(() => {});
    await this.client.query('ROLLBACK');
  }
}
