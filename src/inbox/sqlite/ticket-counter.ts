import type { Database, Statement } from 'better-sqlite3';

/** Numbers claims, never one twice: counted in memory, and kept with the commit that gives them out. */
export class TicketCounter {
  readonly #write: Statement<[string]>;
  #last: number;
  #kept: number;

  constructor(database: Database) {
    const row = database.prepare("SELECT value FROM meta WHERE name = 'ticket'").get() as
      { value: string } | undefined;
    this.#last = this.#kept = Number(row?.value ?? 0);
    this.#write = database.prepare(
      "INSERT INTO meta (name, value) VALUES ('ticket', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    );
  }

  /** The next one, if it is given out: an empty claim must not cost a commit. */
  get upcoming(): number {
    return this.#last + 1;
  }
  next(): number {
    this.#last += 1;
    return this.#last;
  }

  /** The last thing before the commit. */
  keep(): void {
    if (this.#last === this.#kept) return;
    this.#write.run(String(this.#last));
    this.#kept = this.#last;
  }

  /** The transaction failed, and with it perhaps what `keep` wrote; numbers may be skipped, never repeated. */
  undo(): void {
    this.#kept = Number.NaN;
  }
}
