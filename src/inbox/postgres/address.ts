import { Client, types, type ClientBase, type ClientConfig, type CustomTypesConfig, type Pool } from 'pg';
import { HostError } from '../../core/errors';

/** Where the database is. Carries the password: never printed, never part of an error. */
export interface Address {
  readonly connectionString: string;
  /** Holds all tables; `gatehouse` unless the URL says `?schema=`. */
  readonly schema: string;
}

const SCHEMA = /^[a-z_][a-z0-9_]{0,47}$/;
/** Until a server that does not answer counts as gone. */
const CONNECT_MS = 5_000;
/** So that a connection that says little, such as the listening one, learns that its server is gone. */
const KEEP_ALIVE_MS = 10_000;
/** Of one statement on the server; a little later the connection is given up from this side. */
const STATEMENT_MS = 10_000;
const ANSWER_MS = 12_000;

/** @throws inbox/bad-database-url, which does not repeat it */
export function parseAddress(url: string): Address {
  const [given] = new URLSearchParams(/\?([^#]*)/.exec(url)?.[1] ?? '').getAll('schema');
  const schema = given ?? 'gatehouse';
  if (!SCHEMA.test(schema))
    throw new HostError('inbox/bad-database-url', [
      'schema must be lower-case letters, digits and _, at most 48, beginning with a letter or _',
    ]);
  try {
    void new Client({ connectionString: url });
  } catch {
    // What is thrown may quote the URL.
    throw new HostError('inbox/bad-database-url', ['it is not postgres://user:password@host:5432/database']);
  }
  return { connectionString: url, schema };
}

/** Whole numbers as numbers: ours stay below 2^53. */
const numbers: CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text') =>
    oid === types.builtins.INT8 || oid === types.builtins.NUMERIC
      ? Number
      : types.getTypeParser(oid, format)) as CustomTypesConfig['getTypeParser'],
};

export function clientConfig({ connectionString }: Address): ClientConfig {
  return {
    connectionString,
    types: numbers,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'gatehouse',
  };
}

/** For whole statements of a transaction sent ahead, without waiting for each answer. */
export function commitConfig(address: Address): ClientConfig {
  return { ...clientConfig(address), pipeline: true, query_timeout: ANSWER_MS };
}

/** What each connection is told first. Lanes rely on read committed: what was locked is seen as it is by then. Not as start-up options: poolers in between refuse them. */
export function sessionSettings({ schema }: Address): string {
  return `SET search_path TO "${schema}"; SET statement_timeout TO ${STATEMENT_MS}; SET TIME ZONE 'UTC'; SET default_transaction_isolation TO 'read committed'`;
}

/**
 * For commits. Durable whatever the server's default. The planner is kept to the indexes made for these statements: it
 * has no statistics yet when a table grows from empty to a million rows, and its plans are kept for the connection's life.
 */
export function commitSettings(address: Address): string {
  return [
    sessionSettings(address),
    'SET synchronous_commit TO on',
    // A host that vanished in mid-transaction must not hold its locks for long.
    `SET idle_in_transaction_session_timeout TO ${STATEMENT_MS}`,
    'SET plan_cache_mode TO force_generic_plan',
    'SET jit TO off',
    ...['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin'].map((plan) => `SET enable_${plan} TO off`),
  ].join('; ');
}

/** A pool's `onConnect`, which it awaits though its type does not say so: tells each new connection what it is told first. */
export function telling(text: string): (client: ClientBase) => void {
  return ((client: ClientBase) => client.query(text)) as (client: ClientBase) => void;
}

/** A connection that breaks tells whoever waits for its answer; nobody else needs to hear, and unheard it would throw. */
export function calm(pool: Pool): Pool {
  const ignore = () => {};
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  return pool;
}
