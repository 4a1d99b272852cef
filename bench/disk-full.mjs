// A whole host whose disk fills up under load: its data folder is a small tmpfs. Counts what it answered before, while and
// after the disk was full, then looks for everything it acknowledged. Exits with 1 when something was lost or answered
// otherwise than 202 or 503 with Retry-After, and with 2 where nothing can be mounted (it takes root, on Linux).
// Run: npm run build && node bench/disk-full.mjs [--mebibytes 24] [--senders 32] [--json FILE]
import { execFileSync } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SECRET } from './inbox/plugin.mjs';
import { freshFolder, startServer } from './inbox/processes.mjs';
import { pushBody } from './inbox/push.mjs';

const Database = createRequire(import.meta.url)('../dist/inbox/sqlite/driver.cjs');
const { values: options } = parseArgs({
  options: {
    mebibytes: { type: 'string', default: '24' },
    senders: { type: 'string', default: '32' },
    json: { type: 'string' },
  },
});
/** The load goes on so long with the disk full, and again with room. */
const PHASE_MS = 3_000;
const PATIENCE_MS = 60_000;
const body = pushBody();
const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;

const folder = freshFolder();
mount(Number(options.mebibytes));
const faults = [];
const acknowledged = new Set();
const answers = {};
let server = await startServer('accept', { folder });
// However this ends: a host that is killed lets the folder go.
process.on('exit', () => {
  execFileSync('umount', ['--lazy', folder]);
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
try {
  const report = await fillAndMakeRoom();
  await stopServer();
  report.integrity = integrityOf(path.join(folder, 'data', 'inbox.db'));
  if (report.integrity !== 'ok') faults.push(`the database says ${report.integrity}`);
  console.log({ node: process.version, mebibytes: Number(options.mebibytes), ...report });
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ ...report, faults }, undefined, 2)}\n`);
} finally {
  await stopServer();
}
for (const fault of faults) console.error(`FAILED: ${fault}`);
console.log(faults.length === 0 ? 'Nothing acknowledged was lost.' : '');
process.exit(faults.length === 0 ? 0 : 1);

async function stopServer() {
  const running = server;
  server = undefined;
  await running?.stop();
}

async function fillAndMakeRoom() {
  answers.before = {};
  await load('before', () => answers.before[503] !== undefined);
  const stored = acknowledged.size;
  answers.full = {};
  await load('full', after(PHASE_MS));
  const health = (await fetch(`${server.base}/healthz`)).status;
  if (health !== 200) faults.push(`a full disk made /healthz answer ${health}`);
  const acknowledgedFull = acknowledged.size - stored;
  if (!(answers.full[503] > 0)) faults.push('the disk was never full');

  mount(Number(options.mebibytes) * 4, 'remount,');
  const madeAt = performance.now();
  answers.recovering = {};
  await load('recovering', () => answers.recovering[202] !== undefined);
  const recoveredMs = Math.round(performance.now() - madeAt);
  answers.after = {};
  await load('after', after(PHASE_MS));
  if (answers.after[503] !== undefined) faults.push('it refused what there was room for again');

  const lost = await missing();
  if (lost > 0)
    faults.push(`${lost} of ${acknowledged.size} acknowledged deliveries are not there, or not worked`);
  return { answers, acknowledged: acknowledged.size, acknowledgedFull, health, recoveredMs, lost };
}

/** All senders at once, each with one delivery after the other, until `isOver`. */
async function load(phase, isOver) {
  const deadline = performance.now() + PATIENCE_MS;
  await Promise.all(
    Array.from({ length: Number(options.senders) }, async () => {
      while (!isOver()) {
        if (performance.now() > deadline) throw new Error(`the phase "${phase}" does not end`);
        await deliver(answers[phase]);
      }
    }),
  );
}

async function deliver(counts) {
  const response = await fetch(`${server.base}${server.path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': signature,
    },
    body,
  });
  const text = await response.text();
  counts[response.status] = (counts[response.status] ?? 0) + 1;
  if (response.status === 202) acknowledged.add(response.headers.get('location'));
  else if (response.status !== 503) faults.push(`a delivery was answered ${response.status}: ${text}`);
  else if (!(Number(response.headers.get('retry-after')) > 0)) faults.push('a 503 came without Retry-After');
}

/** Of everything acknowledged, what its status resource does not call done in the end. */
async function missing() {
  let left = [...acknowledged];
  const deadline = performance.now() + PATIENCE_MS;
  while (left.length > 0 && performance.now() < deadline) {
    const undone = [];
    for (const location of left) {
      const response = await fetch(new URL(location, server.base));
      const { state } = response.ok ? await response.json() : { state: await response.text() };
      if (state !== 'succeeded') undone.push(location);
    }
    left = undone;
    if (left.length > 0) await sleep(500);
  }
  return left.length;
}

/** After a kill, as the next host would find it. */
function integrityOf(file) {
  const database = new Database(file);
  const said = database.pragma('integrity_check', { simple: true });
  const { receipts } = database.prepare('SELECT count(*) AS receipts FROM receipt').get();
  database.close();
  return receipts < acknowledged.size ? `${receipts} receipts` : said;
}

function after(ms) {
  const at = performance.now() + ms;
  return () => performance.now() > at;
}

function mount(mebibytes, how = '') {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `${how}size=${mebibytes}m,mode=0700`, 'tmpfs', folder], {
      stdio: 'pipe',
    });
  } catch (error) {
    console.error(
      `A tmpfs cannot be mounted here, which takes root on Linux: ${String(error.stderr ?? error).trim()}`,
    );
    rmSync(folder, { recursive: true, force: true });
    process.exit(2);
  }
}
