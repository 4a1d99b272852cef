// The benchmark's plugin, as files of a plugins folder.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const SECRET = "it's a secret to everybody";
export const PATH = '/api/plugin/bench.inbox/in';

/** `answer`: 'handler' verifies and answers 202; 'accept' stores before it does. */
export function writePlugin(folder, answer) {
  mkdirSync(path.join(folder, 'inbox'), { recursive: true });
  writeFileSync(path.join(folder, 'inbox/index.js'), source(answer));
}

const source = (answer) => `import { createHmac, timingSafeEqual } from 'node:crypto';
import { Plugin, reply } from 'gatehouse';
export const plugin = new Plugin({ author: 'bench', module: 'inbox', version: '1.0.0', name: 'Bench', description: 'Signed deliveries.' });
const retry = { attempts: 3, backoff: [1000] };

function verify(exchange) {
  const mac = createHmac('sha256', ${JSON.stringify(SECRET)}).update(exchange.raw).digest();
  const given = Buffer.from((exchange.headers.get('x-hub-signature-256') ?? '').slice(7), 'hex');
  if (given.length !== mac.length || !timingSafeEqual(given, mac)) return { ok: false, reason: 'signature' };
  return {
    ok: true,
    verified: {
      scheme: 'github', secretId: 's', at: Date.now(), bodySigned: true,
      event: exchange.headers.get('x-github-event'), deliveryId: exchange.headers.get('x-github-delivery'),
    },
  };
}

plugin.declare({
  kind: 'endpoint', origin: { dialect: 'native', where: 'bench' }, method: 'POST', path: '/in', reach: 'exact',
  access: 'public', body: { kind: 'raw' }, answer: ${JSON.stringify(answer)}, record: false, retry, aliases: [], verify,
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
