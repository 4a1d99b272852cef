// Bytes on disk of one delivery, by table: its receipt with the headers GitHub sends, its dedupe key and its worked job.
// Measures stores of its own, of both kinds, or one that is there (read only; a host may be at work on it).
// Run: npm run build && node bench/receipt-bytes.mjs [--receipts 20000] [--body 1024] [--file data/inbox.db | --url postgres://…] [--json FILE]
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { PostgresServer } from '../test/support/postgres-server.mjs';

const require = createRequire(import.meta.url);
const Database = require('../dist/inbox/sqlite/driver.cjs');
const { Client } = require('pg');
const { values: options } = parseArgs({
  options: {
    receipts: { type: 'string', default: '20000' },
    body: { type: 'string', default: '1024' },
    file: { type: 'string' },
    url: { type: 'string' },
    json: { type: 'string' },
  },
});
const NOTHING = { accepts: [], enqueues: [], answers: [], settles: [], extensions: [], commands: [] };
const BATCH = 200;
const WINDOW_MS = 72 * 3_600_000;

const token = () => randomBytes(12).toString('base64url');
const digestOf = (body) => createHash('sha256').update(body).digest('base64url');

const measured = {};
if (options.file !== undefined) measured[options.file] = ofFile(options.file);
else if (options.url !== undefined) measured.PostgreSQL = await ofSchema(options.url);
else await ofOwnStores();
for (const [name, { receipts, jobs, total, tables }] of Object.entries(measured)) {
  console.log(
    `\n${name}: ${receipts.toLocaleString('en')} receipts, ${jobs.toLocaleString('en')} jobs, ${Math.round(total / receipts).toLocaleString('en')} bytes on disk per receipt`,
  );
  for (const [table, bytes] of Object.entries(tables).sort(([, a], [, b]) => b - a))
    console.log(
      `  ${table.padEnd(14)}${Math.round(bytes / receipts)
        .toLocaleString('en')
        .padStart(8)}`,
    );
}
if (options.json !== undefined) {
  const perReceipt = Object.fromEntries(
    Object.entries(measured).map(([name, { total, receipts }]) => [name, Math.round(total / receipts)]),
  );
  const document = { bodyBytes: Number(options.body), perReceipt, measured };
  writeFileSync(options.json, `${JSON.stringify(document, undefined, 2)}\n`);
}

