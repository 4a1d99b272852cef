import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root, startProcessHost, type ProcessHost } from '../support/process-host';
import { pluginFolder } from '../support/plugin-folder';

const source = `
  import { Plugin } from 'gatehouse';
  export const plugin = new Plugin({ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: 'd' });
  plugin.secret('GITHUB', { required: true });
  plugin.get('/:name', ({ params }) => plugin.secrets.get(params.name) ?? 'none');
`;
const main = path.join(root, 'dist/main.js');

let host: ProcessHost;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-secrets-'));
  writeFileSync(path.join(folder, 'slack'), 'from a file\n');
  host = await startProcessHost({
    plugins: [pluginFolder({ 'ci/index.ts': source })],
    env: { GATEHOUSE_SECRET_ACME_CI_SLACK_FILE: path.join(folder, 'slack') },
  });
});
afterAll(async () => {
  await host.stop();
  rmSync(folder, { recursive: true, force: true });
});

const asked = async (name: string): Promise<unknown> =>
  (await fetch(`${host.base}/api/plugin/acme.ci/${name}`)).json();

/** Runs a command; `typed` once it printed something, if it is to be typed. */
function run(
  command: readonly string[],
  typed: string,
  isTyped: boolean,
): Promise<{ code: unknown; shown: string }> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env: host.env, cwd: root });
  let shown = '';
  const hear = (chunk: Buffer) => {
    if (isTyped && shown === '') child.stdin.write(typed);
    shown += chunk.toString();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  if (!isTyped) child.stdin.end(typed);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, shown }));
  });
}
const gatehouse = (args: readonly string[], piped = '') =>
  run([process.execPath, main, ...args], piped, false);
/** In a terminal of its own, as util-linux's script gives one. */
const atTerminal = (args: readonly string[], typed: string) =>
  run(['script', '-qec', [process.execPath, main, ...args].join(' '), '/dev/null'], typed, true);

test('a value that is piped in reaches the running plugin and no output or log', async () => {
  expect(await asked('GITHUB')).toBe('none');
  const { code, shown } = await gatehouse(['secrets', 'set', 'acme.ci', 'GITHUB'], 'piped-horse\n');
  expect([code, shown]).toEqual([0, expect.stringMatching(/^acme\.ci GITHUB is set \(s-\w+\)\n$/)]);
  expect(await asked('GITHUB')).toBe('piped-horse');
  expect(host.log()).toContain('the secret GITHUB is required and has no value');
  expect(host.log()).toContain('a secret was set');
  expect(host.log()).not.toContain('horse');
});

test('a value that is typed at a terminal is not shown there', async () => {
  const { code, shown } = await atTerminal(['secrets', 'set', 'acme.ci', 'GITHUB'], 'typed-horse\r');
  expect([code, shown]).toEqual([0, expect.stringMatching(/^Value of acme\.ci GITHUB: [^]*is set/)]);
  expect(shown).not.toContain('horse');
  expect(await asked('GITHUB')).toBe('typed-horse');
});

test('what the environment names a file for is live, listed, and cannot be changed', async () => {
  expect(await asked('SLACK')).toBe('from a file');
  expect((await gatehouse(['secrets', 'list'])).shown).toContain('GATEHOUSE_SECRET_ACME_CI_SLACK_FILE');
  const { code, shown } = await gatehouse(['secrets', 'set', 'acme.ci', 'SLACK'], 'x');
  expect([code, shown]).toEqual([1, expect.stringContaining('change GATEHOUSE_SECRET_ACME_CI_SLACK_FILE')]);
});

test('a generated value is printed, and is the plugin’s', async () => {
  const { shown } = await gatehouse(['secrets', 'rotate', 'acme.ci', 'GITHUB', '--generate', '--json']);
  expect(await asked('GITHUB')).toBe(JSON.parse(shown).value);
});
