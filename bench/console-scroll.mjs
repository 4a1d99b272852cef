// How a list of 100,000 deliveries scrolls: a SQLite store with that many receipts, the built host, and Chromium on the page
// Deliveries. The wheel is turned down from the top; then the list is dragged to its end, page after page; then the wheel is
// turned up from there. Prints of each how long frames took (p50, p95, at most), how many rows went by in a second, and how
// many were in the page at most.
// Run: npm run bench:console-scroll [-- --receipts 100000 --turns 300 --dist dist --json FILE]
// Needs `npm run build` before, Chromium (node scripts/browser.mjs), and a machine that is idle.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const { values: options } = parseArgs({
  options: {
    receipts: { type: 'string', default: '100000' },
    turns: { type: 'string', default: '300' },
    dist: { type: 'string', default: 'dist' },
    json: { type: 'string' },
  },
});
const receipts = Number(options.receipts);
const turns = Number(options.turns);
const TOKEN = 'bench-token-0123456789abcdef0123456789';
const EXECUTABLE = process.env.GATEHOUSE_TEST_CHROMIUM ?? '/usr/bin/chromium';
const BAR_MS = 34;
const PLUGINS = 40;
const SERVED_MS = 60_000;
const SCROLLED_MS = 240_000;
/** Of one turn of the wheel, and between two: as fast as a hand can. */
const TURN_PX = 600;
const TURN_MS = 16;
const dist = path.resolve(here, '..', options.dist);
const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-scroll-'));
const file = path.join(folder, 'inbox.db');

/** Rows are made by SQLite itself. */
async function fill() {
  const { SqliteStore } = require(path.join(dist, 'inbox/sqlite/sqlite-store.js'));
  const store = await SqliteStore.open({ file });
  await store.taskIds(
    Array.from({ length: PLUGINS }, (_, index) => ({
      ...{ plugin: `bench.p${index}`, name: 'POST /in', kind: 'endpoint' },
    })),
  );
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
  const given = { receipts, since, step: (30 * 86_400_000) / receipts, meta };
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @receipts)`;
  const token = `substr(hex(randomblob(8)), 1, 16)`;
  const at = 'cast(@since + i * @step AS INTEGER)';
  database.transaction(() => {
    database
      .prepare(
        `INSERT INTO receipt (id, token, task_id, received_at, method, target, meta, body_bytes, body_digest, ip,
          scheme, delivery_id, event, answer_status, body)
        ${numbers} SELECT i, ${token}, 1 + i % ${PLUGINS}, ${at}, 'POST', '/api/plugin/bench.p0/in', @meta, 200, 'digest',
          '10.0.' || (i % 200) || '.1', 'github', 'd-' || i, CASE WHEN i % 3 THEN 'push' ELSE 'ping' END, 202,
          CAST('{"n":' || i || '}' AS BLOB)
        FROM n`,
      )
      .run(given);
    database
      .prepare(
        `INSERT INTO job (id, token, state, run_at, priority, task_id, lane_head, receipt_id, attempt, created_at,
          started_at, ended_at, error)
        ${numbers} SELECT i, ${token}, CASE WHEN i % 97 = 0 THEN 5 ELSE 4 END, ${at}, 0, 1 + i % ${PLUGINS}, 1, i, 1,
          ${at}, ${at}, ${at}, CASE WHEN i % 97 = 0 THEN 'Error: it failed' END
        FROM n WHERE @meta IS NOT NULL`,
      )
      .run(given);
  })();
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}

async function serve() {
  mkdirSync(path.join(folder, 'plugins'), { recursive: true });
  const args = ['serve', '--data', folder, '--plugins', path.join(folder, 'plugins'), '--port', '0'];
  const keep = { GATEHOUSE_RECEIPTS_KEEP_MS: '365d', GATEHOUSE_JOBS_KEEP_MS: '365d' };
  const child = spawn(process.execPath, [path.join(dist, 'main.js'), ...args], {
    env: { ...process.env, NODE_ENV: 'production', GATEHOUSE_OPERATOR_TOKEN: TOKEN, ...keep },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
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
  const gone = new Promise((resolve) => child.once('exit', resolve));
  return { base, stop: () => (child.kill('SIGTERM'), gone) };
}

async function openDeliveries(page, base) {
  await page.goto(`${base}/console/`);
  await page.getByLabel('Token', { exact: true }).fill(TOKEN);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
  await page.goto(`${base}/console/#/deliveries`);
  const grid = page.getByRole('grid');
  await grid.getByRole('row').nth(5).waitFor();
  await grid.hover();
}

