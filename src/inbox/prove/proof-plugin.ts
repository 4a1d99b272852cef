import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const PROOF_PLUGIN = 'prove.inbox';
export const PROOF_SECRET = 'the secret of the proof';
const SECRET_NAME = 'WEBHOOK_SECRET';
/** Where the hosts of the proof find it. */
export const PROOF_SECRET_VARIABLE = `GATEHOUSE_SECRET_PROVE_INBOX_${SECRET_NAME}`;
export const SIGNATURE_HEADER = 'x-hub-signature-256';
export const DELIVERY_HEADER = 'x-github-delivery';
/** Appended to by each run, outside the store: what is done there is done at least once. */
export const RUNS_FILE = 'runs.log';

/** Writes the plugin of the proof into `folder`; its runs and effects appear in files below `output`. */
export function writeProofPlugin(folder: string, output: string): void {
  mkdirSync(path.join(folder, 'proof'), { recursive: true });
  writeFileSync(path.join(folder, 'proof', 'index.js'), source(output));
}

/**
 * A signed delivery is stored, and worked in two steps, each with an effect that counts how often it happened: the
 * handler enqueues the task in the commit of its own success. `audit` reads the effects out by the same store.
 */
function source(output: string): string {
  return `${steps(output)}
${declarations()}`;
}

function steps(output: string): string {
  return `import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Plugin } from 'gatehouse';

const output = ${JSON.stringify(output)};
const [author, module] = ${JSON.stringify(PROOF_PLUGIN)}.split('.');
export const plugin = new Plugin({ author, module, version: '1.0.0', name: 'Proof', description: 'Counts its effects.' });
const retry = { attempts: 100, backoff: [200] };
const ran = (step, id) => appendFileSync(path.join(output, ${JSON.stringify(RUNS_FILE)}), step + ' ' + id + '\\n');
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function effect(job, collection, id) {
  ran(collection, id);
  await pause(Math.random() * 10);
  const before = await job.store.get(collection, id);
  if (before === undefined) await job.store.create(collection, { id, count: 1 });
  else await job.store.update(collection, id, { count: before.data.count + 1 });
}
`;
}

function declarations(): string {
  return `plugin.declare({
  kind: 'endpoint',
  origin: { dialect: 'native', where: 'proof' },
  method: 'POST',
  path: '/in',
  reach: 'exact',
  access: { signature: 'github', secret: ${JSON.stringify(SECRET_NAME)} },
  body: { kind: 'raw' },
  answer: 'accept',
  record: true,
  retry,
  concurrency: 64,
  dedupe: { key: (exchange) => exchange.headers.get(${JSON.stringify(DELIVERY_HEADER)}) },
  aliases: [],
  serve: {
    handle: async ({ job, json }) => {
      const { id } = json();
      await effect(job, 'delivered', id);
      job.enqueue('work', { id });
    },
  },
});
plugin.task('work', { ...retry, timeoutMs: 30_000, concurrency: 64 }, async ({ id }, job) => effect(job, 'worked', id));
plugin.task('audit', { ...retry, timeoutMs: 600_000 }, async ({ name }, job) => {
  const draft = path.join(output, name + '.draft');
  writeFileSync(draft, '');
  for (const collection of ['delivered', 'worked'])
    for (let after; ; ) {
      const page = await job.store.list(collection, { limit: 1000, after });
      if (page.length === 0) break;
      appendFileSync(draft, page.map(({ data }) => collection + ' ' + data.id + ' ' + data.count + '\\n').join(''));
      after = page.at(-1).id;
    }
  renameSync(draft, path.join(output, name));
});
plugin.post('/audit/:name', async ({ params }) => plugin.tasks.enqueue('audit', { name: params.name }));
`;
}
