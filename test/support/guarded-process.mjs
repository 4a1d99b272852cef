// A process with the fault guard and one plugin whose timer and promise fail unheard; afterwards, when asked for, the
// host's own fault, or faults whose stack names nobody. Arguments: built source, yard, `own`, `anonymous` or `none`.
// Prints one JSON line of what it saw.
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createReconciler } from '../../bench/plugins-part.mjs';

const [source, root, fault] = process.argv.slice(2);
const require = createRequire(path.resolve(source, 'index.js'));
const { installFaultGuard } = require('./plugins/fault-guard.js');

const reconciler = await createReconciler(source, root);
installFaultGuard({
  process,
  attribute: (stack) => reconciler.attribute(stack),
  logger: reconciler.parts.logger,
  exit: (code) => process.exit(code),
});
await reconciler.rescan();
const refuse = () => {
  throw new Error('not to be looked at');
};
const seen = [];
const bad = reconciler.find('acme.bad');
while (seen.length < 2) {
  if (bad.failure !== undefined && !seen.includes(bad.failure.message)) seen.push(bad.failure.message);
  await sleep(1);
}
console.log(
  JSON.stringify({
    seen,
    state: bad.state,
    stack: bad.failure.stack,
    good: reconciler.find('acme.good').state,
  }),
);
if (fault === 'own')
  setTimeout(() => {
    throw new Error('our own');
  }, 1);
if (fault === 'anonymous') {
  for (const thrown of [undefined, new Proxy({}, { getPrototypeOf: refuse, get: refuse, has: refuse })])
    setTimeout(() => {
      throw thrown;
    }, 1);
  net.connect({ path: path.join(root, 'nothing-listens-here') });
}
await sleep(100);
await reconciler.shutdown(1_000);
