import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSource } from '../support/built-source';

const program = path.resolve(__dirname, '../support/guarded-process.mjs');
let built: Awaited<ReturnType<typeof buildSource>>;
let root: string;
beforeAll(async () => {
  built = await buildSource();
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'gatehouse-guard-')));
  const info = (module: string) =>
    `{ author: 'acme', module: '${module}', version: '1.0.0', name: 'x', description: 'x' }`;
  const bad = `import { Plugin } from 'gatehouse';
export const plugin = new Plugin(${info('bad')});
plugin.onInit(() => {
  setTimeout(function tick() { throw new Error('thrown in a timer'); }, 5);
  setTimeout(() => void (async () => { throw new Error('rejected unheard'); })(), 60);
});`;
  const good = `import { Plugin } from 'gatehouse';\nexport const plugin = new Plugin(${info('good')});`;
  for (const [name, text] of Object.entries({ bad, good })) {
    await mkdir(path.join(root, 'plugins', name), { recursive: true });
    await writeFile(path.join(root, 'plugins', name, 'index.ts'), text);
  }
});
afterAll(async () => {
  await built.remove();
  await rm(root, { recursive: true });
});

function run(fault: 'own' | 'none' | 'anonymous'): Promise<{ code: number; seen: any }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, built.folder, root, fault], (error, stdout) =>
      resolve({ code: Number(error?.code ?? 0), seen: JSON.parse(stdout) }),
    );
  });
}

test('a process outlives what its plugins throw unheard, and each fault is on the status of its plugin', async () => {
  const { code, seen } = await run('none');
  expect(seen.seen).toEqual([
    expect.stringContaining('thrown in a timer'),
    expect.stringContaining('rejected unheard'),
  ]);
  expect(seen).toMatchObject({ state: 'live', good: 'live' });
  expect(seen.stack).toMatch(/bad\/index\.ts:5:/);
  expect(code).toBe(0);
});

test('a process ends with 1 at an uncaught exception of its own', async () => {
  expect((await run('own')).code).toBe(1);
});

test('a process outlives what no code of its own can have thrown: no error at all, or one that began inside Node', async () => {
  const { code, seen } = await run('anonymous');
  expect(seen).toMatchObject({ good: 'live' });
  expect(code).toBe(0);
});
