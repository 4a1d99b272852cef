// What operators wait for: each list of the operator API over real HTTP, on a SQLite store with 1,000,000 receipts, a job for
// each, dead letters with their attempts, and a full quarantine. Prints what one answer takes at least, mostly and at most.
// Run: npm run bench:operator-lists [-- --receipts 1000000 --rounds 20 --dist dist --keep FOLDER --json FILE]
// Needs `npm run build` before, some 2 GB of disk, and a core that is idle. `--keep` leaves the store for the next run.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const { values: options } = parseArgs({
  options: {
    receipts: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '20' },
    dist: { type: 'string', default: 'dist' },
    keep: { type: 'string' },
    json: { type: 'string' },
  },
});
const receipts = Number(options.receipts);
const rounds = Number(options.rounds);
const TOKEN = 'bench-token-0123456789abcdef0123456789';
const BAR_MS = 50;
const PLUGINS = 40;
const REFUSALS = 10_000;
const SERVED_MS = 60_000;
const dist = path.resolve(here, '..', options.dist);
const folder = options.keep ?? mkdtempSync(path.join(tmpdir(), 'gatehouse-lists-'));
const file = path.join(folder, 'inbox.db');

/** Rows are made by SQLite itself: a million of them in a minute. */
async function fill() {
  const { SqliteStore } = require(path.join(dist, 'inbox/sqlite/sqlite-store.js'));
  const store = await SqliteStore.open({ file });
  const names = Array.from({ length: PLUGINS }, (_, index) => ({
    ...{ plugin: `bench.p${index}`, name: 'POST /in', kind: 'endpoint' },
  }));
  await store.taskIds(names);
  await store.close();
  const Database = require(path.join(dist, 'inbox/sqlite/driver.cjs'));
  const database = new Database(file);
  database.pragma('synchronous = OFF');
  const meta = JSON.stringify({
    ...{ baseUrl: '/api/plugin/bench.p0', path: '/in', params: {}, requestId: 'r-1' },
    headers: ['Host', 'example.org', 'Content-Type', 'application/json', 'X-GitHub-Event', 'push'],
    verified: { scheme: 'github', secretId: 's1', at: 0, bodySigned: true },
  });
  const since = Date.now() - 30 * 86_400_000;
  const step = (30 * 86_400_000) / receipts;
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @receipts)`;
  const token = `substr(hex(randomblob(8)), 1, 16)`;
  const given = { receipts, since, step, meta };
  database.transaction(() => {
    database
      .prepare(
        `INSERT INTO receipt (id, token, task_id, received_at, method, target, meta, body_bytes, body_digest, ip,
          scheme, delivery_id, event, answer_status, body)
        ${numbers} SELECT i, ${token}, 1 + i % ${PLUGINS}, cast(@since + i * @step AS INTEGER), 'POST',
          '/api/plugin/bench.p0/in', @meta, 200, 'digest', '10.0.' || (i % 200) || '.1', 'github', 'd-' || i,
          CASE WHEN i % 3 THEN 'push' ELSE 'ping' END, 202, CAST('{"n":' || i || ',"x":"' || hex(randomblob(90)) || '"}' AS BLOB)
        FROM n`,
      )
      .run(given);
    database
      .prepare(
        `INSERT INTO job (id, token, state, run_at, priority, task_id, lane_head, receipt_id, attempt, created_at,
          started_at, ended_at, error)
        ${numbers} SELECT i, ${token}, CASE WHEN i % 997 = 0 THEN 5 WHEN i % 1999 = 0 THEN 1 ELSE 4 END,
          cast(@since + i * @step AS INTEGER), 0, 1 + i % ${PLUGINS}, 1, i, 1, cast(@since + i * @step AS INTEGER),
          cast(@since + i * @step AS INTEGER), cast(@since + i * @step AS INTEGER),
          CASE WHEN i % 997 = 0 THEN 'Error: it failed' END
        FROM n WHERE @meta IS NOT NULL`,
      )
      .run(given);
    for (let n = 1; n <= 3; n += 1)
      database
        .prepare(
          `INSERT INTO attempt (job_id, n, started_at, ended_at, outcome, error, node)
          SELECT id, ?, created_at, created_at, 'failed', error, 'n' FROM job WHERE state = 5`,
        )
        .run(n);
    database
      .prepare(
        `INSERT INTO refusal (token, plugin, name, scheme, reason, received_at, method, target, ip, request_id, weight,
          meta, body_bytes, body)
        ${numbers} SELECT ${token}, 'bench.p' || (i % ${PLUGINS}), 'POST /in', 'github',
          CASE WHEN i % 2 THEN 'bad_signature' ELSE 'missing_signature' END, @since + i * @step, 'POST', '/in',
          '10.0.0.1', 'q-' || i, 2000, @meta, 1000, randomblob(1000) FROM n`,
      )
      .run({ ...given, receipts: REFUSALS, since: Math.round(since), step: 1_000 });
  })();
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}

async function serve() {
  mkdirSync(path.join(folder, 'plugins'), { recursive: true });
  const args = ['serve', '--data', folder, '--plugins', path.join(folder, 'plugins'), '--port', '0'];
  const env = { ...process.env, NODE_ENV: 'production', GATEHOUSE_OPERATOR_TOKEN: TOKEN };
  const child = spawn(process.execPath, [path.join(dist, 'main.js'), ...args], {
    ...{
      env: { ...env, GATEHOUSE_RECEIPTS_KEEP_MS: '365d', GATEHOUSE_JOBS_KEEP_MS: '365d' },
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  });
  let text = '';
  const base = await new Promise((resolve, reject) => {
    const tooLate = setTimeout(() => reject(new Error(`the host does not answer: ${text}`)), SERVED_MS);
    child.once('exit', (code) => reject(new Error(`the host ended with ${code}: ${text}`)));
    child.stdout.on('data', (chunk) => {
      text = (text + chunk).slice(-4_000);
      const url = /http:\/\/[\w.[\]:]+:\d+/.exec(text);
      if (url === null) return;
      clearTimeout(tooLate);
      resolve(url[0]);
    });
  });
  return { base, stop: () => child.kill('SIGTERM') };
}

async function ask(base, verb) {
  const begun = performance.now();
  const response = await fetch(`${base}/api/operator/${verb}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  const body = await response.json();
  if (!response.ok) throw new Error(`${verb}: ${response.status} ${JSON.stringify(body)}`);
  return { ms: performance.now() - begun, body };
}

