import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startHost } from '../../src/host';
import { resolveSettings } from '../../src/core/settings-resolver';
import type { RunningHost } from '../../src/operator/running-host';
import { run, type Ran } from './command-line';

const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], GIT_CONFIG_NOSYSTEM: '1' };
const identity = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@b.c',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@b.c',
};
let cwd: string;
let home: string;
let host: RunningHost | undefined;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'gatehouse-add-'));
  home = mkdtempSync(path.join(tmpdir(), 'gatehouse-source-'));
});
afterEach(async () => {
  await host?.stop();
  host = undefined;
  for (const folder of [cwd, home]) rmSync(folder, { recursive: true, force: true });
});

const plugins = (...argv: string[]): Promise<Ran> => run(['plugins', ...argv], { cwd, env });
const within = (...parts: string[]) => path.join(cwd, ...parts);

function source(name: string, version: string, manifest: object = {}, entry = serving(version)): string {
  const folder = path.join(home, name);
  mkdirSync(folder, { recursive: true });
  const gatehouse = { author: 'acme', module: 'ci' };
  const whole = { name, version, keywords: ['gatehouse-plugin'], main: 'index.js', gatehouse, ...manifest };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(whole));
  writeFileSync(path.join(folder, 'index.js'), entry);
  return folder;
}
function serving(version: string): string {
  return `import { Plugin } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: 'ci', version: '${version}', name: 'CI', description: '' });
plugin.get('/version', { access: 'public' }, () => '${version}');
plugin.post('/keep', { access: 'public' }, () => plugin.store.create('kept', { a: 1 }));
plugin.get('/kept', { access: 'public' }, async () => (await plugin.store.list('kept')).length);
`;
}
const git = (folder: string, ...args: string[]) =>
  execFileSync('git', args, { cwd: folder, env: { ...env, ...identity }, stdio: 'pipe' })
    .toString()
    .trim();

/** A bare repository with a tag for each version; answers its address and the commits. */
function repository(...versions: string[]): { url: string; commits: string[] } {
  const work = source('work', versions[0] ?? '');
  git(work, 'init', '-q', '-b', 'main');
  const commits = versions.map((version) => {
    source('work', version);
    git(work, 'add', '.');
    git(work, 'commit', '-qm', version);
    git(work, 'tag', `v${version}`);
    return git(work, 'rev-parse', 'HEAD');
  });
  const bare = path.join(home, 'ci.git');
  git(home, 'clone', '-q', '--bare', work, bare);
  return { url: `file://${bare}`, commits };
}

async function serve(): Promise<RunningHost> {
  const { settings } = resolveSettings({
    flags: {},
    env: { GATEHOUSE_PORT: '0', GATEHOUSE_LOG_LEVEL: 'error', GATEHOUSE_LOG_ACCESS: 'false' },
    file: undefined,
    fileName: undefined,
    workingFolder: cwd,
  });
  mkdirSync(within('plugins'), { recursive: true });
  return (host = await startHost({ settings, watch: false, env: {} }));
}
const ask = async (path: string, method = 'GET') =>
  (await fetch(`${host?.url}/api/plugin/acme.ci${path}`, { method })).text();

