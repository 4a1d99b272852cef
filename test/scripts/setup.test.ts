import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const SCRIPTS = path.resolve(__dirname, '../../scripts');
let root: string;
const inside = (name: string) => path.join(root, name);

/** A package without dependencies whose build writes down that it ran: npm itself is real, the network is not needed. */
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'gatehouse-setup-'));
  for (const folder of ['scripts', 'src']) mkdirSync(inside(folder));
  for (const name of ['setup.mjs', 'build-tools.mjs', 'debian-packages.mjs', 'folder-lock.mjs'])
    copyFileSync(path.join(SCRIPTS, name), path.join(root, 'scripts', name));
  const manifest = { name: 'tiny', version: '1.0.0', private: true, scripts: { build: 'node build.cjs' } };
  writeFileSync(inside('package.json'), JSON.stringify(manifest));
  writeFileSync(inside('src/main.ts'), 'export {};');
  writeFileSync(
    inside('build.cjs'),
    `const fs = require('node:fs');
     fs.appendFileSync('builds.log', (process.env.NODE_ENV ?? 'none') + '\\n');
     if (fs.existsSync('fail-build')) process.exit(7);
     fs.mkdirSync('dist', { recursive: true });
     fs.writeFileSync('dist/.built', new Date().toISOString());`,
  );
  writeLock('1.0.0');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function writeLock(version: string): void {
  const lock = {
    name: 'tiny',
    version,
    lockfileVersion: 3,
    requires: true,
    packages: { '': { name: 'tiny', version } },
  };
  writeFileSync(inside('package-lock.json'), JSON.stringify(lock));
  const manifest = JSON.parse(readFileSync(inside('package.json'), 'utf8')) as object;
  writeFileSync(inside('package.json'), JSON.stringify({ ...manifest, version }));
}

function setUp(env: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; log: string }> {
  const child = spawn(process.execPath, [inside('scripts/setup.mjs')], {
    // Elsewhere: npm start runs it in the package's folder, nothing else has to.
    cwd: tmpdir(),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, log })));
}

const stamp = () => readFileSync(inside('node_modules/.gatehouse-setup'), 'utf8');
const builds = () => readFileSync(inside('builds.log'), 'utf8').trim().split('\n');

test('a fresh clone is installed and built; the second run finds everything done', async () => {
  const first = await setUp();
  expect(first).toMatchObject({ code: 0, log: expect.stringMatching(/Installing[^]*Building/) });
  expect(await setUp()).toEqual({ code: 0, log: '' });
  expect(builds()).toHaveLength(1);
  expect(existsSync(inside('.setup.lock'))).toBe(false);
});

test('a changed lock installs again', async () => {
  await setUp();
  const before = stamp();
  writeLock('1.0.1');
  expect((await setUp()).log).toMatch(/Installing/);
  expect(stamp()).not.toBe(before);
});

test('only a source newer than the build builds again, a removed file included', async () => {
  await setUp();
  const later = new Date(Date.now() + 10_000);
  utimesSync(inside('src/main.ts'), later, later);
  expect((await setUp()).log).not.toMatch(/Installing/);
  expect(builds()).toHaveLength(2);
  const before = new Date(Date.now() - 60_000);
  for (const name of ['src/main.ts', 'src']) utimesSync(inside(name), before, before);
  expect((await setUp()).log).toBe('');
  rmSync(inside('src/main.ts'));
  await setUp();
  expect(builds()).toHaveLength(3);
});

test("the outer npm's own settings and NODE_ENV do not reach the install", async () => {
  const { code } = await setUp({
    NODE_ENV: 'production',
    npm_config_dry_run: 'true',
    npm_config_omit: 'dev',
    npm_config_ignore_scripts: 'true',
    npm_config_prefix: '/nowhere',
  });
  expect(code).toBe(0);
  expect(builds()).toEqual(['none']);
});

test('two runs at once install and build once', async () => {
  const runs = await Promise.all([setUp(), setUp()]);
  expect(runs.map(({ code }) => code)).toEqual([0, 0]);
  expect(builds()).toHaveLength(1);
  expect(
    runs
      .map(({ log }) => log)
      .join('')
      .match(/Installing/g),
  ).toHaveLength(1);
});

test('the lock of a process that is gone is taken over', async () => {
  mkdirSync(inside('.setup.lock'));
  writeFileSync(inside('.setup.lock/999999999-abc'), '');
  expect((await setUp()).code).toBe(0);
  expect(existsSync(inside('.setup.lock'))).toBe(false);
});

test('a failure passes its exit code on, leaves no lock, and the next run tries again', async () => {
  writeFileSync(inside('fail-build'), '');
  expect(await setUp()).toMatchObject({
    code: 7,
    log: expect.stringMatching(/Set-up stopped: npm run --silent build failed/),
  });
  expect(existsSync(inside('.setup.lock'))).toBe(false);
  rmSync(inside('fail-build'));
  expect((await setUp()).code).toBe(0);
  expect(statSync(inside('dist/.built')).isFile()).toBe(true);
});

test('an install that fails leaves no stamp', async () => {
  const manifest = JSON.parse(readFileSync(inside('package.json'), 'utf8')) as object;
  writeFileSync(
    inside('package.json'),
    JSON.stringify({ ...manifest, dependencies: { 'not-in-the-lock': '1.0.0' } }),
  );
  expect((await setUp()).code).not.toBe(0);
  expect(existsSync(inside('node_modules/.gatehouse-setup'))).toBe(false);
});
