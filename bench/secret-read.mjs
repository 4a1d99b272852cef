// What reading a secret costs a plugin: nanoseconds of one `secrets.get`, and of one that the environment gives, in the middle
// of a host with many; the best of some rounds. Ends with 1 above the bar.
// Run after a build: node bench/secret-read.mjs [--rounds 7] [--plugins 100] [--names 20]
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import winston from 'winston';

const require = createRequire(import.meta.url);
const { Committer } = require('../dist/inbox/committer.js');
const { StoredSharedState } = require('../dist/inbox/shared-state.js');
const { SqliteStore } = require('../dist/inbox/sqlite/sqlite-store.js');
const { provideMasterKey } = require('../dist/state/master-key.js');
const { createSealer } = require('../dist/state/sealer.js');
const { createSecrets } = require('../dist/state/secrets.js');
const { createUserSecrets } = require('../dist/state/user-secrets.js');

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    plugins: { type: 'string', default: '100' },
    names: { type: 'string', default: '20' },
  },
});
const BAR_NS = 5_000;
const READS = 200_000;

const data = mkdtempSync(path.join(tmpdir(), 'gatehouse-bench-'));
const logger = winston.createLogger({ silent: true });
const store = await SqliteStore.open({ file: path.join(data, 'inbox.db') });
const committer = new Committer(store, logger);
const shared = new StoredSharedState(store, (unit) => committer.submit(unit, 'must'));
await shared.open();
const sealer = createSealer(provideMasterKey(undefined, data));
const keys = Array.from({ length: Number(options.plugins) }, (_, index) => `acme.plugin_${index}`);
const environment = Object.fromEntries(
  keys.map((_, index) => [`GATEHOUSE_SECRET_ACME_PLUGIN_${index}_GIVEN`, 'given']),
);
const clock = { now: () => Date.now() };
const secrets = createSecrets({ shared, sealer, environment, plugins: () => keys, clock, logger });
const users = createUserSecrets({ shared, sealer, clock, logger });
const names = Array.from({ length: Number(options.names) }, (_, index) => `TOKEN_${index}`);
await Promise.all(keys.flatMap((key) => names.map((name) => secrets.set(key, name, `value of ${name}`))));
await Promise.all(names.map((name) => users.of(keys[0], 'ann').set(name, 'value')));
await secrets.rotate(keys[0], 'ROTATED', 'first', 0);
await secrets.rotate(keys[0], 'ROTATED', 'second', 3_600_000);

const own = secrets.of(keys[0]);
const ann = users.of(keys[0], 'ann');
const reads = {
  stored: () => own.get('TOKEN_7'),
  'while it is rotated': () => own.get('ROTATED'),
  'of the environment': () => own.get('GIVEN'),
  'that is not there': () => own.get('NONE'),
  'of a user': () => ann.get('TOKEN_7'),
};
let worst = 0;
for (const [what, read] of Object.entries(reads)) {
  const rounds = [];
  for (let round = 0; round <= Number(options.rounds); round += 1) {
    const start = process.hrtime.bigint();
    for (let count = 0; count < READS; count += 1) read();
    // The first round warms up.
    if (round > 0) rounds.push(Number(process.hrtime.bigint() - start) / READS);
  }
  const ns = Math.min(...rounds);
  worst = Math.max(worst, ns);
  console.log(`${what.padEnd(22)} ${ns.toFixed(0).padStart(6)} ns`);
}
console.log(`\nreading a secret: at most ${worst.toFixed(0)} ns, bar ${BAR_NS} ns`);

shared.close();
await committer.flushed();
await store.close();
rmSync(data, { recursive: true, force: true });
process.exitCode = worst < BAR_NS ? 0 : 1;