describe('a folder', () => {
  test('is copied without what is installed in it, and no host is needed', async () => {
    const folder = source('ci', '1.0.0');
    mkdirSync(path.join(folder, 'node_modules/x'), { recursive: true });
    const { exitCode, out } = await plugins('add', folder);
    expect([exitCode, out]).toEqual([0, expect.stringContaining('No host runs here')]);
    expect(readdirSync(within('plugins'))).toEqual(['ci']);
    expect(readdirSync(within('plugins/ci')).sort()).toEqual([
      'gatehouse-origin.json',
      'index.js',
      'package.json',
    ]);
  });

  test('a host that runs here loads it, brings it up to date, and forgets it with all it kept', async () => {
    const folder = source('ci', '1.0.0');
    await serve();
    const added = await plugins('add', folder, '--json');
    expect([added.exitCode, JSON.parse(added.out)]).toMatchObject([0, { plugin: 'acme.ci', state: 'live' }]);
    expect(await ask('/version')).toBe('"1.0.0"');
    await ask('/keep', 'POST');
    source('ci', '1.1.0');
    expect((await plugins('update', 'acme.ci')).exitCode).toBe(0);
    expect([await ask('/version'), await ask('/kept')]).toEqual(['"1.1.0"', '1']);

    const unsure = await plugins('remove', 'acme.ci', '--delete-data');
    expect([unsure.exitCode, unsure.err, existsSync(within('plugins/ci'))]).toEqual([
      1,
      expect.stringMatching(/^Nothing was removed: .* --yes /),
      true,
    ]);
    const removed = await plugins('remove', 'acme.ci', '--delete-data', '--yes', '--json');
    expect(JSON.parse(removed.out)).toMatchObject({ plugin: 'acme.ci', erased: { documents: 1 } });
    expect(existsSync(within('plugins/ci'))).toBe(false);
    expect(await ask('/version')).toContain('"status":404');
    await plugins('add', folder);
    expect(await ask('/kept')).toBe('0');
  });

  test('a plugin that new wrote is served by the host that runs, which can be told to look again', async () => {
    await serve();
    const { exitCode, out } = await run(['new', 'acme.fresh'], { cwd, env });
    expect([exitCode, out]).toEqual([0, expect.stringContaining('The host that runs has it live')]);
    expect(out).toContain('gatehouse plugins reload acme.fresh');
    const elsewhere = await run(['new', 'acme.far', '--folder', 'far/away'], { cwd, env });
    expect([elsewhere.exitCode, elsewhere.out]).toEqual([0, expect.stringContaining('does not look there')]);
    rmSync(within('plugins/fresh'), { recursive: true });
    expect((await plugins('rescan')).out).toBe('The host has no plugins.\n');
    cpSync(within('far/away'), within('plugins/far'), { recursive: true });
    const rescanned = await plugins('rescan', '--json');
    expect(JSON.parse(rescanned.out).plugins).toMatchObject([{ key: 'acme.far', state: 'live' }]);
  });

  test('one that does not load any more is put back, and serves on', async () => {
    const folder = source('ci', '1.0.0');
    await serve();
    await plugins('add', folder);
    source('ci', '2.0.0', {}, 'throw new Error("not today");');
    const { exitCode, err } = await plugins('update', 'acme.ci');
    expect([exitCode, err]).toEqual([1, expect.stringContaining('not today')]);
    expect((await plugins('update', 'acme.ci', '--json')).out).toContain('install/does-not-load');
    expect(await ask('/version')).toBe('"1.0.0"');
    expect(readFileSync(within('plugins/ci/index.js'), 'utf8')).toBe(serving('1.0.0'));
    expect(readdirSync(within('plugins'))).toEqual(['ci']);
  });

  test('what was not added is neither updated nor removed', async () => {
    cpSync(source('ci', '1.0.0'), within('plugins/mine'), { recursive: true });
    for (const verb of ['update', 'remove']) {
      const { exitCode, out } = await plugins(verb, 'acme.ci', '--json');
      expect([exitCode, out]).toEqual([1, expect.stringContaining('install/not-added')]);
    }
    expect(existsSync(within('plugins/mine/index.js'))).toBe(true);
    expect((await plugins('remove', 'acme.other', '--json')).out).toContain('install/unknown');
  });

  test('data is deleted only by a host that runs', async () => {
    await plugins('add', source('ci', '1.0.0'));
    const { out } = await plugins('remove', 'acme.ci', '--delete-data', '--yes', '--json');
    expect(out).toContain('install/needs-host');
    expect(existsSync(within('plugins/ci'))).toBe(true);
    expect((await plugins('remove', 'acme.ci')).exitCode).toBe(0);
    expect(existsSync(within('plugins/ci'))).toBe(false);
  });
});

