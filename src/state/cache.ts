import { callFor, type Actor } from '../core/actor';
import type { Clock } from '../core/clock';
import { HostError, isHostError } from '../core/errors';
import type { PluginKey } from '../core/plugin-key';
import type { Cache } from '../core/ports/cache';
import type { Database } from '../core/ports/database';
import type { Logger } from 'winston';
import { CachePurge } from './cache-purge';
import { statementOn } from './database-statement';

export interface CacheParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The caches of all plugins. */
export interface Caches {
  /** What is made for `remember` is called for `actor`. */
  of(plugin: PluginKey, actor: Actor): Cache;
  /** Removes what is over its time, now. Never rejects. */
  purge(): Promise<void>;
  /** Resolves once nothing is being removed any more. */
  close(): Promise<void>;
}

const KEY_CHARACTERS = 512;
const UNWRITABLE = /[\0\p{Surrogate}]/u;
const VALUE_BYTES = 1024 ** 2;
const STANDARD_MS = 3_600_000;
const MOST_MS = 366 * 86_400_000;

/** Over the table beside the inbox; what is over its time is removed by and by. */
export function createCaches(parts: CacheParts): Caches {
  const statements = statementsOn(parts.database.kind);
  const purge = new CachePurge(parts);
  purge.start();
  return {
    of: (plugin, actor) => new PluginCache(plugin, actor, parts, statements),
    purge: () => purge.run(),
    close: () => purge.stop(),
  };
}

type Statements = ReturnType<typeof statementsOn>;
function statementsOn(kind: Database['kind']) {
  return {
    put: statementOn(
      kind,
      `INSERT INTO cache (plugin, name, value, expires_at) VALUES (?, ?, ?, ?)
      ON CONFLICT (plugin, name) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`,
    ),
    remove: statementOn(kind, 'DELETE FROM cache WHERE plugin = ? AND name = ? RETURNING expires_at'),
  };
}

/** Of one generation of a plugin: what one waits to be made for ever ends with it. */
class PluginCache implements Cache {
  /** As JSON: each that waits gets a value of its own. */
  readonly #making = new Map<string, Promise<string | undefined>>();

  constructor(
    private readonly plugin: PluginKey,
    private readonly actor: Actor,
    private readonly parts: CacheParts,
    private readonly statements: Statements,
  ) {}

  readonly get = async <T = unknown>(key: string): Promise<T | undefined> =>
    parse<T>(await this.#read(requireKey(key)));

  readonly set = async (
    key: string,
    value: unknown,
    options: { readonly ttlMs?: number } = {},
  ): Promise<void> => {
    // A number alone is most likely seconds, or the milliseconds of another cache: it is not guessed.
    if (typeof options !== 'object' || (options as unknown) === null) throw badTtl();
    const { ttlMs = STANDARD_MS } = options;
    const text = toText(requireKey(key), value);
    requireTtl(ttlMs);
    // Nothing is what a key has that is not there.
    if (text === undefined) await this.delete(key);
    else await this.#write(key, text, ttlMs);
  };

  readonly delete = async (key: string): Promise<boolean> => {
    const remove = this.statements.remove(this.plugin, requireKey(key));
    const [removed] = (await this.parts.database.write([remove]))[0]?.rows ?? [];
    const until = (removed as { expires_at: number } | undefined)?.expires_at;
    return until !== undefined && Number(until) > this.parts.clock.now();
  };

  readonly remember = async <T>(key: string, ttlMs: number, make: () => T | Promise<T>): Promise<T> => {
    requireKey(key);
    requireTtl(ttlMs);
    let making = this.#making.get(key);
    if (making === undefined) {
      making = this.#make(key, ttlMs, make).finally(() => this.#making.delete(key));
      this.#making.set(key, making);
    }
    return parse<T>(await making) as T;
  };

  /** A cache that cannot be reached keeps nobody from what it would have held. */
  async #make(key: string, ttlMs: number, make: () => unknown): Promise<string | undefined> {
    const kept = await this.#read(key).catch(onlyUnavailable);
    if (kept !== undefined) return kept;
    const text = toText(key, await callFor(this.actor, make));
    if (text !== undefined)
      await this.#write(key, text, ttlMs).catch((error: unknown) => {
        onlyUnavailable(error);
        this.parts.logger.warn(`"${key}" could not be cached: nothing can be stored`, {
          plugin: this.plugin,
        });
      });
    return text;
  }

  async #read(key: string): Promise<string | undefined> {
    const { database, clock } = this.parts;
    try {
      const row = await database.reader
        .selectFrom('cache')
        .select('value')
        .where('plugin', '=', this.plugin)
        .where('name', '=', key)
        .where('expires_at', '>', clock.now())
        .executeTakeFirst();
      return row?.value;
    } catch (cause) {
      throw new HostError('inbox/unavailable', [], { cause });
    }
  }

  async #write(key: string, text: string, ttlMs: number): Promise<void> {
    const until = Math.ceil(this.parts.clock.now() + ttlMs);
    await this.parts.database.write([this.statements.put(this.plugin, key, text, until)]);
  }
}

function onlyUnavailable(error: unknown): undefined {
  if (!isHostError(error) || error.code !== 'inbox/unavailable') throw error;
  return undefined;
}

function requireKey(key: unknown): string {
  if (typeof key === 'string' && key !== '' && key.length <= KEY_CHARACTERS && !UNWRITABLE.test(key))
    return key;
  throw new HostError('cache/bad-key', [KEY_CHARACTERS]);
}

function requireTtl(ttlMs: unknown): void {
  if (typeof ttlMs !== 'number' || !(ttlMs > 0 && ttlMs <= MOST_MS)) throw badTtl();
}

/** Undefined for what JSON leaves out. */
function toText(key: string, value: unknown): string | undefined {
  const text = JSON.stringify(value) as string | undefined;
  if (text !== undefined && Buffer.byteLength(text) > VALUE_BYTES)
    throw new HostError('cache/too-large', [key, VALUE_BYTES]);
  return text;
}

function parse<T>(text: string | undefined): T | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

const badTtl = () => new HostError('cache/bad-ttl', [MOST_MS]);
