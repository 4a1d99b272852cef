// What the types of endpoints cost their authors: seconds and instantiations to type-check 200 endpoints, each with params, query,
// body, response and a provided value, over ten files, and the same files without any endpoint; the best of some rounds. Checked
// with the project's own settings against the built declarations, as an author's project is.
// Run after a build: npm run bench:types [-- --endpoints 200 --rounds 3 --json FILE]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';

const BAR_SECONDS = 5;
const FILES = 10;
const root = path.resolve(import.meta.dirname, '..');
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { values: options } = parseArgs({
  options: {
    endpoints: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'string' },
  },
});
const endpoints = Number(options.endpoints);

const schemas = (index) => `
const Order${index} = z.object({
  sku: z.string().min(1),
  quantity: z.number().int().positive(),
  note: z.string().optional(),
  tags: z.array(z.string()).default([]),
  address: z.object({ street: z.string(), city: z.string(), zip: z.string().regex(/^[0-9]{5}$/) }),
});
const Place${index} = z.object({ shop: z.string(), id: z.coerce.number() });
const Search${index} = z.object({ limit: z.coerce.number().default(10), since: z.coerce.date().optional() });
const Placed${index} = z.object({
  id: z.number(),
  shop: z.string(),
  total: z.number(),
  by: z.string(),
  tags: z.array(z.string()),
});
`;
/** Every handler uses what its schemas make; where that were `any`, the expected errors would be missing. */
const endpoint = (index) => `${schemas(index)}
plugin.post(
  '/shops/:shop/orders${index}/:id',
  {
    params: Place${index},
    query: Search${index},
    body: Order${index},
    response: Placed${index},
    status: 201,
    summary: 'Orders ${index}',
    tags: ['orders'],
    provide: { user: async ({ headers }) => ({ name: headers.get('x-user') ?? 'nobody', level: ${index} }) },
  },
  ({ params, query, body, user }) => {
    // @ts-expect-error: what is not declared is not there
    void body.colour;
    return {
      id: params.id,
      shop: params.shop,
      total: body.quantity * query.limit * user.level,
      by: user.name,
      tags: body.tags,
    };
  },
);
`;
/** The schemas and what they make, without an endpoint: what its author pays zod. */
const alone = (index) => `${schemas(index)}
export const taken${index} = (
  place: z.infer<typeof Place${index}>,
  search: z.infer<typeof Search${index}>,
  order: z.infer<typeof Order${index}>,
): z.input<typeof Placed${index}> => ({
  id: place.id,
  shop: place.shop,
  total: order.quantity * search.limit,
  by: order.sku,
  tags: order.tags,
});
`;
const file = (index, count, write) => `import { Plugin } from 'gatehouse';
import { z } from 'zod';

export const plugin = new Plugin({
  author: 'bench',
  module: 'p${index}',
  version: '1.0.0',
  name: 'Bench',
  description: 'generated',
});
export const anything = z.object({ a: z.string() });
${Array.from({ length: count }, (_, at) => write(at)).join('')}`;

/** A project of its own within the repository, where its imports resolve. */
function project(name, count, write) {
  const folder = path.join(scratch, name);
  mkdirSync(folder);
  for (let index = 0; index < FILES; index += 1)
    writeFileSync(
      path.join(folder, `p${index}.ts`),
      file(index, Math.ceil((count * (index + 1)) / FILES) - Math.ceil((count * index) / FILES), write),
    );
  const settings = {
    extends: path.join(root, 'tsconfig.json'),
    compilerOptions: { noEmit: true, rootDir: root, declaration: false, sourceMap: false, paths: declared },
    include: ['*.ts'],
  };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(settings));
  return folder;
}

/** What a plugin's own project finds under `gatehouse`. */
const declared = { gatehouse: [path.join(root, 'dist/index.d.ts')] };

function check(folder) {
  const startedAt = performance.now();
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', folder, '--extendedDiagnostics'], {
    encoding: 'utf8',
  });
  const wall = (performance.now() - startedAt) / 1_000;
  if (status !== 0) throw new Error(`the endpoints do not type-check:\n${stdout.slice(0, 4_000)}`);
  const figure = (name) => Number(new RegExp(`^${name}: +([0-9.]+)`, 'm').exec(stdout)?.[1]);
  return { check: figure('Check time'), 'in all': wall, instantiations: figure('Instantiations') };
}

const best = (runs) =>
  Object.fromEntries(
    Object.keys(runs[0]).map((name) => [name, Number(Math.min(...runs.map((run) => run[name])).toFixed(2))]),
  );
const minus = (all, less) =>
  Object.fromEntries(Object.keys(all).map((name) => [name, Number((all[name] - less[name]).toFixed(2))]));

// Git and the other tools pass it over.
const scratch = mkdtempSync(path.join(root, 'dist.types-'));
try {
  const name = `${endpoints} endpoints`;
  const projects = {
    [name]: project('typed', endpoints, endpoint),
    'their schemas alone': project('schemas', endpoints, alone),
    none: project('empty', 0, endpoint),
  };
  const runs = Object.fromEntries(Object.keys(projects).map((key) => [key, []]));
  for (let round = 0; round < Number(options.rounds); round += 1)
    for (const [key, folder] of Object.entries(projects)) runs[key].push(check(folder));
  const table = Object.fromEntries(Object.entries(runs).map(([key, each]) => [key, best(each)]));
  table['endpoints less none'] = minus(table[name], table.none);
  console.log(`Node ${process.version}, seconds, best of ${options.rounds}`);
  console.table(table);
  const seconds = table[name]['in all'];
  const bar = { seconds, wanted: `< ${BAR_SECONDS}`, held: seconds < BAR_SECONDS };
  console.table({ [`type-check of ${name}`]: bar });
  if (options.json)
    writeFileSync(options.json, `${JSON.stringify({ node: process.version, table, bar }, undefined, 2)}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
