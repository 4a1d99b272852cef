import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../core/clock';
import type { DocumentStore } from '../../core/documents';
import { HostError, isHostError } from '../../core/errors';
import { isConflict } from '../../core/job';
import { Turns } from '../../core/turns';

/** Of a change that other hosts come before; on this host changes of one document wait for one another. */
const TRIES = 30;
const PAUSE_MS = 10;

/** What is kept of runs: documents of the host's own, each changed by one after the other. */
export class RunRecords {
  readonly #turns = new Turns();

  constructor(
    readonly store: DocumentStore,
    readonly clock: Clock,
  ) {}

  /** Runs `work` once what was asked for the same thing on this host is over. */
  inTurn<T>(thing: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.take(thing, work);
  }

  /**
   * Reads a document and writes it anew until nobody came between; `change` answers undefined to leave it as it is. Answers what
   * is there then. @throws inbox/unavailable, also when other hosts keep coming between
   */
  settle<T extends object>(
    collection: string,
    id: string,
    change: (before: T | undefined) => T | undefined,
  ): Promise<T | undefined> {
    return this.inTurn(`${collection}/${id}`, () => this.#settle(collection, id, change));
  }

  /** Adds to a number that all hosts share; undefined when it would grow beyond `most`, and nothing is added. */
  async addUpTo(
    collection: string,
    id: string,
    amount: number,
    most = Number.MAX_SAFE_INTEGER,
  ): Promise<number | undefined> {
    let isFull = false;
    const after = await this.settle<{ count: number; at: number }>(collection, id, (before) => {
      const count = (before?.count ?? 0) + amount;
      isFull = count > most;
      return isFull ? undefined : { count, at: this.clock.now() };
    });
    return isFull ? undefined : after?.count;
  }

  async #settle<T extends object>(
    collection: string,
    id: string,
    change: (before: T | undefined) => T | undefined,
  ): Promise<T | undefined> {
    for (let tried = 1; tried <= TRIES; tried += 1) {
      const before = await this.store.get<T>(collection, id);
      const after = change(before?.data);
      if (after === undefined) return before?.data;
      try {
        if (before === undefined) await this.store.create<T>(collection, { ...after, id });
        else await this.store.update<T>(collection, id, after, { version: before.version });
        return after;
      } catch (thrown) {
        const isGone = isHostError(thrown) && thrown.code === 'store/not-found';
        if (!isConflict(thrown) && !isGone) throw thrown;
        // Hosts that meet must part.
        await sleep(Math.random() * PAUSE_MS * tried);
      }
    }
    throw new HostError('inbox/unavailable', []);
  }
}
