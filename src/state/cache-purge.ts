import type { Logger } from 'winston';
import type { Clock } from '../core/clock';
import { toError } from '../core/errors';
import type { Database } from '../core/ports/database';
import { statementOn } from './database-statement';

export interface CachePurgeParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Place {
  readonly plugin: string;
  readonly name: string;
  readonly expires_at: number;
}

const ROUND_MS = 60_000;
/** Of one commit: it lies between those of others. */
const STEP = 200;
/** Of one round, so that a flood of them takes the store for itself at no time. */
const STEPS = 50;
/** Values of one plugin; of more, those that would end first go. */
const MOST_VALUES = 100_000;

/**
 * Removes cached values that are over their time, and what a plugin has too many of, in small commits. Found by a search and
 * removed by name; one that was written again meanwhile stays.
 */
export class CachePurge {
  readonly #remove: ReturnType<typeof statementOn>;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #isStopping = false;

  constructor(
    private readonly parts: CachePurgeParts,
    private readonly most = MOST_VALUES,
  ) {
    this.#remove = statementOn(
      parts.database.kind,
      'DELETE FROM cache WHERE plugin = ? AND name = ? AND expires_at = ?',
    );
  }

  start(): void {
    this.#timer = setInterval(() => void this.run(), ROUND_MS).unref();
  }
  /** Resolves once no step is under way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    await this.#round;
  }

  /** One round, or the one that is under way. Never rejects: what it did not get to, the next one finds. */
  run(): Promise<void> {
    this.#round ??= this.#run().finally(() => (this.#round = undefined));
    return this.#round;
  }

  async #run(): Promise<void> {
    try {
      await this.#walk(() => this.#over());
      for (const { plugin, excess } of await this.#crowded())
        await this.#walk(() => this.#first(plugin), excess);
    } catch (thrown) {
      // Whoever stops closes the store underneath.
      if (!this.#isStopping)
        this.parts.logger.warn(`cleaning up the cache stopped half-way: ${toError(thrown).message}`);
    }
  }

  async #walk(find: () => Promise<readonly Place[]>, most = Infinity): Promise<void> {
    let left = Math.min(most, STEP * STEPS);
    while (left > 0 && !this.#isStopping) {
      const found = (await find()).slice(0, left);
      if (found.length > 0)
        await this.parts.database.write(
          found.map(({ plugin, name, expires_at }) => this.#remove(plugin, name, expires_at)),
        );
      if (found.length < STEP) return;
      left -= found.length;
    }
  }

  #over(): Promise<readonly Place[]> {
    return this.#places()
      .where('expires_at', '<=', this.parts.clock.now())
      .orderBy('expires_at')
      .limit(STEP)
      .execute();
  }

  #first(plugin: string): Promise<readonly Place[]> {
    return this.#places().where('plugin', '=', plugin).orderBy('expires_at').limit(STEP).execute();
  }

  #places() {
    return this.parts.database.searcher.selectFrom('cache').select(['plugin', 'name', 'expires_at']);
  }

  async #crowded(): Promise<readonly { readonly plugin: string; readonly excess: number }[]> {
    const counts = await this.parts.database.searcher
      .selectFrom('cache')
      .select(['plugin', (one) => one.fn.countAll().as('values')])
      .groupBy('plugin')
      .having((one) => one.fn.countAll(), '>', this.most)
      .execute();
    return counts.map(({ plugin, values }) => ({ plugin, excess: Number(values) - this.most }));
  }
}
