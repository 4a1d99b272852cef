import { sql, type Selectable } from 'kysely';
import { HostError } from '../../core/errors';
import type { Database, StateSchema } from '../../core/ports/database';
import type { HistoryEntry, HistoryPage } from '../../core/ports/channels-desk';
import type { Rate } from '../../core/declaration';

type Row = Selectable<StateSchema['chat_message']>;

/** A message as its row is first written. */
export interface NewMessage {
  readonly id: string;
  readonly chatKey: string;
  readonly from: string;
  readonly direction: 'in' | 'out';
  readonly kind: 'text' | 'system' | 'file' | 'image';
  readonly text: string;
  readonly attachment?: HistoryEntry['attachment'];
  readonly at: number;
}
export interface ChatSummary {
  readonly chatKey: string;
  readonly messages: { readonly all: number; readonly queued: number; readonly failed: number };
  readonly lastAt: number;
}

const PAGE_STANDARD = 100;
const PAGE_MOST = 1_000;
const CHATS_MOST = 1_000;
const ERROR_CHARACTERS = 1_000;

/**
 * What was said in chats. A row is written once its message's job is stored, and by that job when it finds none: the job is
 * what counts, so a host that dies between the two leaves no row without a job, and a job without a row only until it runs.
 */
export class ChatHistory {
  /** `changed` is called after rows were added here. */
  constructor(
    private readonly database: Database,
    private readonly changed: () => void,
  ) {}

  /** Rows that are not there yet. @throws inbox/unavailable */
  async add(messages: readonly NewMessage[], job?: string): Promise<void> {
    await this.database.write(messages.map((message) => this.#insert(message, job)));
    this.changed();
  }

  /** As `add`; answers the state it has. @throws inbox/unavailable */
  async claim(message: NewMessage, job: string): Promise<HistoryEntry['state']> {
    const state = this.database.reader
      .updateTable('chat_message')
      .set({ job })
      .where('token', '=', message.id)
      .returning('state');
    const [, updated] = await this.database.write([this.#insert(message, job), state.compile()]);
    this.changed();
    return ((updated?.rows[0] as Pick<Row, 'state'> | undefined)?.state ?? 'queued') as HistoryEntry['state'];
  }

  /** What became of a message. @throws inbox/unavailable */
  async mark(id: string, state: HistoryEntry['state'], error: string | undefined): Promise<void> {
    const update = this.database.reader
      .updateTable('chat_message')
      .set({
        state,
        error: error?.slice(0, ERROR_CHARACTERS) ?? null,
        ...(state === 'sent' && { sent_at: this.database.now() }),
      })
      .where('token', '=', id);
    await this.database.write([update.compile()]);
  }

  /** Milliseconds until a chat may be sent to again: all hosts' messages count. 0: now. */
  async waitMsOf(chatKey: string, rate: Rate): Promise<number> {
    const row = await this.database.reader
      .selectFrom('chat_message')
      .select('sent_at')
      .where('chat_key', '=', chatKey)
      .where('sent_at', 'is not', null)
      .orderBy('sent_at', 'desc')
      .limit(1)
      .offset(rate.requests - 1)
      .executeTakeFirst();
    if (row === undefined) return 0;
    return Math.max(0, Number(row.sent_at) + rate.perMs - this.database.now());
  }

  /** Oldest first. @throws channel/bad-request */
  async page(chatKey: string, limit = PAGE_STANDARD, before?: string): Promise<HistoryPage> {
    const most = Number.isInteger(limit) ? Math.min(Math.max(limit, 1), PAGE_MOST) : PAGE_STANDARD;
    const place = before === undefined ? undefined : placeIn(before);
    const rows = await this.database.reader
      .selectFrom('chat_message')
      .selectAll()
      .where('chat_key', '=', chatKey)
      .$if(place !== undefined, (query) =>
        query.where(sql<boolean>`(at, id) < (${sql.lit(place?.at ?? 0)}, ${sql.lit(place?.id ?? 0)})`),
      )
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(most + 1)
      .execute();
    const items = rows.slice(0, most);
    const last = items.at(-1);
    const isMore = rows.length > most && last !== undefined;
    return { items: items.reverse().map(entryOf), before: isMore ? `${last.at}-${last.id}` : undefined };
  }

  async find(id: string): Promise<HistoryEntry | undefined> {
    const row = await this.database.reader
      .selectFrom('chat_message')
      .selectAll()
      .where('token', '=', id)
      .executeTakeFirst();
    return row === undefined ? undefined : entryOf(row);
  }

  /** Those written to, most recent first. */
  async chats(): Promise<readonly ChatSummary[]> {
    const count = (state: string) => sql<number>`sum(case when state = ${sql.lit(state)} then 1 else 0 end)`;
    const rows = await this.database.searcher
      .selectFrom('chat_message')
      .groupBy('chat_key')
      .select(({ fn }) => ['chat_key', fn.countAll().as('all'), fn.max('at').as('last')])
      .select([count('queued').as('queued'), count('failed').as('failed')])
      .orderBy('last', 'desc')
      .limit(CHATS_MOST)
      .execute();
    return rows.map(({ chat_key, all, queued, failed, last }) => ({
      chatKey: chat_key,
      messages: { all: Number(all), queued: Number(queued), failed: Number(failed) },
      lastAt: Number(last),
    }));
  }

  #insert({ id, chatKey, from, direction, kind, text, attachment, at }: NewMessage, job: string | undefined) {
    return this.database.reader
      .insertInto('chat_message')
      .values({
        ...{ token: id, chat_key: chatKey, sender: from, direction, kind, text, at },
        attachment: attachment === undefined ? null : JSON.stringify(attachment),
        state: direction === 'in' ? 'received' : 'queued',
        error: null,
        job: job ?? null,
        sent_at: null,
      })
      .onConflict((conflict) => conflict.column('token').doNothing())
      .compile();
  }
}

/** A row as operators see it. */
export function entryOf(row: Row): HistoryEntry {
  return {
    ...{ id: row.token, chatKey: row.chat_key, from: row.sender, direction: row.direction, kind: row.kind },
    text: row.text,
    ...(row.attachment !== null && {
      attachment: JSON.parse(row.attachment) as NonNullable<HistoryEntry['attachment']>,
    }),
    at: Number(row.at),
    state: row.state as HistoryEntry['state'],
    error: row.error ?? undefined,
    job: row.job ?? undefined,
    sentAt: row.sent_at === null ? undefined : Number(row.sent_at),
  };
}

/** @throws channel/bad-request */
function placeIn(before: string): { readonly at: number; readonly id: number } {
  const [, at, id] = /^(\d{1,15})-(\d{1,15})$/.exec(before) ?? [];
  if (at === undefined || id === undefined)
    throw new HostError('channel/bad-request', ['before is no place that a page named']);
  return { at: Number(at), id: Number(id) };
}
