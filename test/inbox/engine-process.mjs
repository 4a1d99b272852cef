/**
 * A host's inbox in a process of its own, to be killed: `node engine-process.mjs <built source> <kind> <address>`. Its
 * tasks tell of each run on stdout: `slow` never ends, `deadly` takes the process down, `next` follows it in its lane.
 */
import 'reflect-metadata';
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import winston from 'winston';

const require = createRequire(import.meta.url);
const [, , built, kind, address] = process.argv;
const part = (name) => require(path.join(built, name));
const DAY_MS = 86_400_000;

async function openStore() {
  if (kind === 'sqlite') return part('inbox/sqlite/sqlite-store').SqliteStore.open({ file: address });
  return (await part('inbox/postgres/open-postgres-store').openPostgresStore(address)).store;
}

function task(name, run) {
  const retry = { attempts: 3, backoff: [20] };
  return { kind: 'task', origin: { dialect: 'test', where: name }, name, retry, timeoutMs: 60_000, run };
}

async function main() {
  const store = await openStore();
  const table = new (part('core/mount-table').MountTable)();
  const logger = winston.createLogger({ silent: true });
  const engine = part('inbox/inbox-engine').createInbox({
    store,
    table,
    deliveries: { deliver: async () => undefined, read: () => undefined },
    sealer: part('state/sealer').createSealer({ id: 'test', bytes: Buffer.alloc(32, 7) }),
    settings: {
      inbox: { concurrency: 128, pluginConcurrency: 64, taskConcurrency: 16, leaseMs: 1_500, pollMs: 100 },
      receipts: { keepMs: 30 * DAY_MS, maxBytes: 1e12, keepFor: {} },
      jobs: { keepMs: 7 * DAY_MS },
      dedupe: { windowMs: 3 * DAY_MS },
      timeouts: { handlerMs: 5_000 },
    },
    logger,
    clock: { now: () => Date.now() },
    node: { id: `process-${process.pid}`, url: () => 'http://localhost:0' },
  });
  const say = (text) => writeSync(1, `${text}\n`);
  const mount = part('core/mount').buildMount(
    'acme.ci',
    { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' },
    [
      task('slow', async (_payload, job) => {
        say(`slow ${job.attempt}`);
        await new Promise(() => {});
      }),
      task('deadly', () => {
        say('deadly');
        process.kill(process.pid, 'SIGKILL');
        return new Promise(() => {});
      }),
      task('next', () => say('next')),
    ],
  );
  const scope = new (part('core/scope').Scope)();
  table.swap(mount.key, new (part('core/live-mount').LiveMount)(mount, 1, scope, logger, (stack) => stack));
  await engine.start();
  say('started');
}

void main();
