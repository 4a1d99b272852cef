import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from '../support/plugin-yard';

const repository = path.resolve(__dirname, '../..');
let root: string;
const inside = (name: string) => path.join(root, name);

/** A small package with the real script and the real compiler. */
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'gatehouse-build-'));
  for (const folder of ['scripts', 'src', 'node_modules']) mkdirSync(inside(folder));
  copyFileSync(path.join(repository, 'scripts/build.mjs'), inside('scripts/build.mjs'));
  symlinkSync(path.join(repository, 'node_modules/typescript'), inside('node_modules/typescript'));
  const compilerOptions = {
    target: 'es2023',
    module: 'node20',
    rootDir: 'src',
    outDir: 'dist',
    lib: ['es5'],
    types: [],
  };
  writeFileSync(inside('tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
  writeFileSync(inside('src/main.ts'), 'export const version: number = 1;');
  writeFileSync(inside('src/removed.ts'), 'export {};');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function startBuild() {
  // A group of its own: a kill reaches the compiler too.
  const child = spawn(process.execPath, [inside('scripts/build.mjs')], { detached: true, stdio: 'ignore' });
  return { child, code: once(child, 'exit').then(([code]: (number | null)[]) => code) };
}
const build = () => startBuild().code;
const served = () => readFileSync(inside('dist/main.js'), 'utf8');
const distFolders = () => readdirSync(root).filter((name) => name.startsWith('dist'));

test('a build replaces the one before: what was removed is gone, the bin is executable and linked', async () => {
  expect(await build()).toBe(0);
  expect(readdirSync(inside('dist')).sort()).toEqual(['.built', 'main.js', 'removed.js']);
  rmSync(inside('src/removed.ts'));
  writeFileSync(inside('src/main.ts'), 'export const version: number = 2;');
  expect(await build()).toBe(0);
  expect(readdirSync(inside('dist')).sort()).toEqual(['.built', 'main.js']);
  expect(served()).toContain('version = 2');
  expect(Date.parse(readFileSync(inside('dist/.built'), 'utf8').trim())).toBeGreaterThan(0);
  expect(statSync(inside('node_modules/.bin/gatehouse')).mode & 0o777).toBe(0o755);
  expect(distFolders()).toEqual(['dist']);
});

test('a build that fails leaves the one before, and nothing else', async () => {
  await build();
  const before = readFileSync(inside('dist/.built'), 'utf8');
  writeFileSync(inside('src/main.ts'), 'export const version: number = "two";');
  expect(await build()).not.toBe(0);
  expect(served()).toContain('version = 1');
  expect(readFileSync(inside('dist/.built'), 'utf8')).toBe(before);
  expect(distFolders()).toEqual(['dist']);
});

test('while a build runs the one before is whole, also after a kill; the next removes what is left', async () => {
  await build();
  writeFileSync(inside('src/main.ts'), 'export const version: number = 2;');
  const { child, code } = startBuild();
  const pid = child.pid ?? 0;
  await until(() => existsSync(inside(`dist.new-${pid}`)));
  process.kill(-pid, 'SIGKILL');
  expect(await code).toBeNull();
  expect(served()).toContain('version = 1');
  expect(distFolders()).toEqual(['dist', `dist.new-${pid}`]);
  expect(await build()).toBe(0);
  expect(served()).toContain('version = 2');
  expect(distFolders()).toEqual(['dist']);
});

test('a build that was killed between its two renames is undone by the next, even if that one fails', async () => {
  await build();
  const gone = spawn(process.execPath, ['-e', '']);
  await once(gone, 'exit');
  renameSync(inside('dist'), inside(`dist.old-${gone.pid ?? 0}`));
  writeFileSync(inside('src/main.ts'), 'export const version: number = "two";');
  expect(await build()).not.toBe(0);
  expect(served()).toContain('version = 1');
  expect(distFolders()).toEqual(['dist']);
});

test('what another build is working on is left alone', async () => {
  mkdirSync(inside(`dist.new-${process.pid}`));
  expect(await build()).toBe(0);
  expect(distFolders()).toEqual(['dist', `dist.new-${process.pid}`]);
});
