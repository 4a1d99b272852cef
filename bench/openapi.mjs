/**
 * What a description of 500 typed endpoints costs: made once per plugin generation, then handed out as it is. `firstMs`: of
 * endpoints that were mounted, where this is 200 ms or more it fails; `untoldMs`: of schemas that nobody looked at before.
 * Needs a build.
 */
import { createRequire } from 'node:module';
import { z } from 'zod';

const require = createRequire(import.meta.url);
const { MountTable } = require('../dist/core/mount-table.js');
const { buildMount } = require('../dist/core/mount.js');
const { jsonSchemaOf } = require('../dist/core/json-schema.js');
const { LiveMount } = require('../dist/core/live-mount.js');
const { Scope } = require('../dist/core/scope.js');
const { STANDARD_RETRY } = require('../dist/core/retry.js');
const { createDescriptions } = require('../dist/openapi/descriptions.js');

const ENDPOINTS = 500;
const BAR_MS = 200;

const Owner = z.object({ name: z.string().min(1), mail: z.email() }).meta({ id: 'Owner' });

function typedEndpoint(number) {
  const Item = z.object({
    title: z.string().min(1).max(200),
    count: z.number().int().default(number),
    tags: z.array(z.string()),
    state: z.enum(['open', 'done']).optional(),
    owner: Owner,
  });
  return {
    kind: 'endpoint',
    origin: { dialect: 'bench', where: `post ${number}` },
    method: 'POST',
    path: `/lists/:list/items${number}`,
    reach: 'exact',
    access: number % 2 === 0 ? 'public' : 'operator',
    body: { kind: 'json' },
    answer: 'handler',
    retry: STANDARD_RETRY,
    aliases: [],
    schema: {
      params: z.object({ list: z.coerce.number().int() }),
      query: z.object({ dry: z.boolean().optional(), page: z.number().optional() }),
      body: Item,
      response: Item.extend({ id: z.number() }),
      summary: `Add to list ${number}`,
    },
    serve: { handle: () => undefined },
  };
}

let mounted;

function seated() {
  const info = { author: 'bench', module: 'typed', name: 'typed', version: '1.0.0', description: '' };
  const endpoints = Array.from({ length: ENDPOINTS }, (_, number) => typedEndpoint(number));
  const mount = (mounted = buildMount('bench.typed', info, endpoints));
  const table = new MountTable();
  table.swap(mount.key, new LiveMount(mount, 1, new Scope(), console, (stack) => stack));
  return createDescriptions({ table, publicUrl: undefined, rowOf: () => undefined });
}

/**
 * The main thread's work is at most the time that passed and at most what all threads of the process took (collectors and
 * compilers too): the smaller of both, so that a busy machine does not decide.
 */
function timed(run) {
  const [cpu, clock] = [process.cpuUsage(), performance.now()];
  const result = run();
  const passed = performance.now() - clock;
  const { user, system } = process.cpuUsage(cpu);
  return { result, ms: Math.min(passed, (user + system) / 1000) };
}

const descriptions = seated();
// As the gateway did for each endpoint when the plugin was mounted.
for (const { schema } of mounted.endpoints)
  for (const part of ['params', 'query', 'body']) jsonSchemaOf(schema[part], 'input');
const first = timed(() => descriptions.ofPlugin('bench.typed'));
const second = timed(() => descriptions.ofPlugin('bench.typed'));
const types = timed(() => descriptions.typesOf('bench.typed'));
const untold = seated();
const whole = timed(() => untold.ofPlugin('bench.typed'));
const figures = {
  endpoints: ENDPOINTS,
  firstMs: Number(first.ms.toFixed(1)),
  untoldMs: Number(whole.ms.toFixed(1)),
  secondMs: Number(second.ms.toFixed(4)),
  typesMs: Number(types.ms.toFixed(1)),
  bytes: first.result.bytes.length,
};
console.log(JSON.stringify(figures));
if (first.ms >= BAR_MS) {
  console.error(`the first document took ${first.ms.toFixed(1)} ms; the bar is ${BAR_MS}`);
  process.exitCode = 1;
}
