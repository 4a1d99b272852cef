import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildSource } from '../support/built-source';

const root = path.resolve(__dirname, '..', '..');
const script = path.join(root, 'test/fixtures/loader/process.cjs');
const fixture = path.join(root, 'test/fixtures/plugins/everything');
let built = '';
let remove: () => Promise<void>;

/** Jest's realm is not node's: what the loader promises is shown in a process of its own, on compiled sources. */
beforeAll(async () => {
  ({ folder: built, remove } = await buildSource());
});
afterAll(() => remove());

async function run(what: string, folder = fixture): Promise<any> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    script,
    built,
    folder,
    what,
  ]);
  return { ...JSON.parse(stdout), stderr };
}

test('every feature of a plugin works in plain node, without a warning', async () => {
  const source = readFileSync(path.join(fixture, 'index.ts'), 'utf8').split('\n');
  const line = source.findIndex((text) => text.includes('throw new Error')) + 1;
  expect(await run('features')).toEqual({
    facts: {
      common: 'everything',
      data: { n: 1 },
      nested: 'nested',
      top: 'top',
      here: `file://${fixture}/index.ts`,
      read: 'function',
    },
    lazy: 'lazy',
    oneExpress: true,
    item: ['hi', '5', 'store with function', 'fixture.everything', 'c'],
    stack: expect.stringMatching(new RegExp(`${fixture}/index\\.ts:${line}:11\\)$`)),
    lines: ['up', 'down'],
    stderr: '',
  });
});

test('old versions are collected, injected classes and namespaces alike', async () => {
  const { made, alive } = await run('collection');
  expect(made).toBeGreaterThan(100);
  expect(alive).toBeLessThanOrEqual(6);
});

test('loading a 100 KB plugin again and again keeps almost nothing', async () => {
  const folder = mkdtempSync(path.join(built, 'slope-'));
  cpSync(fixture, folder, { recursive: true });
  writeFileSync(path.join(folder, 'generated.ts'), '');
  writeFileSync(
    path.join(folder, 'index.ts'),
    `import * as generated from './generated'; import { GatePlugin, Get } from 'gatehouse'; import { Store } from './store';
     @GatePlugin({ author: 'fixture', module: 'everything', name: 'x', version: '1.0.0', description: '' })
     export class Big { constructor(readonly store: Store) {} @Get('/') all() { return Object.keys(generated).length; } }`,
  );
  const { bytesPerLoad } = await run('slope', folder);
  expect(bytesPerLoad).toBeLessThan(12_000);
}, 60_000);
