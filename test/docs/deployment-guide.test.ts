import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { provideMasterKey } from '../../src/state/master-key';
import { Secret } from '../../src/core/secret';
import { settingsTable } from '../../src/core/settings-table';
import { run } from '../cli/command-line';
import { allVariables } from '../packaging/all-variables';

const root = path.resolve(__dirname, '../..');
const guide = readFileSync(path.join(root, 'docs/guide/deployment.md'), 'utf8');
const blocks = [...guide.matchAll(/^```(sh[^\n]*)\n([^]*?)^```$/gm)].map(([, kind = '', text = '']) => ({
  kind,
  text,
}));
const runnable = blocks.filter(({ kind }) => kind === 'sh run').map(({ text }) => text);
const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-deployment-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the secrets made for compose are those it names, usable, and behind a closed door', () => {
  const [making] = runnable.filter((text) => text.includes('openssl'));
  execFileSync('sh', ['-ec', making ?? 'exit 1'], { cwd: folder, env: { PATH: process.env.PATH } });
  const compose = parse(readFileSync(path.join(root, 'compose.yaml'), 'utf8')) as {
    secrets: Record<string, { file: string }>;
  };
  for (const { file } of Object.values(compose.secrets))
    expect(existsSync(path.join(folder, file))).toBe(true);
  expect(statSync(path.join(folder, 'secrets')).mode & 0o077).toBe(0);
  const read = (name: string) => readFileSync(path.join(folder, 'secrets', name), 'utf8').trim();
  expect(provideMasterKey(new Secret(read('master-key')), folder).bytes).toHaveLength(32);
  const url = new URL(read('database-url'));
  expect([url.hostname, url.pathname, url.password]).toEqual([
    'database',
    '/gatehouse',
    read('database-password'),
  ]);
});

test('the commands with variables before them do what is said', async () => {
  const lines = runnable.filter((text) => text.startsWith('GATEHOUSE_')).map((text) => text.trim());
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    const words = line.split(' ');
    const at = words.indexOf('gatehouse');
    const env = Object.fromEntries(words.slice(0, at).map((word) => word.split('=') as [string, string]));
    const { exitCode, out } = await run([...words.slice(at + 1)], { env, cwd: folder });
    expect(exitCode).toBe(0);
    expect(out).toContain('https://www.example.org/hooks');
  }
});

test('every command and option that it names is one', async () => {
  const lines = blocks.flatMap(({ text }) => text.split('\n')).join('\n');
  const commands = [
    ...`${lines}\n${guide}`.matchAll(/gatehouse (backup|restore|doctor|send|config)([^`\n#|]*)/g),
  ];
  expect(commands.length).toBeGreaterThan(5);
  for (const [, name = '', rest = ''] of commands) {
    const help = (await run([name, '--help'])).out;
    for (const [option] of rest.matchAll(/--[a-z-]+/g)) expect(help).toContain(option);
  }
});

test('every variable and setting that it names is one', () => {
  const variables = [...guide.matchAll(/GATEHOUSE_[A-Z_]+/g)].map(([name]) => name);
  expect(variables.length).toBeGreaterThan(5);
  for (const name of variables) expect(allVariables()).toContain(name);
  for (const [, name = ''] of guide.matchAll(/`((?:receipts|jobs|alerts|timeouts|limits)\.\w+)`/g))
    expect(Object.keys(settingsTable)).toContain(name);
});
