// What the store alone does, without HTTP: receipts (with headers, a body of 1 KiB, dedupe key and job) by size of
// batch, jobs claimed and settled, and the same with many receipts stored already. One row a measurement; the rates
// hang on the disk's fsync, the CPU does not.
// Run: npm run build && node bench/store.mjs [--store sqlite|postgres] [--url postgres://…] [--seconds 2] [--receipts 1000000] [--json FILE]
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { PostgresServer } from '../test/support/postgres-server.mjs';

const require = createRequire(import.meta.url);
const { values: options } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    url: { type: 'string' },
    seconds: { type: 'string', default: '2' },
    receipts: { type: 'string', default: '0' },
    folder: { type: 'string', default: tmpdir() },
    json: { type: 'string' },
  },
});
const SECONDS = Number(options.seconds);
const WINDOW_MS = 72 * 3_600_000;
const NOTHING = { accepts: [], enqueues: [], answers: [], settles: [], extensions: [], commands: [] };
const BODY = Buffer.alloc(1_024, '{"ref":"refs/heads/main"}');
const DIGEST = createHash('sha256').update(BODY).digest('base64url');
const META = JSON.stringify({
  headers: Array.from({ length: 20 }, (_, index) => [
    `x-header-${index}`,
    `a value of some length ${index}`,
  ]).flat(),
});
const rows = [];
/** What the next batch settles, of each task. */
const held = new Map();
const folder = mkdtempSync(path.join(options.folder, 'gatehouse-store-'));
/** Its own where no --url is given; fsync on. */
const postgres = new PostgresServer({ fsync: true });
const store = await openStore();
const [endpoint, task] = await store.taskIds([
  { plugin: 'bench.store', name: 'POST /github', kind: 'endpoint' },
  { plugin: 'bench.store', name: 'noop', kind: 'task' },
]);
console.log(`node ${process.version}, ${await version()}, ${store.parallel} commit(s) in flight`);

try {
  for (const size of [1, 8, 32, 64]) await report(`accept, batch ${size}`, () => accepting(size));
  for (const size of [16, 64, 256]) await report(`claim and settle, batch ${size}`, () => working(size));
  if (Number(options.receipts) > 0) await withMany(Number(options.receipts));
} finally {
  await store.close();
  await postgres.remove();
  rmSync(folder, { recursive: true, force: true });
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);

async function openStore() {
  if (options.store === 'postgres') {
    const url = options.url ?? (await postgres.start());
    return (await require('../dist/inbox/postgres/open-postgres-store.js').openPostgresStore(url)).store;
  }
  return require('../dist/inbox/sqlite/sqlite-store.js').SqliteStore.open({
    file: path.join(folder, 'bench.db'),
  });
}

async function version() {
  const { sql } = require('kysely');
  const query =
    store.kind === 'sqlite' ? sql`select 'SQLite ' || sqlite_version() as v` : sql`select version() as v`;
  return (await query.execute(store.reader)).rows[0].v;
}

async function withMany(count) {
  let stored = Number(
    (
      await store.reader
        .selectFrom('receipt')
        .select((eb) => eb.fn.countAll().as('n'))
        .execute()
    )[0].n,
  );
  for (; stored < count; stored += 500) await store.commit({ ...NOTHING, accepts: acceptances(500) });
  await drain(endpoint);
  console.log(`with ${stored.toLocaleString('en')} receipts stored:`);
  for (const size of [1, 8, 32, 64]) await report(`accept, batch ${size}`, () => accepting(size), stored);
  await drain(endpoint);
  for (const size of [16, 64, 256])
    await report(`claim and settle, batch ${size}`, () => working(size), stored);
  await reading(stored);
}

