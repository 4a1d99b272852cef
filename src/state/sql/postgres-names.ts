import { createHash } from 'node:crypto';
import type { PluginKey } from '../../core/plugin-key';

/** PostgreSQL cuts longer ones, silently. */
const MOST_BYTES = 63;
const HASH_CHARACTERS = 12;

export interface OwnNames {
  /** In the host's database. */
  readonly schema: string;
  /** In the whole server, which may hold other hosts' databases. */
  readonly role: string;
}

/**
 * The names of a plugin's schema and role; to be written as quoted identifiers. Neither host schemas nor keys hold a `:`, so no
 * two pairs of them have the same name.
 */
export function ownNames(key: PluginKey, hostSchema: string, database: string): OwnNames {
  const schema = fitting(`${hostSchema}:${key}`);
  const where = digestOf([database, hostSchema, key]);
  return { schema, role: `${schema.slice(0, MOST_BYTES - HASH_CHARACTERS - 1)}:${where}` };
}

function fitting(name: string): string {
  if (name.length <= MOST_BYTES) return name;
  return `${name.slice(0, MOST_BYTES - HASH_CHARACTERS - 1)}:${digestOf([name])}`;
}

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, HASH_CHARACTERS);
}
