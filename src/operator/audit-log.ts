import { sql, type Selectable } from 'kysely';
import type { Logger } from 'winston';
import { HostError, toError } from '../core/errors';
import type { AuditEntry, AuditFilter, AuditLog, AuditRecord } from '../core/ports/audit';
import type { Database, StateSchema } from '../core/ports/database';
import type { Page, PageRequest } from '../core/ports/inbox-desk';
import { RepeatedRefusals } from './repeated-refusals';

export interface AuditLogParts {
  readonly database: Database;
  readonly logger: Logger;
  /** How long entries are kept, ms. */
  readonly keepMs: number;
  /** Further limits, for tests. */
  readonly mostEntries?: number;
  readonly mostRefusals?: number;
  readonly refusalsMs?: number;
}

type Row = Selectable<StateSchema['audit']>;

const PAGE_STANDARD = 50;
const PAGE_MOST = 200;
/** Of before and after, as JSON. */
const MOST_CHARACTERS = 16_384;
const LONGEST_TEXT = 500;
/** Whoever may change things may do so without end: the oldest entries go. */
const MOST_ENTRIES = 200_000;
/** Refusals are counted apart: whoever may change nothing puts no entry of others out. */
const MOST_REFUSALS = 20_000;
const REFUSED = 'operator/scope';
const REFUSALS_MS = 60_000;
const ROUND_MS = 600_000;
/** Of one commit: it lies between those of others. */
const STEP = 500;

/** What was changed, by whom, in the host's database; each entry is a line of the log as well, `audit`. */
export class StoredAuditLog implements AuditLog {
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #isStopping = false;
  readonly #refusals: RepeatedRefusals;

  constructor(private readonly parts: AuditLogParts) {
    this.#refusals = new RepeatedRefusals((record) => this.#write(record), parts.refusalsMs ?? REFUSALS_MS);
  }

  /** Removes what is over its time, every ten minutes. */
  start(): void {
    this.#timer = setInterval(() => void this.purge(), ROUND_MS).unref();
  }
  /** Resolves once nothing is being removed, and what was counted is written. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    await this.#round;
    await this.#refusals.close();
  }

  /** A refusal for want of a scope may be written later, as one of several. */
  async record(record: AuditRecord): Promise<void> {
    // Nobody counts any more once it stops, and what drains is still heard.
    await (record.outcome === REFUSED && !this.#isStopping
      ? this.#refusals.add(record)
      : this.#write(record));
  }

  async #write(record: AuditRecord): Promise<void> {
    const { database, logger } = this.parts;
    const { who, via, ip, verb, subject, outcome } = record;
    const [before, after] = [jsonOf(record.before), jsonOf(record.after)];
    logger.info('audit', { who, via, ip, verb, subject, before, after, outcome });
    const insert = database.reader.insertInto('audit').values({
      at: database.now(),
      who: plain(who),
      via,
      ip: ip === undefined ? null : plain(ip),
      verb: plain(verb),
      subject: plain(subject),
      before_json: before ?? null,
      after_json: after ?? null,
      outcome: plain(outcome),
    });
    try {
      await database.write([insert.compile()]);
    } catch (error) {
      const { message } = toError(error);
      logger.error('an entry of the audit stands in this log alone: the store did not take it', { message });
    }
  }

  async list(
    { who, verb, subject, since, until }: AuditFilter,
    { after, limit = PAGE_STANDARD }: PageRequest = {},
  ): Promise<Page<AuditEntry>> {
    if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_MOST)
      refuse(`limit is a whole number from 1 to ${PAGE_MOST}`);
    if (after !== undefined && !/^\d{1,15}$/.test(after)) refuse('after is the next of a page before');
    let query = this.parts.database.searcher.selectFrom('audit').selectAll();
    if (who !== undefined) query = query.where('who', '=', plain(who));
    if (verb !== undefined) query = query.where('verb', '=', plain(verb));
    if (subject !== undefined) {
      const start = plain(subject);
      // Of characters as the databases count them.
      query = query.where(sql`substr(subject, 1, ${[...start].length})`, '=', start);
    }
    if (since !== undefined) query = query.where('at', '>=', since);
    if (until !== undefined) query = query.where('at', '<', until);
    if (after !== undefined) query = query.where('id', '<', Number(after));
    const rows = await this.#found(() =>
      query
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute(),
    );
    const items = rows.slice(0, limit).map(entryOf);
    return { items, next: rows.length > limit ? items.at(-1)?.id : undefined };
  }

  /** One round, or the one that is under way. Never rejects: what it did not get to, the next one finds. */
  purge(): Promise<void> {
    this.#round ??= this.#purge().finally(() => (this.#round = undefined));
    return this.#round;
  }

  async #purge(): Promise<void> {
    const { database, logger, keepMs } = this.parts;
    const { mostEntries = MOST_ENTRIES, mostRefusals = MOST_REFUSALS } = this.parts;
    try {
      const [lastId, lastRefusal] = [
        await this.#lastOver('<>', mostEntries),
        await this.#lastOver('=', mostRefusals),
      ];
      for (let changed = STEP; changed === STEP && !this.#isStopping;) {
        const over = database.reader
          .selectFrom('audit')
          .select('id')
          .where((one) =>
            one.or([
              one('at', '<', database.now() - keepMs),
              one.and([one('id', '<=', lastId), one('outcome', '<>', REFUSED)]),
              one.and([one('id', '<=', lastRefusal), one('outcome', '=', REFUSED)]),
            ]),
          )
          .orderBy('id')
          .limit(STEP);
        const removal = database.reader.deleteFrom('audit').where('id', 'in', over);
        const [result] = await database.write([removal.compile()]);
        changed = result?.changed ?? 0;
      }
    } catch (error) {
      // Whoever stops closes the store underneath.
      if (!this.#isStopping) logger.warn(`cleaning up the audit stopped half-way: ${toError(error).message}`);
    }
  }

  /** The newest of the refusals, or of all else, that are beyond the `most` that stay; 0 where none is. */
  async #lastOver(isRefusal: '=' | '<>', most: number): Promise<number> {
    const found = await this.parts.database.searcher
      .selectFrom('audit')
      .select('id')
      .where('outcome', isRefusal, REFUSED)
      .orderBy('id', 'desc')
      .offset(most)
      .limit(1)
      .executeTakeFirst();
    return Number(found?.id ?? 0);
  }

  async #found(find: () => Promise<readonly Row[]>): Promise<readonly Row[]> {
    try {
      return await find();
    } catch (cause) {
      throw new HostError('inbox/unavailable', [], { cause });
    }
  }
}

function entryOf({ id, at, who, via, ip, verb, subject, before_json, after_json, outcome }: Row): AuditEntry {
  return {
    ...{ id: String(id), at: Number(at), who, via: via as AuditEntry['via'], ip: ip ?? undefined },
    ...{ verb, subject, outcome },
    before: before_json === null ? undefined : (JSON.parse(before_json) as unknown),
    after: after_json === null ? undefined : (JSON.parse(after_json) as unknown),
  };
}

/** Undefined where there is nothing to be said, or it cannot be. */
function jsonOf(value: unknown): string | undefined {
  try {
    // Undefined for what JSON does not know, whatever its types say.
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined || text.length <= MOST_CHARACTERS) return text;
    return JSON.stringify({ omitted: `${text.length} characters` });
  } catch {
    return undefined;
  }
}

/** PostgreSQL knows no text with NUL in it. */
const plain = (text: string) => text.replaceAll('\0', '').slice(0, LONGEST_TEXT);

function refuse(why: string): never {
  throw new HostError('inbox/bad-request', [why]);
}
