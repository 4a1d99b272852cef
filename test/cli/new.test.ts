import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../support/process-host';
import { run } from './command-line';

let cwd: string;
beforeEach(() => (cwd = mkdtempSync(path.join(tmpdir(), 'gatehouse-new-'))));
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const manifestIn = (folder: string) =>
  JSON.parse(readFileSync(path.join(cwd, folder, 'package.json'), 'utf8')) as Record<string, any>;

test('a new plugin passes its own type check and test, as npm test runs them', async () => {
  const { exitCode, err } = await run(['new', 'acme.ci', '--webhook', 'hubspot'], { cwd });
  expect([exitCode, err]).toEqual([0, '']);
  const folder = path.join(cwd, 'plugins/ci');
  // What `npm install` would bring.
  mkdirSync(path.join(folder, 'node_modules/@types'), { recursive: true });
  for (const name of ['typescript', '@types/node', 'undici-types'])
    if (existsSync(path.join(root, 'node_modules', name)))
      symlinkSync(path.join(root, 'node_modules', name), path.join(folder, 'node_modules', name), 'junction');
  symlinkSync(root, path.join(folder, 'node_modules/gatehouse'), 'junction');
  const { test: line } = manifestIn('plugins/ci').scripts as { test: string };
  const [tsc = '', nodeTest = ''] = line.split(' && ');
  expect(tsc).toBe('tsc');
  const checked = await program(folder, [path.join(root, 'node_modules/typescript/bin/tsc')]);
  expect(checked).toEqual({ code: 0, output: '' });
  const tested = await program(folder, nodeTest.split(' ').slice(1));
  expect(tested).toMatchObject({ code: 0, output: expect.stringMatching(/pass 2\n/) });
}, 60_000);

test('its README has its addresses, and the steps that follow are told', async () => {
  const { out } = await run(['new', 'acme.ci', '--public-url', 'https://hooks.example.org'], { cwd });
  const readme = readFileSync(path.join(cwd, 'plugins/ci/README.md'), 'utf8');
  expect(readme).toContain('| POST | https://hooks.example.org/api/plugin/acme.ci/github |');
  expect(readme).toContain('| GET | https://hooks.example.org/api/plugin/acme.ci/ |');
  for (const line of ['npm test', 'gatehouse dev', 'gatehouse secrets set acme.ci GITHUB_WEBHOOK_SECRET'])
    expect(out).toContain(line);
  expect(manifestIn('plugins/ci').gatehouse).toEqual({ author: 'acme', module: 'ci' });
});

test('its package.json says where npm finds gatehouse, from where the plugin stands', async () => {
  await run(['new', 'acme.ci', '--folder', 'deep/er/ci'], { cwd });
  const { gatehouse } = manifestIn('deep/er/ci').devDependencies as { gatehouse: string };
  expect(path.resolve(cwd, 'deep/er/ci', gatehouse.replace('file:', ''))).toBe(root);
});

test('a folder that is there is left as it is', async () => {
  mkdirSync(path.join(cwd, 'plugins/ci'), { recursive: true });
  const { exitCode, err } = await run(['new', 'acme.ci'], { cwd });
  expect(exitCode).toBe(1);
  expect(err).toContain('is there already');
  expect(readdirSync(path.join(cwd, 'plugins/ci'))).toEqual([]);
  expect((await run(['new', 'acme.ci', '--json'], { cwd })).out).toContain('scaffold/taken');
});

test.each([
  ['a sender nobody knows', 'gihub', 'did you mean github?'],
  ['a sender whose signatures a test cannot make', 'paypal', 'a test cannot sign'],
  ['a sender whose signatures take code', 'twilio', 'a test cannot sign'],
])('%s is refused before anything is written', async (_, sender, why) => {
  const { exitCode, err, out } = await run(['new', 'acme.ci', '--webhook', sender, '--json'], { cwd });
  expect([exitCode, out]).toEqual([1, expect.stringContaining('scaffold/unknown-sender')]);
  expect(err).toContain(why);
  expect(existsSync(path.join(cwd, 'plugins'))).toBe(false);
});

test('what is no key is a mistake of the command line', async () => {
  const { exitCode, err } = await run(['new', 'acme-ci'], { cwd });
  expect(exitCode).toBe(2);
  expect(err).toContain('author.module');
});

function program(folder: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], HOME: folder };
    execFile(process.execPath, args, { cwd: folder, env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
    );
  });
}
