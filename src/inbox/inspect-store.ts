import { existsSync } from 'node:fs';
import path from 'node:path';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import { Pool } from 'pg';
import { HostError, isHostError, toError } from '../core/errors';
import type { Inspection, StoreInspection } from '../core/ports/inspection';
import { calm, clientConfig, parseAddress, telling } from './postgres/address';
import { ServerClock } from './postgres/server-clock';
import { inspectSchema, type SchemaInspection } from './migrator';
import type { Schema } from './schema';
import Driver from './sqlite/driver.cjs';

/** Looks at the store that the settings name; a host may be using it. Nothing is made, and nothing changed. */
export const inspectStore: Inspection['store'] = ({ databaseUrl, data }) =>
  databaseUrl === undefined ? inspectFile(path.join(data, 'inbox.db')) : inspectServer(databaseUrl.reveal());

async function inspectFile(file: string): Promise<StoreInspection> {
  const common = { kind: 'sqlite', where: file, clockAheadMs: undefined } as const;
  if (!existsSync(file)) return { ...common, state: 'absent' };
  return orCannotOpen(file, async () => {
    const database = new Driver(file, { readonly: true, fileMustExist: true });
    const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
    try {
      return { ...common, state: stateOf(await inspectSchema(db, 'sqlite')) };
    } finally {
      await db.destroy();
    }
  });
}

async function inspectServer(url: string): Promise<StoreInspection> {
  const address = parseAddress(url);
  const where = `schema ${address.schema}`;
  const pool = calm(
    new Pool({
      ...clientConfig(address),
      max: 1,
      onConnect: telling(`SET search_path TO "${address.schema}"`),
    }),
  );
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  const clock = new ServerClock(pool);
  return orCannotOpen(where, async () => {
    try {
      await clock.start();
      const clockAheadMs = clock.now() - Date.now();
      return { kind: 'postgres', where, state: stateOf(await inspectSchema(db, 'postgres')), clockAheadMs };
    } finally {
      clock.stop();
      await db.destroy();
    }
  });
}

function stateOf({ schema, pending, known }: SchemaInspection): StoreInspection['state'] {
  if (schema === 0) return 'absent';
  if (schema > known) return 'newer';
  return pending > 0 ? 'older' : 'current';
}

async function orCannotOpen(where: string, look: () => Promise<StoreInspection>): Promise<StoreInspection> {
  try {
    return await look();
  } catch (thrown) {
    if (isHostError(thrown)) throw thrown;
    const { message } = toError(thrown);
    throw new HostError('inbox/cannot-open', [where, message === '' ? 'it does not answer' : message]);
  }
}
