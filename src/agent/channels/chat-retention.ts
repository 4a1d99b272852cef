import { sql } from 'kysely';
import type { Logger } from 'winston';
import { toError } from '../../core/errors';
import type { Database } from '../../core/ports/database';

export interface ChatRetentionParts {
  readonly database: Database;
  readonly keepMs: number;
  readonly logger: Logger;
}

const ROUND_MS = 10 * 60_000;
/** Removed by one commit: it lies between those of senders. */
const STEP = 500;
const PAUSE_MS = 25;
/** Of one chat, and of all: plugins choose the chat keys, so both need a bound. */
const MESSAGES_PER_CHAT = 10_000;
const MESSAGES = 100_000;
/** Rows of 256 KiB: 2 GiB. */
const ATTACHMENT_PARTS = 8_192;
const PARTS_STEP = 64;
/** What is not sent yet outlives what is; after this its job is gone, by an operator's hand. */
const QUEUED_MS = 30 * 86_400_000;

/**
 * Keeps the history of chats from growing without end: by age, and by count, oldest first. Messages that are not sent yet
 * stay for longer. What is attached goes with its message. Several hosts may do it at once.
 */
export class ChatRetention {
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #round: Promise<void> | undefined;

  constructor(private readonly parts: ChatRetentionParts) {
    this.#arm();
  }

  /** Resolves once no step is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  /** One round. Never rejects: what it did not get to, the next one finds. */
  run(): Promise<void> {
    return (this.#round ??= this.#tidy()
      .catch((error: unknown) => {
        this.parts.logger.warn(`cleaning up chats stopped half-way: ${toError(error).message}`);
      })
      .finally(() => (this.#round = undefined)));
  }

  #arm(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.run().then(() => this.#arm()), ROUND_MS);
    this.#timer.unref();
  }

  async #tidy(): Promise<void> {
    const { database, keepMs } = this.parts;
    const now = database.now();
    await this.#remove(sql`at < ${now - keepMs} and state <> 'queued'`);
    await this.#remove(sql`at < ${now - keepMs - QUEUED_MS}`);
    await this.#keepBelow(MESSAGES, undefined);
    const { rows } = await sql<{ chat_key: string }>`select chat_key from chat_message group by chat_key
      having count(*) > ${sql.lit(MESSAGES_PER_CHAT)}`.execute(database.searcher);
    for (const { chat_key } of rows) await this.#keepBelow(MESSAGES_PER_CHAT, chat_key);
    await this.#removeAttachments(now - keepMs);
  }

  /** The oldest beyond `most` go, of one chat where it is given. */
  async #keepBelow(most: number, chatKey: string | undefined): Promise<void> {
    const place = await this.parts.database.searcher
      .selectFrom('chat_message')
      .select('id')
      .$if(chatKey !== undefined, (query) => query.where('chat_key', '=', chatKey ?? ''))
      .orderBy('id', 'desc')
      .limit(1)
      .offset(most)
      .executeTakeFirst();
    if (place === undefined) return;
    const own = chatKey === undefined ? sql`` : sql`and chat_key = ${chatKey}`;
    await this.#remove(sql`id <= ${Number(place.id)} and state <> 'queued' ${own}`);
  }

  async #remove(which: ReturnType<typeof sql>): Promise<void> {
    const { database } = this.parts;
    while (!this.#isClosed) {
      const statement = sql`delete from chat_message where id in (
        select id from chat_message where ${which} order by at limit ${sql.lit(STEP)})`;
      const [result] = await database.write([statement.compile(database.reader)]);
      if ((result?.changed ?? 0) < STEP) return;
      await pause();
    }
  }

  /** Those whose message is gone, and the oldest of too many. A message that lost its file says so when it is to be sent. */
  async #removeAttachments(before: number): Promise<void> {
    await this.#removeParts(
      sql`at < ${before} and not exists (select 1 from chat_message where chat_message.token = attachment.token)`,
    );
    const { searcher } = this.parts.database;
    const { rows } = await sql<{ at: number | string }>`select at from attachment order by at desc
      limit 1 offset ${sql.lit(ATTACHMENT_PARTS)}`.execute(searcher);
    if (rows[0] !== undefined) await this.#removeParts(sql`at <= ${Number(rows[0].at)}`);
  }

  async #removeParts(which: ReturnType<typeof sql>): Promise<void> {
    const { database } = this.parts;
    while (!this.#isClosed) {
      const { rows } = await sql<{ token: string; part: number }>`select token, part from attachment
        where ${which} order by at limit ${sql.lit(PARTS_STEP)}`.execute(database.searcher);
      if (rows.length === 0) return;
      const statements = rows.map(({ token, part }) =>
        sql`delete from attachment where token = ${token} and part = ${Number(part)}`.compile(
          database.reader,
        ),
      );
      await database.write(statements);
      await pause();
    }
  }
}

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, PAUSE_MS));
