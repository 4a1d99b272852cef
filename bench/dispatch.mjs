// Cost of dispatch: server CPU per request and requests per second, one server per process on its own core, wrk on
// the other; in each round fresh processes, measured a second at a time in turn. What else the machine does can only add to a
// second, so a bar compares the best seconds of each; the ratio of the medians is printed beside it. Run: npm run bench:dispatch [-- --rounds 5 --seconds 3 --only REGEX --json FILE]
// Needs Linux with `taskset` and `wrk` (apt-get install wrk) and two idle cores.
import { fork, execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';

const run = promisify(execFile);
const here = import.meta.dirname;
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string' },
    json: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const scripts = mkdtempSync(path.join(tmpdir(), 'gatehouse-bench-'));
const LEAST_BUSY = 0.95;
const MOST_ATTEMPTS = 20;
const WARM_SECONDS = 2;

function lua(name, text) {
  const file = path.join(scripts, `${name}.lua`);
  writeFileSync(file, text);
  return file;
}
const post = lua(
  'post',
  `wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"items":[' .. string.rep('{"sku":"abcdef","quantity":12,"note":"x"},', 23) .. '{"sku":"abcdef"}]}'`,
);
const spread = (plugins) =>
  lua(
    `spread-${plugins}`,
    `local paths = {}
for i = 0, ${plugins - 1} do paths[i + 1] = wrk.format("GET", "/api/plugin/bench.p" .. i .. "/items/42") end
request = function() return paths[math.random(#paths)] end
init = function() for i = 0, ${plugins - 1} do paths[i + 1] = wrk.format("GET", "/api/plugin/bench.p" .. i .. "/items/42") end end`,
  );
const get = (index = 0) => ({ path: `/api/plugin/bench.p${index}/items/42` });
const echo = { path: '/api/plugin/bench.p0/echo', script: post };
const search = { path: '/api/plugin/bench.p0/items/42?limit=5&verbose=true' };

/** name → server arguments and load. */
const variants = {
  'raw GET': { server: ['raw'], load: get() },
  'fastify GET': { server: ['fastify'], load: get() },
  'express GET': { server: ['express'], load: get() },
  'declared GET': { server: ['declared'], load: get() },
  'declared GET, access lines': { server: ['logged'], load: get() },
  'declared GET, access lines and metrics': { server: ['observed'], load: get() },
  'router GET': { server: ['router'], load: get() },
  'last of 10,000 GET': { server: ['declared', '10000'], load: get(9999) },
  // The load of the spread ones is chosen by a script, which slows the generator itself: their like is this one.
  'declared GET, scripted': { server: ['declared'], load: { path: '/', script: spread(1) } },
  'spread over 1,000 GET': { server: ['declared', '1000'], load: { path: '/', script: spread(1000) } },
  'spread over 10,000 GET': { server: ['declared', '10000'], load: { path: '/', script: spread(10000) } },
  'raw POST': { server: ['raw'], load: echo },
  'fastify POST': { server: ['fastify'], load: echo },
  'express POST': { server: ['express'], load: echo },
  'declared POST': { server: ['declared'], load: echo },
  'router POST': { server: ['router'], load: echo },
  // The same checks, conversions and names that are left out, in zod here and in JSON Schema there.
  'typed GET': { server: ['typed'], load: search },
  'fastify GET, JSON schema': { server: ['checked'], load: search },
  'typed POST': { server: ['typed'], load: echo },
  'fastify POST, JSON schema': { server: ['checked'], load: echo },
};

/** Each bar of the project: figure, what it is divided by, and the limit; of an `added cpu`, what is taken from it, in µs. */
const bars = [
  ['cpu', 'declared GET', 'raw GET', '<=', 1.35],
  ['cpu', 'declared GET', 'fastify GET', '<=', 1.05],
  ['cpu', 'declared GET', 'express GET', '<=', 0.22],
  ['cpu', 'declared POST', 'raw POST', '<=', 1.35],
  ['cpu', 'router GET', 'express GET', '<=', 0.25],
  ['cpu', 'typed POST', 'fastify POST, JSON schema', '<=', 1.3],
  ['added cpu', 'declared GET, access lines and metrics', 'declared GET', '<=', 4],
  ['rps', 'last of 10,000 GET', 'declared GET', '>=', 0.93],
  ['rps', 'spread over 1,000 GET', 'declared GET, scripted', '>=', 0.88],
  ['rps', 'spread over 10,000 GET', 'declared GET, scripted', '>=', 0.72],
];

function once(child, ask) {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`server exited with ${code}`)));
    if (ask) child.send(ask);
  });
}