describe('git', () => {
  test('the commit is pinned, and an update goes to the one that is named', async () => {
    const { url, commits } = repository('1.0.0', '1.1.0', '1.2.0');
    const added = await plugins('add', `${url}#v1.0.0`, '--json');
    expect(JSON.parse(added.out)).toMatchObject({ plugin: 'acme.ci', pinned: commits[0] });
    expect(existsSync(within('plugins/ci/.git'))).toBe(false);
    expect(JSON.parse(readFileSync(within('plugins/ci/gatehouse-origin.json'), 'utf8'))).toEqual({
      ...{ kind: 'git', url, ref: 'v1.0.0', commit: commits[0] },
    });
    expect(JSON.parse((await plugins('update', 'acme.ci', '--to', 'main', '--json')).out).pinned).toBe(
      commits[2],
    );
    const to = commits[1] ?? '';
    expect(JSON.parse((await plugins('update', 'ci', '--to', to, '--json')).out).pinned).toBe(to);
    expect(readFileSync(within('plugins/ci/index.js'), 'utf8')).toBe(serving('1.1.0'));
  });

  test('a tag that is not there leaves nothing behind', async () => {
    const { url } = repository('1.0.0');
    const { exitCode, out } = await plugins('add', `${url}#v9`, '--json');
    expect([exitCode, out]).toEqual([1, expect.stringContaining('install/bad-source')]);
    const none = await plugins('add', `file://${home}/none.git`, '--json');
    expect(none.out).toContain('install/program-failed');
    expect(readdirSync(within('plugins'))).toEqual([]);
  });

  test.each([
    ['--upload-pack=touch /tmp/x'],
    ['ext::sh -c touch% /tmp/x'],
    ['https://me:hunter2@example.org/ci.git'],
    ['file:///x.git#--orphan'],
    ['../nowhere'],
    ['a b'],
  ])('%s is refused, and nothing of a password is repeated', async (given) => {
    const { exitCode, out, err } = await plugins('add', '--json', '--', given);
    expect([exitCode, out]).toEqual([1, expect.stringContaining('install/bad-source')]);
    expect(out + err).not.toContain('hunter2');
  });
});

describe('what is written where a plugin is staged', () => {
  /** A repository whose `.npmrc` names a program in the place of git. */
  const wicked = (name: string, manifest: object) => {
    const folder = source(name, '1.0.0', manifest);
    const script = `#!/bin/sh\ntouch ${path.join(home, `ran-${name}`)}\nexec git "$@"\n`;
    writeFileSync(path.join(folder, 'evil.sh'), script, { mode: 0o755 });
    writeFileSync(path.join(folder, '.npmrc'), 'git=./evil.sh\n');
    git(folder, 'init', '-q', '-b', 'main');
    git(folder, 'add', '.');
    git(folder, 'commit', '-qm', 'one');
    return folder;
  };
  const dependingOn = (folder: string) => ({
    dependencies: { [path.basename(folder)]: `git+file://${folder}` },
  });

  test('no program that a repository names runs in the place of git, nor one of what it depends on', async () => {
    const leaf = wicked('leaf', {});
    const between = wicked('between', { ...dependingOn(leaf), scripts: { prepare: 'true' } });
    const { exitCode, err } = await plugins('add', `file://${wicked('ci', dependingOn(between))}`);
    expect([exitCode, err]).toEqual([0, '']);
    expect(readdirSync(home).filter((name) => name.startsWith('ran'))).toEqual([]);
    expect(existsSync(within('plugins/ci/node_modules/leaf'))).toBe(true);
    expect(existsSync(within('plugins/ci/.npmrc'))).toBe(false);
  }, 60_000);

  test.each(['gatehouse-origin.json', 'package-lock.json', 'node_modules', 'deep/link'])(
    '%s that is a link leading out of it is refused, and nothing is written there',
    async (name) => {
      const outside = path.join(home, 'outside');
      writeFileSync(outside, 'mine');
      const folder = source('ci', '1.0.0');
      git(folder, 'init', '-q', '-b', 'main');
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      symlinkSync(outside, path.join(folder, name));
      git(folder, 'add', '-f', '.');
      git(folder, 'commit', '-qm', 'one');
      const { exitCode, out } = await plugins('add', `file://${folder}`, '--json');
      expect([exitCode, out]).toEqual([
        1,
        expect.stringContaining(`its ${name} is a link that leads out of it`),
      ]);
      expect(readFileSync(outside, 'utf8')).toBe('mine');
      expect(readdirSync(within('plugins'))).toEqual([]);
    },
  );

  test('links within it stay, and one in the place of the origin is replaced', async () => {
    const folder = source('ci', '1.0.0');
    symlinkSync('index.js', path.join(folder, 'also.js'));
    symlinkSync('package.json', path.join(folder, 'gatehouse-origin.json'));
    expect((await plugins('add', folder)).exitCode).toBe(0);
    expect(readFileSync(within('plugins/ci/also.js'), 'utf8')).toBe(serving('1.0.0'));
    expect(JSON.parse(readFileSync(within('plugins/ci/package.json'), 'utf8')).name).toBe('ci');
    expect(JSON.parse(readFileSync(within('plugins/ci/gatehouse-origin.json'), 'utf8'))).toMatchObject({
      kind: 'folder',
    });
  });

  test('a link that leads nowhere is refused: npm would write what is to be there', async () => {
    const folder = source('ci', '1.0.0');
    symlinkSync(path.join(home, 'not-yet'), path.join(folder, 'package-lock.json'));
    const { out } = await plugins('add', folder, '--json');
    expect(out).toContain('its package-lock.json is a link that leads nowhere');
    expect(existsSync(path.join(home, 'not-yet'))).toBe(false);
  });
});

