import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root, startProcessHost, type ProcessHost } from '../support/process-host';

const examples = path.join(root, 'plugins-example');

function gatehouse(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: unknown; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [path.join(root, 'dist/main.js'), ...args],
      { env, cwd: root },
      (error, out, err) => resolve({ code: error?.code ?? 0, out, err }),
    );
  });
}

test('what is written to a slow reader arrives whole, and one that stops reading is no failure', async () => {
  const line = [process.execPath, path.join(root, 'dist/main.js'), 'completions', 'fish'];
  const piped = (reader: string) =>
    new Promise<string>((resolve, reject) => {
      const script = `set -o pipefail; "$@" | (${reader})`;
      execFile('bash', ['-c', script, 'bash', ...line], { maxBuffer: 2 ** 24 }, (error, out) =>
        error === null ? resolve(out) : reject(error),
      );
    });
  const whole = await piped('cat');
  // More than a pipe holds.
  expect(whole.length).toBeGreaterThan(65_536);
  expect(await piped('sleep 1; cat')).toBe(whole);
  expect(await piped('head -n 1')).toBe(`${whole.split('\n', 1)[0]}\n`);
}, 30_000);

describe('a host in a process of its own', () => {
  let host: ProcessHost;
  beforeAll(async () => {
    host = await startProcessHost({ plugins: [examples], env: { GATEHOUSE_OPERATOR_TOKEN: '' } });
    await host.logged(/^Operator token: .*$/m);
  });
  afterAll(() => host.stop());

  test('prints a table of what is mounted and a curl line that works as printed', async () => {
    expect(host.log()).toMatch(/^PLUGIN +URL +STATE$/m);
    expect(host.log()).toMatch(
      new RegExp(`^example\\.hello +${host.base}/api/plugin/example\\.hello/ +live$`, 'm'),
    );
    const line = /^Try: {2}curl (\S+)$/m.exec(host.log())?.[1] ?? '';
    const response = await fetch(line);
    expect([response.status, await response.json()]).toEqual([200, { hello: 'world' }]);
  });

  test('keeps the token it made in a file of its own, out of its output, and takes it at the door', async () => {
    const file = path.join(host.env['GATEHOUSE_DATA'] ?? '', 'operator-token');
    const token = readFileSync(file, 'utf8').trim();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(host.log()).not.toContain(token);
    const ask = (given: string) =>
      fetch(`${host.base}/api/operator/plugins`, { headers: { authorization: `Bearer ${given}` } });
    expect([(await ask(token)).status, (await ask(`${token}x`)).status]).toEqual([200, 401]);
  });

  test('is operated from the command line through its socket, which is the owner’s alone', async () => {
    const socket = path.join(host.env['GATEHOUSE_DATA'] ?? '', 'operator.sock');
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(await gatehouse(['plugins', 'reload', 'example.hello'], host.env)).toEqual({
      code: 0,
      out: 'example.hello reloaded: live, generation 2 serves\n',
      err: '',
    });
    const { code, out } = await gatehouse(['plugins', 'list', '--json'], host.env);
    expect(code).toBe(0);
    expect(JSON.parse(out).plugins).toContainEqual(
      expect.objectContaining({ key: 'example.hello', generation: 2 }),
    );
  });

  test('explains which endpoint answers', async () => {
    const { code, out } = await gatehouse(
      ['explain', 'GET', '/api/plugin/example.hello/Ada', '--json'],
      host.env,
    );
    expect([code, JSON.parse(out)]).toEqual([
      0,
      expect.objectContaining({ status: 200, plugin: 'example.hello' }),
    ]);
  });

  test('keeps a second host off its data folder', async () => {
    const { code, err } = await gatehouse(['serve', '--port', '0'], host.env);
    expect([code, err]).toEqual([1, expect.stringMatching(/Another host answers on .*operator\.sock/)]);
    expect((await gatehouse(['plugins', 'list'], host.env)).code).toBe(0);
  });
});

test('the signal that a process group delivers twice drains once and exits 0', async () => {
  const data = mkdtempSync(path.join(tmpdir(), 'gatehouse-data-'));
  const args = [path.join(root, 'dist/main.js'), 'serve', '--port', '0', '--data', data];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let log = '';
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('Operator token:')) resolve();
    });
  });
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  expect(log).toContain('SIGTERM: draining');
  rmSync(data, { recursive: true, force: true });
});

test('a host that is stopped while its plugins load still exits 0', async () => {
  const data = mkdtempSync(path.join(tmpdir(), 'gatehouse-data-'));
  const args = [path.join(root, 'dist/main.js'), 'serve', '--port', '0', '--data', data];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  // The first line of output comes while plugins load: the signal arrives before the host serves.
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  child.stdout.resume();
  expect(await exited).toEqual([0, null]);
  rmSync(data, { recursive: true, force: true });
});

test('npx runs the build of this folder', async () => {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const printed = await new Promise((resolve, reject) => {
    execFile('npx', ['--no-install', 'gatehouse', '--version'], { cwd: root }, (error, out) =>
      error === null ? resolve(out) : reject(error),
    );
  });
  expect(printed).toBe(`${version}\n`);
});
