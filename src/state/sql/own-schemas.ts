import { readdirSync } from 'node:fs';
import path from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { HostError, toError } from '../../core/errors';
import { parsePluginKey, type PluginKey } from '../../core/plugin-key';
import type { Secret } from '../../core/secret';
import { ownNames, type OwnNames } from './postgres-names';
import { roleSpace, wordsOf } from './postgres-roles';

export interface OwnSchema extends OwnNames {
  readonly key: PluginKey;
}

/** The schemas of plugins in a host's PostgreSQL, as the host's own user sees them: on one connection, until `close`. */
export class OwnSchemas {
  readonly client: Client;
  readonly #hostSchema: string;

  private constructor(databaseUrl: Secret) {
    const url = databaseUrl.reveal();
    // As the inbox reads it.
    this.#hostSchema = new URLSearchParams(/\?([^#]*)/.exec(url)?.[1] ?? '').get('schema') ?? 'gatehouse';
    this.client = new Client({ connectionString: url });
    this.client.on('error', () => {}); // whoever waits for an answer is told
  }

  /** @throws inbox/unavailable, as everything here may */
  static async open(databaseUrl: Secret): Promise<OwnSchemas> {
    const schemas = new OwnSchemas(databaseUrl);
    try {
      await schemas.client.connect();
      return schemas;
    } catch (thrown) {
      await schemas.close();
      throw new HostError('inbox/unavailable', [], { cause: wordsOf(thrown) });
    }
  }

  namesOf(key: PluginKey): OwnSchema {
    return { key, ...ownNames(key, this.#hostSchema, this.client.database ?? '') };
  }

  /**
   * Those with tables. A name too long for PostgreSQL is told by the plugins' folders in `data`, the host's data folder, and by
   * the passwords of their roles, which all hosts of the database share.
   * @throws sql/unavailable for one that nothing there explains
   */
  async list(data: string): Promise<readonly OwnSchema[]> {
    const prefix = `${this.#hostSchema}:`;
    const rows = await this.#ask<{ name: string }>(
      `SELECT n.nspname::text AS name FROM pg_namespace n WHERE starts_with(n.nspname, $1) AND ${HAS_TABLES} ORDER BY 1`,
      [prefix],
    );
    const known = [...keysIn(data), ...(await this.#keysWithRoles())];
    const bySchema = new Map(known.map((key) => [this.namesOf(key).schema, key]));
    return rows.map(({ name }) => {
      const key = parsePluginKey(name.slice(prefix.length)) ?? bySchema.get(name);
      if (key !== undefined) return this.namesOf(key);
      const why = `no folder in ${path.join(data, 'plugins')} and no password of a role says whose it is; drop it if the plugin is gone for good`;
      throw new HostError('sql/unavailable', [`the schema ${name}`, why]);
    });
  }

  async #keysWithRoles(): Promise<PluginKey[]> {
    const table = `${escapeIdentifier(this.#hostSchema)}.shared`;
    const [found] = await this.#ask<{ name: string | null }>('SELECT to_regclass($1)::text AS name', [table]);
    if (typeof found?.name !== 'string') return [];
    const rows = await this.#ask<{ name: string }>(`SELECT name FROM ${table} WHERE space = $1`, [
      roleSpace.space,
    ]);
    return rows.flatMap(({ name }) => parsePluginKey(name) ?? []);
  }

  async hasTables(key: PluginKey): Promise<boolean> {
    const found = `SELECT 1 FROM pg_namespace n WHERE n.nspname = $1 AND ${HAS_TABLES}`;
    return (await this.#ask(found, [this.namesOf(key).schema])).length > 0;
  }

  /** In a transaction, which `keep` ends; what is closed before keeps them. @throws sql/unavailable */
  async drop(keys: readonly PluginKey[]): Promise<void> {
    await this.#ask('BEGIN');
    for (const key of keys) {
      const name = escapeIdentifier(this.namesOf(key).schema);
      await this.client.query(`DROP SCHEMA IF EXISTS ${name} CASCADE`).catch((thrown: unknown) => {
        throw new HostError('sql/unavailable', [key, toError(thrown).message], { cause: wordsOf(thrown) });
      });
    }
  }

  async keep(): Promise<void> {
    await this.#ask('COMMIT');
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => {});
  }

  async #ask<Row extends object>(text: string, values: readonly string[] = []): Promise<Row[]> {
    try {
      return (await this.client.query<Row>(text, [...values])).rows;
    } catch (thrown) {
      throw new HostError('inbox/unavailable', [], { cause: wordsOf(thrown) });
    }
  }
}

/** Those that have a folder in the host's data folder. */
export function keysIn(data: string): PluginKey[] {
  try {
    return readdirSync(path.join(data, 'plugins')).flatMap((name) => parsePluginKey(name) ?? []);
  } catch {
    return []; // no plugin keeps anything
  }
}

const HAS_TABLES = `EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p'))`;
