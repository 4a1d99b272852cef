import type { Database } from 'better-sqlite3';
import { dayOf, isForgettable, sqliteKeyDigest } from '../dedupe-days';
import type { DedupeKey } from '../store';
import { DayWindows } from './day-windows';
import { KeyDays } from './key-days';
import { KeyLog, type KeyEntry } from './key-log';
import { RestoredKeys } from './restored-keys';

/** In memory, about 10 MB; twice as many at most. A key that comes again after its window counts again. */
const LOG_KEYS = 65_536;
/** Moved for each key that comes: a log is empty before the other one is full. */
const MOVED_PER_KEY = 2;

/** A log whose keys are being moved, in order, to the tables of their days. */
interface Move {
  readonly log: KeyLog;
  part: number;
  position: number;
}
interface Put {
  readonly log: KeyLog;
  readonly digest: string;
  readonly previous: KeyEntry | undefined;
}

/**
 * The keys of one database. Keys are random: each would land on a page of its own in a large index, and writing that page
 * would be half of what a receipt costs. So they go into a log first:
 *
 *   free ──put──▶ in the log that fills ──it is full──▶ in the log that is moved ──in order──▶ in the table of its day
 *
 * Moved in order, many of them share a page. All of it happens in the transactions that bring keys.
 */
export class DedupeKeys {
  readonly #days: KeyDays;
  readonly #windows: DayWindows;
  readonly #restored: RestoredKeys;
  #filling: KeyLog;
  #move: Move | undefined;
  #puts: Put[] = [];
  #before: { filling: KeyLog; move: Move | undefined };

  /** `most` in a log: smaller ones for tests. */
  constructor(
    private readonly database: Database,
    private readonly most = LOG_KEYS,
  ) {
    this.#days = new KeyDays(database);
    this.#restored = new RestoredKeys(database);
    const row = database.prepare("SELECT value FROM meta WHERE name = 'dedupe-log'").get();
    const number = (row as { value: string } | undefined)?.value === '1' ? 1 : 0;
    this.#filling = new KeyLog(database, number);
    const other = new KeyLog(database, number === 1 ? 0 : 1);
    if (other.puts > 0) this.#move = { log: other, part: 0, position: 0 };
    this.#before = { filling: this.#filling, move: this.#move };
    this.#windows = new DayWindows(database, this.#daysWithKeys());
  }

  /**
   * The id of what came first within the window; or, while the key is free, its digest, to be put. `isFreed`: what came
   * first holds its key no more.
   */
  find(dedupe: DedupeKey, now: number, isFreed: (target: number) => boolean = () => false): number | string {
    const { windowMs } = dedupe;
    const digest = sqliteKeyDigest(dedupe).toString('latin1');
    const found =
      this.#filling.find(digest) ??
      this.#move?.log.find(digest) ??
      this.#days.find(digest, now, windowMs) ??
      this.#restored.find(dedupe);
    return found !== undefined && found.at > now - windowMs && !isFreed(found.target) ? found.target : digest;
  }

  /** To be remembered for `windowMs`. */
  put(digest: string, target: number, now: number, windowMs: number): void {
    this.#windows.reach(dayOf(now), windowMs);
    const log = this.#filling;
    this.#puts.push({ log, digest, previous: log.put(digest, { target, at: now }) });
    if (this.#move === undefined) {
      if (log.puts >= this.most) this.#turn();
    } else for (let moved = 0; moved < MOVED_PER_KEY && this.#move !== undefined; moved += 1) this.#moveOne();
  }

  /** Forgets the days of which no key is within its window; answers how many. */
  forget(now: number): number {
    const ended = [...this.#daysWithKeys()].filter((day) => isForgettable(day, this.#windows.of(day), now));
    for (const day of ended) {
      this.#days.drop(day);
      this.#filling.forget(day);
      this.#move?.log.forget(day);
      this.#windows.forget(day);
    }
    this.#restored.forget(now);
    return ended.length;
  }

  /** A transaction begins. */
  begin(): void {
    this.#puts = [];
    this.#before = { filling: this.#filling, move: this.#move && { ...this.#move } };
  }

  /** It failed. */
  rollback(): void {
    for (const { log, digest, previous } of this.#puts.reverse()) log.undo(digest, previous);
    this.#filling = this.#before.filling;
    this.#move = this.#before.move;
    this.#days.reload();
    this.#windows.reload();
  }

  #daysWithKeys(): Set<number> {
    return new Set([...this.#days.all, ...this.#filling.days, ...(this.#move?.log.days ?? [])]);
  }

  /** The full log is moved from now on, and the other, which is empty, fills. */
  #turn(): void {
    const full = this.#filling;
    this.#move = { log: full, part: 0, position: 0 };
    this.#filling = new KeyLog(this.database, full.number === 1 ? 0 : 1);
    this.database
      .prepare(
        "INSERT INTO meta (name, value) VALUES ('dedupe-log', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      )
      .run(String(this.#filling.number));
  }

  #moveOne(): void {
    const move = this.#move;
    if (move === undefined) return;
    for (;;) {
      const part = move.log.part(move.part);
      if (part === undefined) {
        move.log.clear();
        this.#move = undefined;
        return;
      }
      const digest = part[move.position];
      move.position += 1;
      if (digest === undefined) {
        move.part += 1;
        move.position = 0;
        continue;
      }
      const entry = move.log.find(digest);
      if (entry === undefined) continue; // forgotten
      this.#days.put(digest, entry);
      return;
    }
  }
}
