// Prints every payload GitHub publishes as one JSON line: { event, body, signature, tampered }. In a process of its own,
// because `@octokit/webhooks-methods` is an ES module and the tests are not. Usage: node sign-deliveries.mjs <secret>
import { createRequire } from 'node:module';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { sign } from '@octokit/webhooks-methods';

const require = createRequire(import.meta.url);
const secret = process.argv[2];
const folder = path.dirname(require.resolve('@octokit/webhooks-examples/package.json'));
const versions = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());

for (const { name: version } of versions)
  for (const { name: event, examples } of require(path.join(folder, version, 'index.json')))
    for (const example of examples)
      for (const body of [JSON.stringify(example), JSON.stringify(example, undefined, 2)]) {
        const line = JSON.stringify({ version, event, body, signature: await sign(secret, body) });
        if (!process.stdout.write(`${line}\n`))
          await new Promise((resolve) => process.stdout.once('drain', resolve));
      }