async function ofOwnStores() {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-receipt-bytes-'));
  const postgres = new PostgresServer({ fsync: true });
  try {
    const file = path.join(folder, 'inbox.db');
    await fill(await require('../dist/inbox/sqlite/sqlite-store.js').SqliteStore.open({ file }));
    measured.SQLite = ofFile(file);
    const url = await postgres.start();
    await fill((await require('../dist/inbox/postgres/open-postgres-store.js').openPostgresStore(url)).store);
    measured.PostgreSQL = await ofSchema(url);
  } finally {
    await postgres.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As a host does it: batches that store some and settle those claimed before. */
async function fill(store) {
  const [taskId] = await store.taskIds([{ plugin: 'bench.bytes', name: 'POST /in', kind: 'endpoint' }]);
  let held = [];
  for (let left = Number(options.receipts); left > 0 || held.length > 0; left -= BATCH) {
    const accepts = Array.from({ length: Math.max(0, Math.min(BATCH, left)) }, () => delivery(store, taskId));
    const claim = {
      node: 'bench',
      leaseUntil: store.now() + 60_000,
      wants: [{ taskId, most: BATCH }],
    };
    const { claimed } = await store.commit({ ...NOTHING, accepts, settles: held.map(succeeded), claim });
    held = claimed;
  }
  await store.close();
}

function delivery(store, taskId) {
  const deliveryId = randomBytes(16).toString('hex');
  // Random text, since nothing is to be gained from how well one body repeated a thousand times can be packed.
  const body = Buffer.from(
    randomBytes(Number(options.body)).toString('base64').slice(0, Number(options.body)),
  );
  const receipt = {
    ...{
      token: token(),
      taskId,
      receivedAt: store.now(),
      method: 'POST',
      target: '/api/plugin/bench.bytes/in',
    },
    ...{ meta: metaOf(deliveryId, body.length), body, bodyDigest: digestOf(body), ip: '140.82.115.1' },
    ...{ scheme: 'github', deliveryId, event: 'push', answerStatus: 202, replayOf: undefined },
  };
  const job = { token: token(), taskId, payload: undefined, runAt: 0, priority: 0 };
  return { receipt, dedupe: { taskId, key: deliveryId, windowMs: WINDOW_MS }, jobs: [job] };
}

/** The headers of a delivery of GitHub's. @see https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers */
function metaOf(deliveryId, bodyBytes) {
  const headers = {
    Host: 'plugins.example.org',
    'Content-Length': String(bodyBytes),
    Accept: '*/*',
    'Content-Type': 'application/json',
    'User-Agent': 'GitHub-Hookshot/044aadd',
    'X-GitHub-Delivery': deliveryId,
    'X-GitHub-Event': 'push',
    'X-GitHub-Hook-ID': '292430182',
    'X-GitHub-Hook-Installation-Target-ID': '79929171',
    'X-GitHub-Hook-Installation-Target-Type': 'repository',
    'X-Hub-Signature': `sha1=${'7'.repeat(40)}`,
    'X-Hub-Signature-256': `sha256=${'7'.repeat(64)}`,
  };
  const meta = { baseUrl: '/api/plugin/bench.bytes', path: '/in', params: {} };
  return JSON.stringify({ ...meta, headers: Object.entries(headers).flat(), requestId: '0'.repeat(16) });
}

function succeeded({ id, ticket }) {
  const at = Date.now();
  return {
    ...{ jobId: id, ticket, next: { state: 'succeeded' }, at, startedAt: at, outcome: 'succeeded' },
    ...{ error: undefined, writes: [], enqueues: [] },
  };
}

/** The tables, each with its indexes; pages that are free inside the file are a table of their own. */
function ofFile(file) {
  const database = new Database(file, { readonly: true });
  const one = (text) => database.prepare(text).pluck().get();
  const tables = {};
  const rows = database
    .prepare(
      `SELECT coalesce(s.tbl_name, d.name) AS name, sum(d.pgsize) AS bytes
       FROM dbstat d LEFT JOIN sqlite_schema s ON s.name = d.name WHERE d.aggregate = 1 GROUP BY 1`,
    )
    .all();
  for (const { name, bytes } of rows) add(tables, name, bytes);
  tables.free = one('PRAGMA freelist_count') * one('PRAGMA page_size');
  const total = one('PRAGMA page_count') * one('PRAGMA page_size');
  const counted = { receipts: one('SELECT count(*) FROM receipt'), jobs: one('SELECT count(*) FROM job') };
  database.close();
  return { ...counted, total, tables };
}

async function ofSchema(given) {
  const schema = new URL(given).searchParams.get('schema') ?? 'gatehouse';
  const client = new Client({ connectionString: given });
  await client.connect();
  const tables = {};
  const { rows } = await client.query(
    `SELECT tablename AS name, pg_total_relation_size(format('%I.%I', schemaname, tablename)::regclass) AS bytes
     FROM pg_tables WHERE schemaname = $1`,
    [schema],
  );
  for (const { name, bytes } of rows) add(tables, name, Number(bytes));
  const count = async (table) =>
    Number((await client.query(`SELECT count(*) AS n FROM "${schema}".${table}`)).rows[0].n);
  const counted = { receipts: await count('receipt'), jobs: await count('job') };
  await client.end();
  return { ...counted, total: Object.values(tables).reduce((sum, bytes) => sum + bytes, 0), tables };
}

/** Tables of days count as one, small ones as the rest. */
function add(tables, name, bytes) {
  const known = ['receipt', 'receipt_body', 'job', 'attempt'].includes(name);
  const kind = name.startsWith('dedupe_') ? 'dedupe keys' : known ? name : 'the rest';
  tables[kind] = (tables[kind] ?? 0) + bytes;
}