/** Operators read while deliveries arrive: how long a page takes, and how long the event loop stood still. */
async function reading(stored) {
  const page = async () => {
    const from = performance.now();
    const below = Math.floor(Math.random() * stored);
    await store.reader
      .selectFrom('receipt')
      .select(['id', 'token', 'task_id', 'received_at', 'method', 'target', 'ip', 'event'])
      .where('task_id', '=', endpoint)
      .where('id', '<', below)
      .orderBy('id', 'desc')
      .limit(50)
      .execute();
    return performance.now() - from;
  };
  const times = [];
  for (let count = 0; count < 100; count += 1) times.push(await page());
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const until = performance.now() + SECONDS * 1_000;
  let heavy = 0;
  const counting = (async () => {
    for (; performance.now() < until; heavy += 1)
      await store.reader
        .selectFrom('receipt')
        .select((eb) => eb.fn.countAll().as('n'))
        .where('meta', 'like', '%nowhere%')
        .execute();
  })();
  for (; performance.now() < until;) {
    await store.commit({ ...NOTHING, accepts: acceptances(32) });
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  delays.disable();
  await counting;
  times.sort((a, b) => a - b);
  console.log(
    `a page of 50: p50 ${times[50].toFixed(1)} ms, p99 ${times[98].toFixed(1)} ms; ` +
      `event loop while ${heavy} searches through everything ran: p99 ${(delays.percentile(99) / 1e6).toFixed(1)} ms, longest ${(delays.max / 1e6).toFixed(1)} ms`,
  );
}

async function report(name, measure, stored = 0) {
  const { count, seconds, cpuMicros, longestMs, madeMicros = 0 } = await measure();
  const row = {
    name,
    stored,
    perSecond: Math.round(count / seconds),
    cpuMicros: Number((cpuMicros / count - madeMicros).toFixed(1)),
    longestMs: Number(longestMs.toFixed(1)),
  };
  rows.push(row);
  console.log(
    `${name.padEnd(28)} ${row.perSecond.toLocaleString('en').padStart(9)}/s  ${String(row.cpuMicros).padStart(6)} µs CPU each  longest commit ${row.longestMs} ms`,
  );
}

/** Runs rounds, `store.parallel` at once, until the time is up. */
async function repeat(round) {
  let count = 0;
  let longestMs = 0;
  const cpu = process.cpuUsage();
  const from = performance.now();
  const until = from + SECONDS * 1_000;
  await Promise.all(
    Array.from({ length: store.parallel }, async () => {
      for (;;) {
        const begun = performance.now();
        if (begun >= until) return;
        const done = await round();
        longestMs = Math.max(longestMs, performance.now() - begun);
        if (done === 0) return;
        count += done;
      }
    }),
  );
  const { user, system } = process.cpuUsage(cpu);
  return { count, seconds: (performance.now() - from) / 1_000, cpuMicros: user + system, longestMs };
}

/** Making the operations is not storing: they are made before, and the time it takes to make one is not counted. */
async function accepting(size) {
  const result = await repeat(async () => {
    await store.commit({ ...NOTHING, accepts: acceptances(size) });
    return size;
  });
  const cpu = process.cpuUsage();
  for (let count = 0; count < 200; count += 1) acceptances(100);
  const { user, system } = process.cpuUsage(cpu);
  return { ...result, madeMicros: (user + system) / 20_000 };
}

async function working(size) {
  const jobs = Math.ceil((SECONDS * 400_000) / 3);
  for (let made = 0; made < jobs; made += 1_000)
    await store.commit({ ...NOTHING, enqueues: Array.from({ length: 1_000 }, () => job(task)) });
  const result = await repeat(() => work(task, size));
  await drain(task);
  return result;
}

/** One batch settles what the batch before claimed. */
async function work(taskId, size) {
  const leaseUntil = store.now() + 60_000;
  const slot = held.get(taskId) ?? [];
  held.set(taskId, []);
  const settles = slot.map(succeeded);
  const claim = { node: 'bench', leaseUntil, wants: [{ taskId, most: size }] };
  const { claimed } = await store.commit({ ...NOTHING, settles, claim });
  held.get(taskId).push(...claimed);
  return settles.length + (settles.length === 0 && claimed.length > 0 ? 1 : 0);
}

async function drain(taskId) {
  while ((await work(taskId, 1_000)) > 0);
}

function acceptances(count) {
  return Array.from({ length: count }, () => {
    const deliveryId = randomUUID();
    return {
      receipt: {
        token: randomBytes(12).toString('base64url'),
        taskId: endpoint,
        receivedAt: Date.now(),
        method: 'POST',
        target: '/api/plugin/bench.store/github',
        meta: META,
        body: BODY,
        bodyDigest: DIGEST,
        ip: '127.0.0.1',
        scheme: 'github',
        deliveryId,
        event: 'push',
        answerStatus: undefined,
        replayOf: undefined,
      },
      dedupe: { taskId: endpoint, key: deliveryId, windowMs: WINDOW_MS },
      jobs: [job(endpoint)],
    };
  });
}

function job(taskId) {
  return {
    token: randomBytes(12).toString('base64url'),
    taskId,
    payload: undefined,
    runAt: 0,
    priority: 0,
    lane: undefined,
    dedupe: undefined,
    held: undefined,
    receiptId: undefined,
  };
}

function succeeded({ id, ticket }) {
  return {
    jobId: id,
    ticket,
    next: { state: 'succeeded' },
    at: 2,
    startedAt: 1,
    outcome: 'succeeded',
    error: undefined,
    writes: [],
    enqueues: [],
  };
}
