// The benchmark's plugin, as files of a plugins folder.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const SECRET = "it's a secret to everybody";
export const PATH = '/api/plugin/bench.inbox/in';
/** Where the host finds the secret. */
export const SECRET_VARIABLE = 'GATEHOUSE_SECRET_BENCH_INBOX_WEBHOOK_SECRET';

/** `answer`: 'handler' verifies and answers 202; 'accept' stores before it does. */
export function writePlugin(folder, answer) {
  mkdirSync(path.join(folder, 'inbox'), { recursive: true });
  writeFileSync(path.join(folder, 'inbox/index.js'), source(answer));
}

const source = (answer) => `import { Plugin, reply } from 'gatehouse';
export const plugin = new Plugin({ author: 'bench', module: 'inbox', version: '1.0.0', name: 'Bench', description: 'Signed deliveries.' });
const retry = { attempts: 3, backoff: [1000] };

plugin.declare({
  kind: 'endpoint', origin: { dialect: 'native', where: 'bench' }, method: 'POST', path: '/in', reach: 'exact',
  access: { signature: 'github', secret: 'WEBHOOK_SECRET' }, body: { kind: 'raw' }, answer: ${JSON.stringify(answer)},
  record: false, retry, aliases: [],
  ${answer === 'accept' ? "dedupe: { key: (exchange) => exchange.headers.get('x-github-delivery') }," : ''}
  serve: { handle: () => ${answer === 'accept' ? 'undefined' : "reply(202, { id: '0', status: 'accepted' })"} },
});

let done = 0;
let first = 0;
let last = 0;
plugin.task('noop', { ...retry, concurrency: 1000 }, () => {
  done += 1;
  last = performance.now();
  if (first === 0) first = last;
});
plugin.post('/fill/:count', async ({ params }) => {
  for (let left = Number(params.count); left > 0; left -= 500)
    await Promise.all(Array.from({ length: Math.min(left, 500) }, (_, index) => plugin.tasks.enqueue('noop', { index })));
});
plugin.get('/done', () => ({ done, seconds: (last - first) / 1000, rssMiB: process.memoryUsage().rss / 1024 ** 2 }));
`;
