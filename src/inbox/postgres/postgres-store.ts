import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import { HostError, toError } from '../../core/errors';
import type { Schema } from '../schema';
import type { Snapshot } from '../snapshot';
import type { Batch, BatchResult, Store, TaskName } from '../store';
import {
  calm,
  clientConfig,
  commitConfig,
  commitSettings,
  sessionSettings,
  telling,
  type Address,
} from './address';
import { commitBatch } from './batch-commit';
import { DayTables } from './day-tables';
import { NO_DEDUPE, type DedupeTables } from './dedupe-sql';
import { isAboutStatement, isForgottenDay, isPassing, unavailable } from './fault';
import { longestWindowMs } from './same-keys';
import { RestoredKeys } from './restored-keys';
import { ServerClock } from './server-clock';
import { openPostgresSnapshot } from './snapshot';
import { WorkMessages } from './work-messages';

/** Commits in flight at once: while one waits for the disk, the next is formed (docs/decisions/007). */
const PARALLEL = 2;
const READERS = 3;
const SEARCHERS = 2;
/** Connections are replaced after a while, and with them the plans and statements they keep. */
const CONNECTION_LIFE_S = 3_600;
const TRIES = 4;

/** The inbox in PostgreSQL, shared by all hosts that name the same database and schema. Opened by `openPostgresStore`. */
export class PostgresStore implements Store {
  readonly kind = 'postgres';
  readonly parallel = PARALLEL;
  readonly reader: Kysely<Schema>;
  readonly searcher: Kysely<Schema>;
  readonly #writers: Pool;
  /** Apart: searches of operators must not use up what deliveries read with. */
  readonly #reading: readonly [readers: Pool, searchers: Pool];
  readonly #clock: ServerClock;
  readonly #days: DayTables;
  readonly #messages: WorkMessages;
  readonly #restored: RestoredKeys;
  #closed: Promise<void> | undefined;

