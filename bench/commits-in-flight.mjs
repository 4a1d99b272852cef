// How many commits the store on PostgreSQL is to have in flight: 64 senders, each of which waits for its receipt to be
// stored, through the group commit with one to four. A server of its own, fsync and synchronous_commit on.
// Run: npm run build && node bench/commits-in-flight.mjs [--seconds 2] [--senders 64]
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { PostgresServer } from '../test/support/postgres-server.mjs';

const require = createRequire(import.meta.url);
const { openPostgresStore } = require('../dist/inbox/postgres/open-postgres-store.js');
const { Committer } = require('../dist/inbox/committer.js');

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '2' }, senders: { type: 'string', default: '64' } },
});
const ROUNDS = 5;
const BODY = Buffer.alloc(1_024, 'x');
const META = JSON.stringify({
  headers: Array.from({ length: 40 }, (_, index) => `header or value ${index}`),
});

const server = new PostgresServer({ fsync: true });
const { store } = await openPostgresStore(await server.start());
try {
  const [endpoint] = await store.taskIds([{ plugin: 'acme.ci', name: 'POST /github', kind: 'endpoint' }]);
  const results = new Map([1, 2, 3, 4].map((parallel) => [parallel, []]));
  // Interleaved, so that a busy moment of the machine hits all alike.
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [parallel, rounds] of results) rounds.push(await measure(endpoint, parallel));
  for (const [parallel, rounds] of results) {
    const of = (field) => median(rounds.map((round) => round[field]));
    console.log(
      `${parallel} in flight: ${Math.round(of('rate'))} receipts/s, p50 ${of('p50Ms').toFixed(1)} ms, ${of('cpuUs').toFixed(0)} µs CPU of this process each`,
    );
  }
} finally {
  await store.close();
  await server.remove();
}

async function measure(endpoint, parallel) {
  const limited = {
    kind: store.kind,
    parallel,
    commit: (batch) => store.commit(batch),
    now: () => store.now(),
  };
  const committer = new Committer(limited, console);
  const latencies = [];
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  await Promise.all(
    Array.from({ length: Number(options.senders) }, async () => {
      while (performance.now() < startedAt + Number(options.seconds) * 1_000) {
        const sentAt = performance.now();
        await committer.submit({ accepts: [delivery(endpoint)] });
        latencies.push(performance.now() - sentAt);
      }
    }),
  );
  const { user, system } = process.cpuUsage(cpu);
  return {
    rate: (latencies.length * 1_000) / (performance.now() - startedAt),
    p50Ms: median(latencies),
    cpuUs: (user + system) / latencies.length,
  };
}

function delivery(taskId) {
  const id = randomUUID();
  return {
    receipt: {
      token: id.slice(0, 16),
      taskId,
      receivedAt: store.now(),
      method: 'POST',
      target: '/api/plugin/acme.ci/github',
      meta: META,
      body: BODY,
      bodyDigest: 'x'.repeat(43),
      ip: '127.0.0.1',
    },
    dedupe: { taskId, key: id, windowMs: 72 * 3_600_000 },
    jobs: [{ token: id.slice(0, 16), taskId, runAt: 0, priority: 0 }],
  };
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}
