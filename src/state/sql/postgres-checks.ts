import { escapeIdentifier, type Client } from 'pg';

interface Named {
  readonly table: string;
  readonly name: string;
}

/**
 * `act` within the transaction that runs, foreign keys looked at once after it, and triggers not at all: what they wrote is among
 * the rows. Both are as they were then.
 */
export async function withoutChecks(client: Client, schema: string, act: () => Promise<void>): Promise<void> {
  const { rows: keys } = await client.query<Named & { deferrable: boolean; deferred: boolean }>(KEYS, [
    schema,
  ]);
  const { rows: triggers } = await client.query<Named & { mode: 'O' | 'A' | 'R' }>(TRIGGERS, [schema]);
  const alter = (table: string, what: string) =>
    client.query(`ALTER TABLE ${escapeIdentifier(schema)}.${escapeIdentifier(table)} ${what}`);
  // What the migrations left to be looked at: no table is altered before.
  await client.query('SET CONSTRAINTS ALL IMMEDIATE');
  for (const { table, name } of keys)
    await alter(table, `ALTER CONSTRAINT ${escapeIdentifier(name)} DEFERRABLE INITIALLY DEFERRED`);
  for (const { table, name } of triggers) await alter(table, `DISABLE TRIGGER ${escapeIdentifier(name)}`);
  await client.query('SET CONSTRAINTS ALL DEFERRED');
  await act();
  await client.query('SET CONSTRAINTS ALL IMMEDIATE');
  for (const { table, name, deferrable, deferred } of keys) {
    const how = `${deferrable ? '' : 'NOT '}DEFERRABLE INITIALLY ${deferred ? 'DEFERRED' : 'IMMEDIATE'}`;
    await alter(table, `ALTER CONSTRAINT ${escapeIdentifier(name)} ${how}`);
  }
  for (const { table, name, mode } of triggers)
    await alter(table, `ENABLE ${ENABLED[mode]}TRIGGER ${escapeIdentifier(name)}`);
}

const ENABLED = { O: '', A: 'ALWAYS ', R: 'REPLICA ' } as const;

const KEYS = `
  SELECT c.relname::text AS table, k.conname::text AS name, k.condeferrable AS deferrable, k.condeferred AS deferred
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND k.contype = 'f' AND k.conparentid = 0`;

const TRIGGERS = `
  SELECT c.relname::text AS table, t.tgname::text AS name, t.tgenabled::text AS mode
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND NOT c.relispartition AND c.relkind IN ('r', 'p')`;
