// A host's plugins, gateway and fault guard in a process of their own, for faults that could end it. Arguments: built
// source, yard, milliseconds the guard stays armed, and the steps as JSON: `{ get: path }`, `{ reload: key }` or
// `{ waitMs }`, each with `faults`, how many are waited for (default 1). Prints one JSON line: what was logged in each
// step and the failures plugins had after it, and whether the host still answers.
import { createRequire } from 'node:module';
import path from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createReconciler } from '../../bench/plugins-part.mjs';

const [source, root, armedMs, steps] = process.argv.slice(2);
const require = createRequire(path.resolve(source, 'index.js'));
const winston = require('winston');
const { resolveSettings } = require('./core/settings-resolver.js');
const { createGateway } = require('./http/gateway.js');
const { createHostApp } = require('./http/host-app.js');
const { installFaultGuard } = require('./plugins/fault-guard.js');

const lines = [];
const stream = new Writable({
  write(chunk, _encoding, done) {
    lines.push(JSON.parse(chunk.toString()));
    done();
  },
});
const logger = winston.createLogger({ transports: [new winston.transports.Stream({ stream })] });
const { settings } = resolveSettings({
  flags: {},
  env: {},
  file: undefined,
  fileName: undefined,
  workingFolder: root,
});
const reconciler = await createReconciler(source, root);
installFaultGuard({
  process,
  attribute: (stack) => reconciler.attribute(stack),
  logger,
  exit: (code) => process.exit(code),
  armedMs: Number(armedMs),
});
await reconciler.rescan();
const gateway = createGateway({
  table: reconciler.parts.table,
  settings,
  logger,
  app: createHostApp(settings, () => true),
  operatorAuth: { allows: () => false, identify: () => undefined },
});
const port = await gateway.listen(0, '127.0.0.1');
const get = async (address) => (await fetch(`http://127.0.0.1:${port}/api/plugin/${address}`)).status;

async function take(step) {
  const before = lines.length;
  if (step.get !== undefined) await get(step.get);
  if (step.reload !== undefined) await reconciler.find(step.reload).want('live');
  if (step.waitMs !== undefined) await sleep(step.waitMs);
  const expected = before + (step.faults ?? 1);
  for (let turn = 0; turn < 400 && lines.length < expected; turn += 1) await sleep(5);
  await sleep(20); // one told twice would be seen
  const failures = reconciler.all().flatMap(({ key, failure }) => (failure ? [[key, failure]] : []));
  return { lines: lines.slice(before), failures: Object.fromEntries(failures) };
}

const seen = [];
for (const step of JSON.parse(steps)) seen.push(await take(step));
const status = await get('acme.good/');
console.log(JSON.stringify({ seen, status }));
await gateway.close(1_000);
await reconciler.shutdown(1_000);
process.exit(0);
