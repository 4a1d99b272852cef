import { sql, type CompiledQuery } from 'kysely';
import { HostError } from '../core/errors';
import type { SharedState, SharedValue } from '../core/ports/shared-state';
import type { DeskCommit } from './desk-commit';
import type { Store } from './store';

const LARGEST_BYTES = 262_144;
/** Of a change that no message told of; messages take some 20 ms. */
const POLL_MS = 1_000;

interface Row {
  readonly space: string;
  readonly name: string;
  /** Null: removed. */
  readonly value: string | null;
  readonly revision: number;
}
type Changed = (name: string, value: SharedValue | undefined) => void;

/**
 * What hosts share, in one table of the store, all of it in memory. A row only ever moves to a higher revision, here as
 * there, so what is read late or twice changes nothing.
 */
export class StoredSharedState implements SharedState {
  readonly #spaces = new Map<string, Map<string, Row>>();
  readonly #listeners = new Map<string, Set<Changed>>();
  #opening: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  /** Told of a change while it looked. */
  #isStale = false;
  #isClosed = false;

  constructor(
    private readonly store: Pick<Store, 'kind' | 'reader' | 'tellShared' | 'onShared'>,
    private readonly commit: DeskCommit,
  ) {}

  /** Reads everything, and follows what other hosts change. Again is nothing more. @throws inbox/unavailable */
  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  get(space: string, name: string): SharedValue | undefined {
    return toValue(this.#spaces.get(space)?.get(name));
  }

  list(space: string): readonly SharedValue[] {
    const values = [...(this.#spaces.get(space)?.values() ?? [])].map(toValue);
    return values.filter((value) => value !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws inbox/bad-request for a value that is too large */
  async put(space: string, name: string, value: string | undefined, revision?: number): Promise<boolean> {
    if (value !== undefined && Buffer.byteLength(value) > LARGEST_BYTES)
      throw new HostError('inbox/bad-request', [
        `the value of ${name} is larger than ${LARGEST_BYTES} bytes`,
      ]);
    const statement =
      value === undefined || (revision ?? 0) > 0
        ? this.#change(space, name, value, revision)
        : this.#set(space, name, value, revision === 0);
    const [changed] = await this.#run<Pick<Row, 'revision'>>(statement);
    if (changed === undefined) {
      // Nothing to remove, or somebody else was first: what the caller sees now is what there is.
      await this.#read();
      return value === undefined && (revision ?? 0) === 0 && this.get(space, name) === undefined;
    }
    this.#learn([{ space, name, value: value ?? null, revision: Number(changed.revision) }]);
    this.store.tellShared();
    return true;
  }

  onChange(space: string, changed: Changed): () => void {
    const listeners = this.#listeners.get(space) ?? new Set();
    this.#listeners.set(space, listeners.add(changed));
    return () => listeners.delete(changed);
  }

  async #open(): Promise<void> {
    try {
      await this.#read();
    } catch (thrown) {
      this.#opening = undefined;
      throw thrown;
    }
    if (this.store.kind === 'sqlite' || this.#isClosed) return; // nobody else writes
    this.store.onShared(() => void this.#look());
    this.#timer = setTimeout(() => void this.#look(), POLL_MS);
  }

  /** Never rejects: while the store is out of reach, what is known holds. */
  async #look(): Promise<void> {
    this.#isStale = this.#isLooking;
    if (this.#isLooking || this.#isClosed) return;
    this.#isLooking = true;
    clearTimeout(this.#timer);
    try {
      if (await this.#isOutdated()) await this.#read();
    } catch {
      // The next look asks again.
    }
    this.#isLooking = false;
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#look(), this.#isStale ? 0 : POLL_MS);
  }

  /** Rows never go and revisions only grow: equal sums are equal tables. */
  async #isOutdated(): Promise<boolean> {
    const { total } = await this.store.reader
      .selectFrom('shared')
      .select((build) => build.fn.coalesce(build.fn.sum<number>('revision'), sql<number>`0`).as('total'))
      .executeTakeFirstOrThrow();
    let known = 0;
    for (const rows of this.#spaces.values()) for (const { revision } of rows.values()) known += revision;
    return Number(total) !== known;
  }

  async #read(): Promise<void> {
    this.#learn(await this.#run<Row>(this.store.reader.selectFrom('shared').selectAll().compile()));
  }

  #learn(rows: readonly Row[]): void {
    const news: Row[] = [];
    for (const row of rows) {
      const known = this.#spaces.get(row.space) ?? new Map<string, Row>();
      this.#spaces.set(row.space, known);
      const next = { ...row, revision: Number(row.revision) };
      if ((known.get(row.name)?.revision ?? 0) >= next.revision) continue;
      known.set(row.name, next);
      news.push(next);
    }
    for (const row of news)
      for (const changed of this.#listeners.get(row.space) ?? []) changed(row.name, toValue(row));
  }

  #set(space: string, name: string, value: string, onlyNew: boolean): CompiledQuery {
    return this.store.reader
      .insertInto('shared')
      .values({ space, name, value, revision: 1 })
      .onConflict((conflict) => {
        const update = conflict
          .columns(['space', 'name'])
          .doUpdateSet({ value, revision: sql<number>`shared.revision + 1` });
        return onlyNew ? update.where('shared.value', 'is', null) : update;
      })
      .returning('revision')
      .compile();
  }

  /** Of a value that is there. */
  #change(
    space: string,
    name: string,
    value: string | undefined,
    revision: number | undefined,
  ): CompiledQuery {
    const update = this.store.reader
      .updateTable('shared')
      .set({ value: value ?? null, revision: sql<number>`revision + 1` })
      .where('space', '=', space)
      .where('name', '=', name)
      .where('value', 'is not', null);
    const exact = revision === undefined ? update : update.where('revision', '=', revision);
    return exact.returning('revision').compile();
  }

  /** As part of a batch: on SQLite that is the quickest way to read a little, too. @throws inbox/unavailable */
  async #run<R>(statement: CompiledQuery): Promise<readonly R[]> {
    const [result] = (await this.commit({ commands: [{ statements: [statement] }] })).commands;
    if (result?.ok !== true) throw result?.error ?? new HostError('inbox/unavailable', []);
    return (result.results[0]?.rows ?? []) as readonly R[];
  }
}

function toValue(row: Row | undefined): SharedValue | undefined {
  if (row === undefined || row.value === null) return undefined;
  return { name: row.name, value: row.value, revision: row.revision };
}
