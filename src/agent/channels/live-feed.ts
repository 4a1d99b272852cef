import type { Logger } from 'winston';
import { toError } from '../../core/errors';
import type { HistoryEntry } from '../../core/ports/channels-desk';
import type { Database } from '../../core/ports/database';
import { entryOf } from './chat-history';

/** Between two looks at what other hosts wrote. */
const LOOK_MS = 1_000;
/** Of one look. */
const PAGE = 500;
/** Numbers are given before they are committed: one that is lower may be seen later. */
const OVERLAP = 200;

interface Follower {
  readonly chatKey: string | undefined;
  readonly listener: (entry: HistoryEntry) => void;
}

/**
 * New messages as they come, whichever host took them. It looks into the history while somebody follows: at once when this
 * host wrote, each second for what the others did.
 */
export class LiveFeed {
  readonly #followers = new Set<Follower>();
  readonly #seen = new Set<number>();
  /** Highest number seen. */
  #last = 0;
  /** What was there before it was followed is history. */
  #begun: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #isStale = false;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  /** Resolves once nothing new is missed any more; answers how to stop. */
  async follow(chatKey: string | undefined, listener: (entry: HistoryEntry) => void): Promise<() => void> {
    const follower = { chatKey, listener };
    this.#followers.add(follower);
    const stop = () => {
      this.#followers.delete(follower);
      if (this.#followers.size === 0) this.#rest();
    };
    try {
      await (this.#begun ??= this.#begin());
    } catch (thrown) {
      this.#begun = undefined;
      stop();
      throw thrown;
    }
    this.poke();
    return stop;
  }

  /** Something was written here. */
  poke(): void {
    if (this.#followers.size === 0 || this.#begun === undefined) return;
    this.#isStale = this.#isLooking;
    if (!this.#isLooking) void this.#look();
  }

  close(): void {
    this.#followers.clear();
    this.#rest();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#begun = undefined;
    this.#seen.clear();
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    this.#isLooking = true;
    try {
      await this.#begun;
      await this.#tell();
    } catch (thrown) {
      this.logger.debug(`chats cannot be followed right now: ${toError(thrown).message}`);
    }
    this.#isLooking = false;
    const isStale = this.#isStale;
    this.#isStale = false;
    if (this.#followers.size === 0) return;
    this.#timer = setTimeout(() => void this.#look(), isStale ? 0 : LOOK_MS);
    this.#timer.unref();
  }

  async #begin(): Promise<void> {
    const rows = await this.database.reader
      .selectFrom('chat_message')
      .select('id')
      .orderBy('id', 'desc')
      .limit(OVERLAP)
      .execute();
    for (const { id } of rows) this.#seen.add(Number(id));
    this.#last = Number(rows[0]?.id ?? 0);
  }

  async #tell(): Promise<void> {
    const rows = await this.database.reader
      .selectFrom('chat_message')
      .selectAll()
      .where('id', '>', this.#last - OVERLAP)
      .orderBy('id')
      .limit(PAGE)
      .execute();
    if (rows.length === PAGE) this.#isStale = true;
    for (const row of rows) {
      const id = Number(row.id);
      if (this.#seen.has(id)) continue;
      this.#seen.add(id);
      this.#last = Math.max(this.#last, id);
      const entry = entryOf(row);
      for (const { chatKey, listener } of this.#followers)
        if (chatKey === undefined || chatKey === entry.chatKey) listener(entry);
    }
    for (const id of this.#seen) if (id <= this.#last - OVERLAP) this.#seen.delete(id);
  }
}