async function start([variant, count = '1']) {
  const child = fork(path.join(here, 'dispatch/server.mjs'), [variant, count], {
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  execFileSync('taskset', ['-a', '-p', '-c', '0', String(child.pid)], { stdio: 'ignore' });
  const { ready } = await once(child);
  execFileSync('taskset', ['-a', '-p', '-c', '0', String(child.pid)], { stdio: 'ignore' });
  return { child, port: ready };
}

async function load(port, { path: target, script }, seconds) {
  const args = ['-c', '1', 'wrk', '-t1', '-c64', `-d${seconds}s`, ...(script ? ['-s', script] : [])];
  const { stdout } = await run('taskset', [...args, `http://127.0.0.1:${port}${target}`]);
  const count = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  const failed = /Non-2xx|Socket errors/.exec(stdout);
  if (!count || failed) throw new Error(`a load run failed on ${target}:\n${stdout}`);
  return count;
}

/** A fresh process, warmed up. */
async function ready([name, { server, load: traffic }]) {
  const started = await start(server);
  await load(started.port, traffic, WARM_SECONDS);
  return { name, traffic, ...started };
}

/** One second of load. Void unless the server's core was busy. */
async function measure({ child, port, traffic }) {
  for (let attempt = 1; ; attempt += 1) {
    const before = await once(child, 'usage');
    const requests = await load(port, traffic, 1);
    const after = await once(child, 'usage');
    const cpu = after.cpuMicros - before.cpuMicros;
    const wall = after.atMicros - before.atMicros;
    // wrk is idle for a moment before and after; only the second it loaded counts.
    const busy = cpu / 1e6;
    if (busy >= LEAST_BUSY) return { cpu: cpu / requests, rps: (requests / wall) * 1e6 };
    if (attempt === MOST_ATTEMPTS)
      throw new Error(`the server's core was only ${(busy * 100).toFixed(0)} % busy, ${attempt} times`);
  }
}

/** All servers of a round are up at once, each idle but in its own seconds: what is compared is measured side by side. */
async function takeRound() {
  const servers = [];
  try {
    for (const variant of chosen) servers.push(await ready(variant));
    for (let second = 0; second < Number(options.seconds); second += 1)
      for (const server of servers) samples[server.name].push(await measure(server));
  } finally {
    for (const { child } of servers) {
      child.removeAllListeners('exit');
      child.kill('SIGKILL');
    }
  }
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const least = (numbers) => Math.min(...numbers);
const most = (numbers) => Math.max(...numbers);
const chosen = Object.entries(variants).filter(
  ([name]) => !options.only || new RegExp(options.only).test(name),
);
const samples = Object.fromEntries(chosen.map(([name]) => [name, []]));
for (let round = 1; round <= rounds; round += 1) {
  await takeRound();
  process.stderr.write(`round ${round} of ${rounds} done\n`);
}

const table = Object.fromEntries(
  Object.entries(samples).map(([name, runs]) => {
    const cpus = runs.map((r) => r.cpu);
    return [
      name,
      {
        'CPU µs/request': Number(median(cpus).toFixed(2)),
        range: `${least(cpus).toFixed(1)}–${most(cpus).toFixed(1)}`,
        'requests/s': Math.round(median(runs.map((r) => r.rps))),
      },
    ];
  }),
);
console.log(`Node ${process.version}, ${rounds} rounds of ${options.seconds} s, 64 connections`);
console.table(table);
const results = bars
  .filter(([, a, b]) => samples[a] && samples[b])
  .map(([figure, a, b, sense, limit]) => {
    const isAdded = figure === 'added cpu';
    const of = (choose) => {
      const [one, other] = [a, b].map((name) =>
        choose(samples[name].map((r) => r[isAdded ? 'cpu' : figure])),
      );
      return isAdded ? one - other : one / other;
    };
    const ratio = of(figure === 'rps' ? most : least);
    const held = sense === '<=' ? ratio <= limit : ratio >= limit;
    return {
      bar: `${figure}: ${a} ${isAdded ? '−' : '/'} ${b}`,
      [isAdded ? 'µs' : 'ratio']: Number(ratio.toFixed(3)),
      'of medians': Number(of(median).toFixed(3)),
      wanted: `${sense} ${limit}`,
      held,
    };
  });
if (results.length > 0) console.table(results);
const report = { node: process.version, rounds, seconds: Number(options.seconds), table, bars: results };
if (options.json) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
