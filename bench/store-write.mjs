// What a write to `plugin.store` costs beside the raw database: the same rows put into the same table by a prepared INSERT, one
// transaction each, and 64 a transaction against 64 writers that each wait for theirs. Durable on both sides (synchronous=FULL,
// fsync). The bar is twice the raw cost; a row above it ends the run with 1.
// Run: npm run build && node bench/store-write.mjs [--postgres] [--url postgres://…] [--seconds 0.3] [--folder DIR] [--json FILE]
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { PostgresServer } from '../test/support/postgres-server.mjs';

const require = createRequire(import.meta.url);
const { Committer } = require('../dist/inbox/committer.js');
const { createDatabase } = require('../dist/inbox/database.js');
const { createDocuments } = require('../dist/state/documents.js');
const { values: options } = parseArgs({
  options: {
    postgres: { type: 'boolean', default: false },
    url: { type: 'string' },
    seconds: { type: 'string', default: '0.3' },
    folder: { type: 'string', default: tmpdir() },
    json: { type: 'string' },
  },
});
const SECONDS = Number(options.seconds);
const ROUNDS = 15;
const WRITERS = 64;
const MOST = 2;
const PLUGIN = 'bench.store';
const ORDER = {
  customer: { email: 'ann@example.org', name: 'Ann Example' },
  lines: Array.from({ length: 4 }, (_, n) => ({ sku: `SKU-${n}`, count: n + 1, price: 9.99 })),
  note: 'as usual, to the back door',
};
const INSERT =
  'INSERT INTO document (plugin, collection, id, version, data, created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?, ?)';

const folder = mkdtempSync(path.join(options.folder, 'gatehouse-store-write-'));
const server = new PostgresServer({ fsync: true });
const rows = [];
try {
  await compare('SQLite', await onSqlite());
  if (options.postgres) await compare('PostgreSQL', await onPostgres(options.url ?? (await server.start())));
} finally {
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);
process.exitCode = rows.every(({ ratio }) => ratio <= MOST) ? 0 : 1;

/** Interleaved, so that a busy moment of the machine hits both. */
async function compare(name, { store, raw, close }) {
  const committer = new Committer(store, console);
  const documents = createDocuments({ database: createDatabase(store, committer) }).of(PLUGIN);
  const write = () => documents.create('orders', ORDER);
  const measures = [
    ['one after the other', () => raw(1), write, 1],
    [`${WRITERS} in flight`, () => raw(WRITERS), write, WRITERS],
  ];
  for (const [what, rawWrite, ownWrite, writers] of measures) {
    const costs = { raw: [], own: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      costs.raw.push(await costOf(rawWrite, 1, writers));
      costs.own.push(await costOf(ownWrite, writers, 1));
    }
    const [rawMicros, ownMicros] = [median(costs.raw), median(costs.own)];
    const row = {
      database: name,
      what,
      rawMicros,
      ownMicros,
      ratio: Number((ownMicros / rawMicros).toFixed(2)),
    };
    rows.push(row);
    console.log(
      `${name.padEnd(11)} ${what.padEnd(20)} raw ${rawMicros.toFixed(1).padStart(7)} µs, store ${ownMicros.toFixed(1).padStart(7)} µs a write: ${row.ratio} ×`,
    );
  }
  await committer.flushed();
  await close();
}

/** µs a row, of `writers` that each repeat `write`, which writes `count` rows. */
async function costOf(write, writers, count) {
  const from = performance.now();
  const until = from + SECONDS * 1_000;
  let written = 0;
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (; performance.now() < until; written += count) await write();
    }),
  );
  return ((performance.now() - from) * 1_000) / written;
}

function values() {
  const id = randomBytes(12).toString('base64url');
  const now = Date.now();
  return [PLUGIN, 'raw', id, JSON.stringify({ ...ORDER, id }), now, now];
}

async function onSqlite() {
  const { SqliteStore } = require('../dist/inbox/sqlite/sqlite-store.js');
  const { DatabaseFile } = require('../dist/inbox/sqlite/database-file.js');
  const store = await SqliteStore.open({ file: path.join(folder, 'own.db') });
  // Its own file with the same tables and the same settings: SQLite has one writer.
  const file = path.join(folder, 'raw.db');
  await (await SqliteStore.open({ file })).close();
  const opened = DatabaseFile.open(file, { create: false });
  const insert = opened.connection.prepare(INSERT);
  const many = opened.connection.transaction((count) => {
    for (let n = 0; n < count; n += 1) insert.run(...values());
  });
  return {
    store,
    raw: (count) => (count === 1 ? insert.run(...values()) : many.immediate(count)),
    close: async () => {
      opened.close();
      await store.close();
    },
  };
}

async function onPostgres(url) {
  const { openPostgresStore } = require('../dist/inbox/postgres/open-postgres-store.js');
  const { Client } = require('pg');
  const { store } = await openPostgresStore(url);
  // As the store's own connections: statements are sent ahead of the answers to those before.
  const client = new Client({ connectionString: url, pipeline: true });
  await client.connect();
  const schema = new URL(url).searchParams.get('schema') ?? 'gatehouse';
  await client.query(`SET search_path TO "${schema}"; SET synchronous_commit TO on`);
  let number = 0;
  const text = INSERT.replace(/\?/g, () => `$${(number += 1)}`);
  const insert = () => client.query({ name: 'insert', text, values: values() });
  return {
    store,
    raw: async (count) => {
      if (count === 1) return insert();
      const answers = [
        client.query('BEGIN'),
        ...Array.from({ length: count }, insert),
        client.query('COMMIT'),
      ];
      return Promise.all(answers);
    },
    close: async () => {
      await client.end();
      await store.close();
    },
  };
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}
