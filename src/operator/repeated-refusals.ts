import type { AuditRecord } from '../core/ports/audit';

/** Followed at once; of more the first that was followed is written and let go. */
const MOST_FOLLOWED = 1_000;

interface Followed {
  /** The latest that is not written. */
  last: AuditRecord | undefined;
  times: number;
  readonly timer: NodeJS.Timeout;
}

/**
 * Changes that were refused for want of a scope: of one holder and one verb the first is written at once, and those that follow as
 * one entry a minute, the latest of them with `after: { times }`. However often somebody asks, the audit has room for others.
 */
export class RepeatedRefusals {
  readonly #followed = new Map<string, Followed>();

  constructor(
    private readonly write: (record: AuditRecord) => Promise<void>,
    private readonly everyMs: number,
  ) {}

  async add(record: AuditRecord): Promise<void> {
    const slot = JSON.stringify([record.who, record.verb]);
    const followed = this.#followed.get(slot);
    if (followed !== undefined) {
      followed.last = record;
      followed.times += 1;
      return;
    }
    const [first] = this.#followed.keys();
    if (this.#followed.size >= MOST_FOLLOWED && first !== undefined) await this.#end(first);
    const timer = setInterval(() => void this.#told(slot), this.everyMs).unref();
    this.#followed.set(slot, { last: undefined, times: 0, timer });
    await this.write(record);
  }

  /** Resolves once all of them are written. */
  async close(): Promise<void> {
    for (const slot of [...this.#followed.keys()]) await this.#end(slot);
  }

  /** Without any in all that time the next one counts as the first again. */
  async #told(slot: string): Promise<void> {
    const followed = this.#followed.get(slot);
    if (followed?.last === undefined) return this.#end(slot);
    const { last, times } = followed;
    followed.last = undefined;
    followed.times = 0;
    await this.write({ ...last, after: { times } });
  }

  async #end(slot: string): Promise<void> {
    const followed = this.#followed.get(slot);
    this.#followed.delete(slot);
    clearInterval(followed?.timer);
    if (followed?.last !== undefined)
      await this.write({ ...followed.last, after: { times: followed.times } });
  }
}
