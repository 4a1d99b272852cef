import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const SCRIPTS = path.resolve(__dirname, '../../scripts');
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
// Newer ones have a binary made for them.
const compiles = Number.parseInt(process.versions.node, 10) < 22;
const isDebian = existsSync('/etc/debian_version');
let root: string;
const inside = (name: string) => path.join(root, name);

/** A package that depends on one of the name of a compiled one, from a folder: installed without network. */
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'gatehouse-tools-'));
  for (const folder of ['scripts', 'src', 'bin', 'local', 'home']) mkdirSync(inside(folder));
  for (const name of ['setup.mjs', 'build-tools.mjs', 'debian-packages.mjs', 'folder-lock.mjs'])
    copyFileSync(path.join(SCRIPTS, name), path.join(root, 'scripts', name));
  writeFileSync(inside('src/main.ts'), 'export {};');
  const dependencies = { 'better-sqlite3-node20': 'file:local' };
  const scripts = {
    build: 'mkdir -p dist; printenv npm_config_nodedir > nodedir; date -u +%FT%TZ > dist/.built',
  };
  const own = { name: 'tiny', version: '1.0.0', dependencies };
  writeFileSync(inside('package.json'), JSON.stringify({ ...own, private: true, scripts }));
  writeFileSync(inside('local/package.json'), '{ "name": "better-sqlite3-node20", "version": "1.0.0" }');
  const packages = {
    '': own,
    local: { name: 'better-sqlite3-node20', version: '1.0.0' },
    'node_modules/better-sqlite3-node20': { resolved: 'local', link: true },
  };
  const lock = { name: 'tiny', version: '1.0.0', lockfileVersion: 3, requires: true, packages };
  writeFileSync(inside('package-lock.json'), JSON.stringify(lock));
  for (const name of ['npm', 'node', 'sh', 'mkdir', 'date', 'printenv']) offer(name);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Puts a command of this system on the path of the set-up, which has no other. */
function offer(name: string): void {
  const folders = [path.dirname(process.execPath), ...(process.env['PATH'] ?? '').split(':')];
  const found = folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
  symlinkSync(found ?? `/missing/${name}`, path.join(root, 'bin', name));
}
function command(name: string, script: string): void {
  const file = path.join(root, 'bin', name);
  rmSync(file, { force: true }); // one that was offered is a link: written through, the system's own would change
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function setUp(user: { uid?: number; gid?: number } = {}): Promise<{ code: number | null; log: string }> {
  if (user.uid !== undefined) for (const folder of ['.', 'home']) chmodSync(inside(folder), 0o777);
  const child = spawn(process.execPath, [inside('scripts/setup.mjs')], {
    ...user,
    cwd: root,
    env: { PATH: inside('bin'), HOME: inside('home') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, log })));
}

test('with a compiler nothing is said about it, and node-gyp is told of headers beside this Node', async () => {
  for (const name of ['g++', 'make', 'python3']) command(name, '');
  const { code, log } = await setUp();
  expect([code, log]).toEqual([0, expect.not.stringContaining('apt-get')]);
  const folder = path.resolve(process.execPath, '../..');
  const header = path.join(folder, 'include/node/node_version.h');
  const patch = `#define NODE_PATCH_VERSION ${process.versions.node.split('.')[2] ?? ''}\n`;
  const fits = existsSync(header) && readFileSync(header, 'utf8').includes(patch);
  expect(readFileSync(inside('nodedir'), 'utf8')).toBe(fits ? `${folder}\n` : '');
});

(compiles ? test : test.skip)(
  'under Node 20 without apt-get the one line to run is told, before anything is installed',
  async () => {
    command('make', '');
    const { code, log } = await setUp();
    expect(code).toBe(1);
    expect(log).toContain('sudo apt-get install -y g++ python3\n');
    expect(log).not.toContain('npm ci');
    expect(['node_modules', '.setup.lock'].filter((name) => existsSync(inside(name)))).toEqual([]);
  },
);

// A Node in the home folder of root cannot be run by anybody else.
const others = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
const othersRunNode = spawnSync(process.execPath, ['--version'], { ...others, cwd: '/' }).status === 0;
(compiles && othersRunNode ? test : test.skip)(
  'under Node 20 anybody but root is told it too, and apt-get is not asked',
  async () => {
    command('apt-get', `echo ran >> ${inside('apt.log')}`);
    const { code, log } = await setUp(others);
    expect([code, log]).toEqual([1, expect.stringContaining('sudo apt-get install -y g++ make python3\n')]);
    expect(existsSync(inside('apt.log'))).toBe(false);
  },
);

// Only root may install packages, and only Debian does it this way.
(compiles && isRoot && isDebian ? describe : describe.skip)('under Node 20 as root on Debian', () => {
  test('what is missing is installed without a question, and nothing else', async () => {
    command('make', '');
    const made = `for tool in g++ python3; do printf '#!/bin/sh' > ${inside('bin')}/$tool; /bin/chmod 755 ${inside('bin')}/$tool; done`;
    command(
      'apt-get',
      `echo "$DEBIAN_FRONTEND $*" >> ${inside('apt.log')}; if [ "$1" = install ]; then ${made}; fi`,
    );
    const { code, log } = await setUp();
    expect(log).toMatch(/Installing g\+\+, python3 \(apt-get\)[^]*Installing dependencies[^]*Building/);
    expect(code).toBe(0);
    expect(readFileSync(inside('apt.log'), 'utf8')).toBe(
      'noninteractive update\nnoninteractive install -y --no-install-recommends g++ python3\n',
    );
    expect(existsSync(inside('node_modules/better-sqlite3-node20'))).toBe(true);
  });

  test('when that does not help, the set-up stops and says what is missing', async () => {
    command('apt-get', 'exit 100');
    const { code, log } = await setUp();
    expect(code).toBe(1);
    expect(log).toContain('sudo apt-get install -y g++ make python3\n');
    expect(log).not.toContain('npm ci');
  });
});

(compiles ? test : test.skip)(
  'under Node 20 a package that did not compile ends the set-up with how to see why',
  async () => {
    for (const name of ['g++', 'make', 'python3']) command(name, '');
    // As npm does with an optional package whose script fails.
    command('npm', 'exit 0');
    const { code, log } = await setUp();
    expect([code, log]).toEqual([1, expect.stringContaining('npm ci --foreground-scripts')]);
    expect(existsSync(inside('dist'))).toBe(false);
  },
);

(compiles ? test.skip : test)('under Node 22 and later no compiler is asked for', async () => {
  const { code, log } = await setUp();
  expect([code, log]).toEqual([0, expect.not.stringContaining('g++')]);
});