  constructor(private readonly address: Address) {
    const life = { maxLifetimeSeconds: CONNECTION_LIFE_S };
    this.#writers = calm(
      new Pool({
        ...commitConfig(address),
        ...life,
        max: PARALLEL + 1,
        onConnect: telling(commitSettings(address)),
      }),
    );
    const reading = (max: number) =>
      calm(
        new Pool({
          ...clientConfig(address),
          ...life,
          max,
          onConnect: telling(`${sessionSettings(address)}; SET default_transaction_read_only TO on`),
        }),
      );
    const [readers, searchers] = (this.#reading = [reading(READERS), reading(SEARCHERS)]);
    this.reader = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: readers }) });
    this.searcher = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: searchers }) });
    this.#clock = new ServerClock(this.#writers);
    this.#days = new DayTables(this.#writers);
    this.#messages = new WorkMessages(address);
    this.#restored = new RestoredKeys(this.#writers);
  }

  /** Once, before anything else; the tables are there. @throws the database's error */
  async start(): Promise<void> {
    await this.#clock.start();
    await this.#messages.start();
    await this.#restored.start();
  }

  async commit(batch: Batch): Promise<BatchResult> {
    try {
      const result = await this.#commit(batch);
      this.#messages.tell(tasksWithWork(batch));
      return result;
    } catch (error) {
      const refused = refusedAlone(batch, error);
      if (refused !== undefined) return refused;
      throw unavailable(error);
    }
  }

  now(): number {
    return this.#clock.now();
  }

  async taskIds(names: readonly TaskName[]): Promise<number[]> {
    try {
      return await this.#taskIds(names);
    } catch (error) {
      throw unavailable(error);
    }
  }

  onWork(listener: (taskId: number) => void): void {
    this.#messages.onWork(listener);
  }

  tellShared(): void {
    this.#messages.tellShared();
  }
  onShared(listener: () => void): void {
    this.#messages.onShared(listener);
  }

  async forgetKeys(now: number): Promise<number> {
    try {
      await this.#restored.dropEnded(now);
      return await this.#days.dropEnded(now);
    } catch (error) {
      throw unavailable(error);
    }
  }

  snapshot(): Promise<Snapshot> {
    return openPostgresSnapshot(this.address);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#clock.stop();
    const queries = [this.reader, this.searcher];
    await Promise.all([
      this.#messages.stop(),
      this.#writers.end(),
      ...queries.map((reading) => reading.destroy()),
    ]);
    // One that was never asked does not know its pool.
    await Promise.all(this.#reading.filter((pool) => !pool.ending).map((pool) => pool.end()));
  }

  /** Deadlocks and the like are tried again, after a pause that differs between hosts. */
  async #commit(batch: Batch): Promise<BatchResult> {
    for (let attempt = 1; ; attempt += 1)
      try {
        return await this.#try(batch);
      } catch (error) {
        if (attempt === TRIES || !isPassing(error)) throw error;
        if (isForgottenDay(error)) this.#days.forget();
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt));
      }
  }

  async #try(batch: Batch): Promise<BatchResult> {
    const now = this.now();
    if (this.#restored.areThere) await this.#restored.takeOver(batch);
    const tables = await this.#tablesFor(batch, now);
    const client = await this.#writers.connect();
    try {
      const result = await commitBatch(client, batch, tables, now);
      client.release();
      return result;
    } catch (error) {
      client.release(!isAboutStatement(error));
      throw error;
    }
  }

  async #tablesFor({ accepts, enqueues, settles }: Batch, now: number): Promise<DedupeTables> {
    const windowMs = longestWindowMs([
      ...accepts.map(({ dedupe }) => dedupe),
      ...enqueues.map(({ dedupe }) => dedupe),
      ...settles.flatMap((settlement) => settlement.enqueues.map(({ dedupe }) => dedupe)),
    ]);
    return windowMs === undefined ? NO_DEDUPE : this.#days.within(now, windowMs);
  }

  async #taskIds(names: readonly TaskName[]): Promise<number[]> {
    const values = [
      names.map(({ plugin }) => plugin),
      names.map(({ name }) => name),
      names.map(({ kind }) => kind),
    ];
    const given = 'unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS g(plugin, name, kind, ord)';
    // Looked up first: an insertion that finds its row there would use up a number all the same.
    const look = `SELECT t.id FROM ${given} LEFT JOIN task t ON t.plugin = g.plugin AND t.name = g.name AND t.kind = g.kind ORDER BY g.ord`;
    const found = await this.#writers.query<{ id: number | null }>(look, values);
    if (found.rows.every(({ id }) => id !== null)) return found.rows.map(({ id }) => id as number);
    await this.#writers.query(
      `INSERT INTO task (plugin, name, kind) SELECT DISTINCT g.plugin, g.name, g.kind FROM ${given}
       LEFT JOIN task t ON t.plugin = g.plugin AND t.name = g.name AND t.kind = g.kind WHERE t.id IS NULL
       ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING`,
      values,
    );
    const { rows } = await this.#writers.query<{ id: number }>(look, values);
    if (rows.some(({ id }) => id === null)) throw new HostError('inbox/unavailable', []);
    return rows.map(({ id }) => id);
  }
}

/** Where another host might find something to do now. */
function tasksWithWork({ accepts, enqueues, settles }: Batch): Set<number> {
  const found = new Set<number>();
  const add = (jobs: Batch['enqueues']) => {
    for (const { taskId, held } of jobs) if (held === undefined) found.add(taskId);
  };
  for (const { jobs } of accepts) add(jobs);
  add(enqueues);
  for (const settlement of settles) add(settlement.enqueues);
  return found;
}

/** A settlement on its own whose writes the database cannot take: for its attempt that is as final as a conflict. */
function refusedAlone(batch: Batch, error: unknown): BatchResult | undefined {
  const { accepts, enqueues, answers, settles, extensions, commands } = batch;
  const others = [accepts, enqueues, answers, extensions, commands].reduce(
    (sum, { length }) => sum + length,
    0,
  );
  const [only] = settles;
  if (
    others > 0 ||
    settles.length !== 1 ||
    only === undefined ||
    !isAboutStatement(error) ||
    isPassing(error)
  )
    return undefined;
  if (only.writes.length + only.enqueues.length === 0) return undefined;
  const message = toError(error).message;
  return {
    accepts: [],
    enqueues: [],
    settles: [{ kind: 'conflict', message }],
    extensions: [],
    commands: [],
    claimed: [],
  };
}
