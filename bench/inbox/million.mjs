// What a store with 1,000,000 receipts costs: ingest, claims, pages for operators, and the event loop meanwhile.
import { createHash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { load, startServer } from './processes.mjs';
import { pushBody } from './push.mjs';
import { workedHere } from './work.mjs';

const require = createRequire(import.meta.url);
const BATCH = 500;
const JOBS = 20_000;
const PAGES = 40;
const LEAST_BUSY = 0.9;
const MOST_ATTEMPTS = 5;
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const round = (number) => Number(number.toFixed(2));

/** Receipts of today, each with its dedupe key and a job that is done, into the data folder of a host. */
export async function fillMillion(folder, receipts) {
  const { SqliteStore } = require('../../dist/inbox/sqlite/sqlite-store.js');
  const { newToken } = require('../../dist/inbox/public-id.js');
  const Database = require('../../dist/inbox/sqlite/driver.cjs');
  const file = path.join(folder, 'data', 'inbox.db');
  const store = await SqliteStore.open({ file });
  const [taskId] = await store.taskIds([{ plugin: 'bench.inbox', name: 'POST /in', kind: 'endpoint' }]);
  const body = pushBody();
  const bodyDigest = createHash('sha256').update(body).digest('base64url');
  const meta = metaOf(body);
  const empty = { enqueues: [], answers: [], settles: [], extensions: [], commands: [], claim: undefined };
  for (let stored = 0; stored < receipts; stored += BATCH) {
    const accepts = Array.from({ length: BATCH }, () => {
      const deliveryId = randomBytes(16).toString('hex');
      const receipt = {
        ...{
          token: newToken(),
          taskId,
          receivedAt: store.now(),
          method: 'POST',
          target: '/api/plugin/bench.inbox/in',
        },
        ...{ meta, body, bodyDigest, ip: '127.0.0.1', scheme: 'github', deliveryId, event: 'push' },
      };
      const job = { token: newToken(), taskId, payload: undefined, runAt: store.now(), priority: 0 };
      return { receipt, dedupe: { taskId, key: deliveryId, windowMs: 72 * 3_600_000 }, jobs: [job] };
    });
    await store.commit({ ...empty, accepts });
    if ((stored / BATCH) % 200 === 0) process.stderr.write(`\r${stored} receipts stored`);
  }
  await store.close();
  const database = new Database(file);
  database.exec('UPDATE job SET state = 4, started_at = created_at, ended_at = created_at');
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
  process.stderr.write(`\r${receipts} receipts stored\n`);
}

const metaOf = (body) =>
  JSON.stringify({
    baseUrl: '/api/plugin/bench.inbox',
    path: '/in',
    params: {},
    headers: [
      ...[
        'Host',
        '127.0.0.1:8021',
        'Content-Type',
        'application/json',
        'Content-Length',
        String(body.length),
      ],
      ...['X-GitHub-Event', 'push', 'X-Hub-Signature-256', `sha256=${'0'.repeat(64)}`],
      ...['X-GitHub-Delivery', '0'.repeat(32)],
    ],
    requestId: '0'.repeat(16),
  });

/** Against an empty store, round by round. */
export async function measureMillion(folder, { seconds, rounds, judge }) {
  const [ingest, claims] = [[], []];
  for (let number = 0; number < rounds; number += 1) {
    const empty = await rate(() => startServer('accept'), seconds);
    ingest.push((await rate(() => startServer('accept', { folder }), seconds)) / empty);
    const before = await workedHere(await startServer('accept'), JOBS);
    claims.push((await workedHere(await startServer('accept', { folder }), JOBS)) / before);
  }
  const reading = await read(await startServer('accept', { folder }), seconds);
  judge('1,000,000 receipts', [
    ['ingest against an empty store', median(ingest), '>=', 0.7],
    ['claims against an empty store', median(claims), '>=', 0.9],
    ['ms of a page, the slowest', reading.slowestPageMs, '<=', 50],
    ['ms of the event loop while ingesting and reading, p99', reading.loopP99Ms, '<=', 20],
    ['the same without reading', reading.loopAloneP99Ms, '', ''],
  ]);
  return { ingest, claims, ...reading };
}

/** Requests a second of a run in which the server's core had nothing else to do. */
async function rate(start, seconds) {
  for (let attempt = 1; ; attempt += 1) {
    const server = await start();
    try {
      await server.operator('POST', 'inbox/pause', { plugin: 'bench.inbox', name: 'POST /in' });
      await load(server, 1);
      const before = await server.usage();
      const { count } = await load(server, seconds);
      const after = await server.usage();
      const busy = (after.cpuMicros - before.cpuMicros) / (seconds * 1e6);
      if (busy >= LEAST_BUSY || attempt === MOST_ATTEMPTS) return count / seconds;
    } finally {
      await server.stop();
    }
  }
}

/** Pages of an operator on an idle host; then the event loop while deliveries come in and operators search. */
async function read(server, seconds) {
  try {
    await server.operator('POST', 'inbox/pause', { plugin: 'bench.inbox', name: 'POST /in' });
    const pages = [];
    for (const list of [
      'receipts?limit=50',
      'receipts?limit=50&plugin=bench.inbox',
      'jobs?limit=50&states=succeeded',
    ])
      for (let page = 0, after = ''; page < PAGES / 4; page += 1) {
        const startedAt = performance.now();
        const { next } = await server.operator('GET', `inbox/${list}${after}`);
        pages.push(performance.now() - startedAt);
        after = `&after=${next}`;
      }
    await load(server, 1);
    await server.usage();
    await load(server, seconds);
    const alone = await server.usage();
    let isOver = false;
    const reading = (async () => {
      let reads = 0;
      for (; !isOver; reads += 1)
        await server.operator(
          'GET',
          reads % 10 === 0 ? 'inbox/receipts?text=nothing-like-it' : 'inbox/receipts?limit=200',
        );
      return reads;
    })();
    await load(server, seconds);
    const both = await server.usage();
    isOver = true;
    const reads = await reading;
    return {
      slowestPageMs: round(Math.max(...pages)),
      pageMs: round(median(pages)),
      loopP99Ms: round(both.loopP99Ms),
      loopAloneP99Ms: round(alone.loopP99Ms),
      reads,
    };
  } finally {
    await server.stop();
  }
}