/** In the page: the time between frames, the rows that are in it, and which was the last, from now on. */
function watchFrames() {
  const seen = { frames: [], rows: 0, last: 0, before: performance.now() };
  globalThis.seen = seen;
  const frame = (now) => {
    if (globalThis.seen !== seen) return;
    seen.frames.push(now - seen.before);
    seen.before = now;
    const rows = document.querySelectorAll('[role="grid"] [role="row"]');
    seen.rows = Math.max(seen.rows, rows.length);
    seen.last = Number(rows[rows.length - 1]?.getAttribute('aria-rowindex') ?? 0);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

async function turnWheel(page, stepPx) {
  for (let turn = 0; turn < turns; turn += 1) {
    await page.mouse.wheel(0, stepPx);
    await page.waitForTimeout(TURN_MS);
  }
}

/** As one who drags the bar to its end whenever more was loaded. */
async function dragToEnd(page) {
  const until = performance.now() + SCROLLED_MS;
  for (;;) {
    const isAtEnd = await page.evaluate((count) => {
      const grid = document.querySelector('[role="grid"]');
      grid.scrollTop = grid.scrollHeight;
      return globalThis.seen.last > count;
    }, receipts);
    if (isAtEnd) return;
    if (performance.now() > until) throw new Error('it never came to the end');
    await page.waitForTimeout(TURN_MS);
  }
}

/** What the page's own thread worked so far, in seconds of a processor: the same on a machine that does other things too. */
async function workedSeconds(session) {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration').value;
}

async function measured(page, session, name, move) {
  await page.evaluate(watchFrames);
  const first = await page.evaluate(
    () => new Promise((resolve) => setTimeout(() => resolve(globalThis.seen.last), 100)),
  );
  const [begun, workedBefore] = [performance.now(), await workedSeconds(session)];
  await move();
  const worked = (await workedSeconds(session)) - workedBefore;
  const seconds = (performance.now() - begun) / 1_000;
  const { frames, rows, last } = await page.evaluate(() => globalThis.seen);
  frames.sort((a, b) => a - b);
  const figure = (part) => Number((frames[Math.floor((frames.length - 1) * part)] ?? NaN).toFixed(1));
  const moved = Math.abs(last - first);
  return {
    ...{ name, seconds: Number(seconds.toFixed(1)), rows: moved, rowsPerSecond: Math.round(moved / seconds) },
    ...{ frames: frames.length, p50Ms: figure(0.5), p95Ms: figure(0.95), maxMs: figure(1) },
    ...{ workedMsPerFrame: Number(((worked * 1_000) / frames.length).toFixed(2)), rowsInPage: rows },
  };
}

async function main() {
  if (!existsSync(EXECUTABLE))
    throw new Error(`${EXECUTABLE} is missing; node scripts/browser.mjs installs it`);
  const begun = performance.now();
  await fill();
  process.stderr.write(`${receipts} receipts in ${Math.round((performance.now() - begun) / 1_000)} s\n`);
  const host = await serve();
  const browser = await chromium.launch({
    executablePath: EXECUTABLE,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await openDeliveries(page, host.base);
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const results = [];
    for (const [name, move] of [
      ['wheel, from the top', () => turnWheel(page, TURN_PX)],
      ['dragged to the end', () => dragToEnd(page)],
      ['wheel, at the end', () => turnWheel(page, -TURN_PX)],
    ]) {
      const result = await measured(page, session, name, move);
      results.push(result);
      console.log(JSON.stringify(result));
      if (name.startsWith('wheel') && result.p95Ms >= BAR_MS) console.log(`p95 is not under ${BAR_MS} ms`);
    }
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, undefined, 2)}\n`);
  } finally {
    await browser.close();
    await host.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