describe('a package of npm', () => {
  const pack = (version: string, manifest: object = {}) => {
    const folder = source('gatehouse-ci', version, manifest);
    execFileSync('npm', ['pack', '--pack-destination', home, '--loglevel=error'], {
      cwd: folder,
      env,
      stdio: 'pipe',
    });
    return path.join(home, `gatehouse-ci-${version}.tgz`);
  };

  test('is installed, loaded, updated and removed; its scripts do not run', async () => {
    const scripts = { postinstall: `touch ${path.join(home, 'ran')}` };
    const added = await plugins('add', pack('1.0.0', { scripts }), '--json');
    expect(JSON.parse(added.out)).toMatchObject({ plugin: 'acme.ci', pinned: '1.0.0' });
    expect(existsSync(path.join(home, 'ran'))).toBe(false);
    expect((await plugins('add', pack('1.1.0'), '--json')).out).toContain('install/taken');
    const updated = await plugins('update', 'acme.ci', '--to', pack('1.1.0'), '--json');
    expect(JSON.parse(updated.out).pinned).toBe('1.1.0');
    expect((await plugins('remove', 'acme.ci')).exitCode).toBe(0);
    expect(existsSync(within('node_modules/gatehouse-ci'))).toBe(false);
  }, 60_000);

  test.each([
    ['without the keyword', { keywords: [] }, 'install/not-a-plugin'],
    ['that wants another Gatehouse', { engines: { gatehouse: '^99.0.0' } }, 'install/unfit-version'],
  ])('one %s is refused before the working folder is touched', async (_, manifest, code) => {
    const { exitCode, out } = await plugins('add', pack('1.0.0', manifest), '--json');
    expect([exitCode, out]).toEqual([1, expect.stringContaining(code)]);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

test.each([
  ['^0.1.0', 0],
  ['>=0.1', 0],
  ['>=1', 1],
  ['latest', 1],
])('engines.gatehouse %s is exit code %d', async (range, code) => {
  const { exitCode, out } = await plugins(
    'add',
    source('ci', '1.0.0', { engines: { gatehouse: range } }),
    '--json',
  );
  expect(exitCode).toBe(code);
  if (code === 1) expect(out).toContain('install/unfit-version');
  expect(readdirSync(within('plugins'))).toEqual(code === 1 ? [] : ['ci']);
});
