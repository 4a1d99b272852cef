// One server of the inbox benchmark, alone in its process. argv: variant, folder, store URL or Redis port.
// Speaks to its parent by IPC: { ready: { base, path } }, then answers each 'usage' with CPU time, clock and event-loop delay.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createRequire } from 'node:module';
import http from 'node:http';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { PATH, SECRET, SECRET_VARIABLE, writePlugin } from './plugin.mjs';

const require = createRequire(import.meta.url);
const [variant, folder, store = ''] = process.argv.slice(2);
export const TOKEN = 'operator-token-of-the-benchmark';

async function gatehouse(answer) {
  writePlugin(path.join(folder, 'plugins'), answer);
  require('reflect-metadata');
  const { startHost } = require('../../dist/host.js');
  const { resolveSettings } = require('../../dist/core/settings-resolver.js');
  const env = {
    GATEHOUSE_PORT: '0',
    GATEHOUSE_PLUGINS: path.join(folder, 'plugins'),
    GATEHOUSE_PLUGINS_PACKAGES: 'false',
    GATEHOUSE_DATA: path.join(folder, 'data'),
    GATEHOUSE_OPERATOR_TOKEN: TOKEN,
    GATEHOUSE_LOG_ACCESS: 'false',
    GATEHOUSE_LOG_LEVEL: 'warn',
    GATEHOUSE_INBOX_CONCURRENCY: '1000',
    GATEHOUSE_INBOX_PLUGIN_CONCURRENCY: '1000',
    [SECRET_VARIABLE]: SECRET,
    ...(store === '' ? {} : { GATEHOUSE_DATABASE_URL: store }),
  };
  const { settings } = resolveSettings({
    flags: {},
    env,
    file: undefined,
    fileName: undefined,
    workingFolder: folder,
  });
  const host = await startHost({ settings, watch: false, env });
  return { base: host.url, path: PATH };
}

/** Express 5 with the same check over the same raw bytes; `keep` resolves once the queue has the delivery. */
function express5(keep) {
  const express = require('express');
  const app = express();
  app.disable('x-powered-by');
  app.post('/in', express.raw({ type: () => true, limit: '25mb' }), async (request, response) => {
    const mac = createHmac('sha256', SECRET).update(request.body).digest();
    const given = Buffer.from((request.get('x-hub-signature-256') ?? '').slice(7), 'hex');
    if (given.length !== mac.length || !timingSafeEqual(given, mac)) return void response.status(401).end();
    const id = request.get('x-github-delivery');
    await keep(id, { headers: request.rawHeaders, body: request.body.toString('base64') });
    response.status(202).json({ id, status: 'accepted' });
  });
  return new Promise((resolve) => {
    const server = http.createServer(app);
    server.listen(0, '127.0.0.1', () =>
      resolve({ base: `http://127.0.0.1:${server.address().port}`, path: '/in' }),
    );
  });
}

async function bullmq() {
  const { Queue } = require('bullmq');
  const queue = new Queue('bench', { connection: { host: '127.0.0.1', port: Number(store) } });
  await queue.waitUntilReady();
  return express5((id, data) => queue.add('delivery', data, { jobId: id }));
}

async function pgBoss() {
  const boss = await startBoss();
  return express5((id, data) => boss.send('bench', data, { singletonKey: id }));
}

async function startBoss() {
  const Boss = require('pg-boss');
  const boss = new (Boss.default ?? Boss)({ connectionString: store, max: 10 });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue('bench');
  return boss;
}

/** Its fastest way: several loops that fetch a batch and complete it, without waiting for the polling interval. */
async function pgBossJobs() {
  const boss = await startBoss();
  process.on('message', async ({ work }) => {
    if (work === undefined) return;
    for (let left = work; left > 0; left -= 1_000)
      await boss.insert(Array.from({ length: Math.min(left, 1_000) }, () => ({ name: 'bench', data: {} })));
    const startedAt = performance.now();
    let done = 0;
    const loop = async () => {
      for (;;) {
        const jobs = await boss.fetch('bench', { batchSize: 100 });
        if (jobs.length === 0) return;
        await boss.complete(
          'bench',
          jobs.map(({ id }) => id),
        );
        done += jobs.length;
      }
    };
    await Promise.all(Array.from({ length: 4 }, loop));
    process.send({ done, seconds: (performance.now() - startedAt) / 1000 });
  });
  return { base: '', path: '' };
}

const servers = {
  verify: () => gatehouse('handler'),
  accept: () => gatehouse('accept'),
  bullmq,
  'pg-boss': pgBoss,
  'pg-boss jobs': pgBossJobs,
};
const delay = monitorEventLoopDelay({ resolution: 1 });
process.on('message', (message) => {
  if (message !== 'usage') return;
  const { user, system } = process.cpuUsage();
  process.send({
    cpuMicros: user + system,
    atMicros: Number(process.hrtime.bigint() / 1000n),
    loopP99Ms: delay.percentile(99) / 1e6,
    rssMiB: process.memoryUsage().rss / 1024 ** 2,
  });
  delay.reset();
});
process.on('disconnect', () => process.exit(0));
const ready = await servers[variant]();
delay.enable();
process.send({ ready });
