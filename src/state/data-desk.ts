import { sql } from 'kysely';
import { HostError } from '../core/errors';
import { HOST_KEY } from '../core/host-key';
import type { CollectionSummary, DataDesk, DataFilter, StoredDocument } from '../core/ports/data-desk';
import type { Database } from '../core/ports/database';
import type { Page, PageRequest } from '../core/ports/inbox-desk';
import { placeOf, storedCollection, type CollectionPlace } from './collection-place';
import { statementOn } from './database-statement';

const MOST_COUNTED = 10_000;
const MOST_COLLECTIONS = 10_000;
/** Of a list: beyond it one asks by name. */
const MOST_LISTED = 500;
const SHOWN_CHARACTERS = 65_536;
/** Of one commit: it lies between those of senders. */
const STEP = 500;
const STANDARD_LIMIT = 50;
const MOST_AT_ONCE = 200;
/** After every text that begins with what stands before it. */
const BEYOND = '\u{10FFFF}';

/** What plugins keep, for operators: over the tables beside the inbox. */
export function createDataDesk(database: Database): DataDesk {
  return new StoredData(database);
}

class StoredData implements DataDesk {
  readonly #remove;
  readonly #clear;
  readonly #forget;

  constructor(private readonly database: Database) {
    const { kind } = database;
    const place = 'plugin = ? AND collection = ?';
    this.#remove = statementOn(kind, `DELETE FROM document WHERE ${place} AND id = ?`);
    this.#clear = statementOn(
      kind,
      `DELETE FROM document WHERE ${place} AND id IN
        (SELECT id FROM document WHERE ${place} ORDER BY id LIMIT ${STEP})`,
    );
    this.#forget = statementOn(kind, 'DELETE FROM cache WHERE plugin = ?');
  }

  async collections(plugin: string): Promise<readonly CollectionSummary[]> {
    const names = (await this.#names(plugin)).slice(0, MOST_LISTED);
    const counts = await Promise.all(names.map((name) => this.#count(plugin, name)));
    return names.map((name, index) => ({ ...placeOf(name), count: counts[index] ?? 0 }));
  }

  async documents(plugin: string, filter: DataFilter, page: PageRequest = {}): Promise<Page<StoredDocument>> {
    const { limit = STANDARD_LIMIT, after } = page;
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST_AT_ONCE)
      throw refusal(`limit is ${String(limit)} and must be from 1 to ${MOST_AT_ONCE}`);
    const names = await this.#meant(plugin, filter);
    if (names?.length === 0) return { items: [], next: undefined };
    let query = this.database.searcher
      .selectFrom('document')
      .select(['collection', 'id', 'version', 'created_at', 'updated_at'])
      .select(sql<string>`substr(data, 1, ${sql.lit(SHOWN_CHARACTERS)})`.as('data'))
      .where('plugin', '=', plugin)
      .orderBy('collection')
      .orderBy('id')
      .limit(limit);
    if (names !== undefined) query = query.where('collection', 'in', names);
    if (filter.id !== undefined)
      query = query.where('id', '>=', filter.id).where('id', '<', filter.id + BEYOND);
    if (after !== undefined) {
      const [collection, id] = cursorOf(after);
      query = query.where(sql<boolean>`(collection, id) > (${collection}, ${id})`);
    }
    const rows = await available(query.execute());
    const last = rows.length < limit ? undefined : rows.at(-1);
    return {
      items: rows.map(({ collection, id, version, created_at, updated_at, data }) => ({
        ...placeOf(collection),
        ...{ id, version: Number(version), data },
        ...{ createdAt: Number(created_at), updatedAt: Number(updated_at) },
      })),
      next: last && cursorAt(last.collection, last.id),
    };
  }

  async remove(plugin: string, collection: string, scope: string, id: string): Promise<boolean> {
    const stored = storedCollection({ collection, scope });
    if (stored === undefined) throw refusal(`"${scope}" is no scope; it is shown with its collection`);
    return (await this.#write(this.#remove(asPlugin(plugin), stored, id))) > 0;
  }

  async clear(plugin: string, collection?: string): Promise<number> {
    const own = asPlugin(plugin);
    let gone = 0;
    for (const name of (await this.#meant(own, { collection })) ?? (await this.#names(own))) {
      for (let step = STEP; step === STEP; gone += step)
        step = await this.#write(this.#clear(own, name, own, name));
    }
    if (collection === undefined) await this.#write(this.#forget(own));
    return gone;
  }

  /** The stored names of the collections a filter means; undefined: all. */
  async #meant(plugin: string, { collection, scope }: DataFilter): Promise<readonly string[] | undefined> {
    if (collection === undefined && scope === undefined) return undefined;
    const fits = (place: CollectionPlace) =>
      (collection === undefined || place.collection === collection) &&
      (scope === undefined || place.scope === scope);
    return (await this.#names(plugin)).filter((name) => fits(placeOf(name)));
  }

  /** From one name to the next by the primary key: however many documents there are, each collection costs one step. */
  async #names(plugin: string): Promise<readonly string[]> {
    const { rows } = await available(
      sql<{ collection: string }>`with recursive c(collection) as (
        select min(collection) from document where plugin = ${plugin}
        union all select (select min(d.collection) from document d
          where d.plugin = ${plugin} and d.collection > c.collection) from c where c.collection is not null)
        select collection from c where collection is not null limit ${sql.lit(MOST_COLLECTIONS)}`.execute(
        this.database.searcher,
      ),
    );
    return rows.map(({ collection }) => collection);
  }

  async #count(plugin: string, collection: string): Promise<number> {
    const { rows } = await available(
      sql<{ n: number }>`select count(*) as n from (select 1 from document
        where plugin = ${plugin} and collection = ${collection} limit ${sql.lit(MOST_COUNTED)}) counted`.execute(
        this.database.searcher,
      ),
    );
    return Number(rows[0]?.n ?? 0);
  }

  async #write(statement: Parameters<Database['write']>[0][number]): Promise<number> {
    const [result] = await this.database.write([statement]);
    return result?.changed ?? 0;
  }
}

/** What the host keeps for itself, runs of the agent among it, is nobody's data. @throws plugin/unknown */
function asPlugin(plugin: string): string {
  if (plugin === HOST_KEY) throw new HostError('plugin/unknown', [plugin]);
  return plugin;
}

const cursorAt = (...place: readonly [string, string]) =>
  Buffer.from(JSON.stringify(place)).toString('base64url');

function cursorOf(after: string): readonly [string, string] {
  try {
    const place: unknown = JSON.parse(Buffer.from(after, 'base64url').toString('utf8'));
    if (Array.isArray(place) && typeof place[0] === 'string' && typeof place[1] === 'string')
      return [place[0], place[1]];
  } catch {
    // Refused below.
  }
  throw refusal(`"${after.slice(0, 64)}" is no place to go on from`);
}

function refusal(why: string): HostError {
  return new HostError('inbox/bad-request', [why]);
}

async function available<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new HostError('inbox/unavailable', [], { cause });
  }
}