/** As the console asks. Those after the line look through bodies, which no index serves. */
async function lists(base) {
  const newest = await ask(base, 'inbox/receipts?limit=1');
  const [{ id }] = newest.body.items;
  const middle = Math.round(receipts / 2);
  const [from, to] = [Date.now() - 15 * 86_400_000, Date.now() - 14 * 86_400_000];
  return [
    'overview',
    'inbox/receipts?limit=200',
    `inbox/receipts?limit=200&after=${middle}`,
    'inbox/receipts?plugin=bench.p7',
    'inbox/receipts?plugin=bench.none',
    'inbox/receipts?states=dead',
    'inbox/receipts?states=dead&plugin=bench.p7',
    'inbox/receipts?states=waiting',
    'inbox/receipts?states=ready,running,later',
    `inbox/receipts?since=${from}&until=${to}`,
    `inbox/receipts?since=${Date.now() - 3_600_000}`,
    'inbox/receipts?since=9000000000000',
    'inbox/receipts?event=ping',
    'inbox/receipts?event=none',
    'inbox/receipts?ip=10.0.7.1',
    'inbox/receipts?ip=192.0.2.1',
    `inbox/receipts?deliveryId=d-${middle}`,
    'inbox/receipts?deliveryId=none',
    'inbox/jobs?limit=200',
    `inbox/jobs?limit=200&after=${middle}`,
    'inbox/jobs?states=dead',
    'inbox/jobs?states=dead&limit=200&plugin=bench.p7',
    'inbox/jobs?states=waiting',
    'inbox/jobs?states=cancelled',
    'inbox/jobs?states=ready,running',
    'inbox/jobs?plugin=bench.p7',
    'inbox/jobs?orphaned=true',
    `inbox/jobs?deliveryId=d-${middle}`,
    `inbox/jobs?since=${from}&until=${to}`,
    'inbox/jobs?lane=none',
    'inbox/attempts?limit=200',
    'inbox/attempts?plugin=bench.p7',
    `inbox/attempts?deliveryId=d-${middle}`,
    'inbox/counts',
    `inbox/receipts/${id}`,
    `deliveries/${id}`,
    'quarantine?limit=200',
    'quarantine?plugin=bench.p7',
    'quarantine/counts',
    'schedules',
    'audit',
    'tokens',
    'inbox/receipts?text=%22n%22%3A12345%2C',
    'inbox/jobs?text=nowhere',
  ];
}

async function main() {
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const begun = performance.now();
    await fill();
    process.stderr.write(`${receipts} receipts in ${Math.round((performance.now() - begun) / 1_000)} s\n`);
  }
  const host = await serve();
  const rows = [];
  try {
    for (const verb of await lists(host.base)) {
      const times = [];
      let problem;
      for (let round = 0; round < rounds && problem === undefined; round += 1)
        await ask(host.base, verb).then(
          ({ ms }) => times.push(ms),
          (error) => (problem = error.message.slice(0, 80)),
        );
      times.sort((a, b) => a - b);
      const figure = (at) => Number((times[at] ?? NaN).toFixed(1));
      const row = {
        list: verb.replace(/\d{13}/g, 't'),
        min: figure(0),
        median: figure(Math.floor(times.length / 2)),
      };
      rows.push({ ...row, max: figure(times.length - 1), ...(problem !== undefined && { problem }) });
      const over = row.median > BAR_MS ? `  over ${BAR_MS} ms` : '';
      console.log(
        `${row.list.padEnd(56)} min ${row.min}  median ${row.median}  max ${figure(times.length - 1)} ms${over}${problem ?? ''}`,
      );
    }
  } finally {
    host.stop();
    if (options.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);
}

await main();
