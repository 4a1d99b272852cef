import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';

/** Where the run's supervisor listens; set by the global set-up, inherited by each worker. */
const SUPERVISOR_PORT = 'GATEHOUSE_TEST_POSTGRES_PORT';

/** A PostgreSQL server that ends with this process, however this process ends. */
export interface PostgresServer {
  /** Starts it where it does not run; its URL is always the same. */
  start(): Promise<string>;
  /** Ends it within seconds; the data stays. */
  stop(): Promise<void>;
  /** As a power cut. */
  kill(): Promise<void>;
  /** Ends it for good and removes its data. */
  close(): Promise<void>;
}
/** Something of one's own that stores can be opened on. */
export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A server of one's own, to stop and start; what only stores takes `createTestDatabase`. */
export async function openPostgres(options: { fsync?: boolean } = {}): Promise<PostgresServer> {
  const { child, port } = await spawnSupervisor(options.fsync === true);
  return {
    start: () => ask(port, '/start'),
    stop: async () => void (await ask(port, '/stop')),
    kill: async () => void (await ask(port, '/kill')),
    close: () => endSupervisor(child),
  };
}

/**
 * A schema of one's own, for one store or several: made by the first that opens it. Much quicker than a database. On the
 * server of this run; in the database of GATEHOUSE_TEST_DATABASE_URL where one is given.
 */
export async function createTestSchema(): Promise<TestDatabase> {
  const schema = `gatehouse_test_${randomBytes(6).toString('hex')}`;
  const server = await testServer();
  const url = new URL(server);
  url.searchParams.set('schema', schema);
  return { url: url.href, drop: () => run(server, `DROP SCHEMA IF EXISTS ${schema} CASCADE`) };
}

/** An empty database, for what a schema does not keep apart. */
export async function createTestDatabase(): Promise<TestDatabase> {
  return createDatabase(await testServer());
}

async function testServer(): Promise<string> {
  return process.env.GATEHOUSE_TEST_DATABASE_URL ?? (await ask(requirePort(), '/start'));
}

async function createDatabase(server: string): Promise<TestDatabase> {
  const name = `gatehouse_test_${randomBytes(6).toString('hex')}`;
  await run(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** For the global set-up: a server that starts when the first test asks for a database. */
export async function offerPostgres(): Promise<() => Promise<void>> {
  if (process.env.GATEHOUSE_TEST_DATABASE_URL !== undefined) return async () => {};
  const { child, port } = await spawnSupervisor(false);
  process.env[SUPERVISOR_PORT] = String(port);
  return () => endSupervisor(child);
}

async function endSupervisor(child: ChildProcess): Promise<void> {
  // Counted again: with nothing else left to wait for, the process would end here, before jest set its exit code.
  child.ref();
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
}

async function spawnSupervisor(fsync: boolean): Promise<{ child: ChildProcess; port: number }> {
  const script = path.join(__dirname, 'postgres-supervisor.mjs');
  // A group of its own: what ends the test run's group must not end it before the server.
  const child = spawn(process.execPath, [script, ...(fsync ? ['fsync'] : [])], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    // A run may end without closing it: the pipes alone must not keep the process.
    child.unref();
    for (const pipe of [child.stdin, child.stdout]) (pipe as unknown as { unref?(): void }).unref?.();
    return { child, port: Number(line) };
  }
  throw new Error('the PostgreSQL supervisor ended before it was ready');
}

function requirePort(): number {
  const port = Number(process.env[SUPERVISOR_PORT]);
  if (port > 0) return port;
  throw new Error('no PostgreSQL server is offered: run the tests with the project’s jest configuration');
}

async function ask(port: number, verb: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${verb}`, { method: 'POST' });
  const text = await response.text();
  if (!response.ok) throw new Error(`the PostgreSQL supervisor: ${text}`);
  return text;
}

async function run(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
