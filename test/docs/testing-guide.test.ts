import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { transformSync } from 'esbuild';
import * as authors from '../../src/index';
import * as testing from '../../src/testing';
import { startHost, type TestHost } from '../../src/testing';
import { pluginFolder } from '../support/plugin-folder';

const root = path.resolve(__dirname, '../..');
const guide = readFileSync(path.join(root, 'docs/guide/testing.md'), 'utf8');

interface Block {
  /** What follows the three backticks. */
  readonly kind: string;
  readonly text: string;
  /** Of its first line, from 1. */
  readonly line: number;
}
const blocks: readonly Block[] = [...guide.matchAll(/^```([^\n]*)\n([^]*?)^```$/gm)].map((match) => ({
  kind: match[1] ?? '',
  text: match[2] ?? '',
  line: guide.slice(0, match.index).split('\n').length + 1,
}));
const only = (kind: string) => {
  const found = blocks.filter((block) => block.kind === kind);
  expect(found).toHaveLength(1);
  return found[0]?.text ?? '';
};
/** Commands, and the block of output below them. */
const recipes = blocks.flatMap((block, index) => {
  const output = blocks[index + 1];
  return block.kind === 'sh run'
    ? [{ ...block, expected: output?.kind === 'text' ? output.text : undefined }]
    : [];
});
const title = (text: string) => text.split('acme.door/')[1]?.split(' ')[0] ?? '';

describe('the guide to testing', () => {
  const exported = new Map(
    [...only('sh setup').matchAll(/^export (\w+)=(\S+)$/gm)].map((m) => [m[1] ?? '', m[2] ?? '']),
  );
  const data = mkdtempSync(path.join(tmpdir(), 'gatehouse-guide-'));
  const folder = pluginFolder({ 'plugins/door/index.ts': only('ts') });
  let host: TestHost;
  beforeAll(async () => {
    host = await startHost({
      plugins: path.join(folder, 'plugins'),
      env: Object.fromEntries(exported),
      settings: { data },
    });
  });
  afterAll(async () => {
    await host.stop();
    rmSync(data, { recursive: true, force: true });
  });

  const run = (text: string) =>
    new Promise<{ code: number; output: string }>((resolve) => {
      const script = text.replaceAll('http://127.0.0.1:8021', host.url);
      const env = { PATH: process.env.PATH, GATEHOUSE_DATA: data, ...Object.fromEntries(exported) };
      execFile(
        'bash',
        ['--norc', '-euo', 'pipefail', '-c', script],
        { cwd: root, env },
        (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
      );
    });

  test('has a recipe for each of the ways it names, and shows what each one prints', () => {
    expect(recipes.map(({ text }) => title(text))).toEqual([
      'anybody',
      'github',
      'github',
      'shopify',
      'stripe',
      'slack',
      'slack',
      'standard',
      'token',
      'basic',
    ]);
    expect(recipes.filter(({ expected }) => expected === undefined)).toEqual([]);
  });

  test.each(recipes.map((recipe) => [`line ${recipe.line}, ${title(recipe.text)}`, recipe] as const))(
    'prints what it shows: %s',
    async (_where, { text, expected = '' }) => {
      expect(await run(text)).toEqual({ code: 0, output: expected });
    },
  );

  const guarded = [...only('ts').matchAll(/\.post\('(\/\w+)', \{ access: \{/g)].map(
    (match) => match[1] ?? '',
  );
  test.each(guarded)('unsigned, %s answers 401', async (at) => {
    const answer = await fetch(host.urlOf('acme.door', at), { method: 'POST', body: '{}' });
    expect(answer.status).toBe(401);
  });

  test('names every flag of `send` that says what is sent', async () => {
    const { output } = await run('npx gatehouse send --help');
    const flags = [...output.matchAll(/^ {2}(--[a-z-]+)/gm)].map((match) => match[1] ?? '');
    const general = ['--list', '--json', '--url', '--token', '--data', '--config'];
    expect(flags).toEqual(expect.arrayContaining(['--invalid', '--secret-name', '--public']));
    expect(flags.filter((flag) => !general.includes(flag) && !guide.includes(`| \`${flag}`))).toEqual([]);
  });

  test.each(only('sh send').trim().split('\n'))('%s', async (command) => {
    expect(await run(command)).toMatchObject({ code: 0 });
  });

  test.each([
    ['ts test', 3],
    ['ts test clock', 1],
  ])('its own tests of a plugin pass: %s', async (kind, count) => {
    const written = only(kind).replaceAll(
      "'plugins/door'",
      JSON.stringify(path.join(folder, 'plugins/door')),
    );
    const { code } = transformSync(written, { loader: 'ts', format: 'cjs' });
    const own: Record<string, unknown> = { gatehouse: authors, 'gatehouse/testing': testing };
    const require = (name: string) => own[name] ?? createRequire(__filename)(name);
    const steps: (() => unknown)[] = [];
    const ends: (() => unknown)[] = [];
    const add = (list: (() => unknown)[]) => (step: () => unknown) => void list.push(step);
    const [test, beforeAll, afterAll] = [
      (_name: string, step: () => unknown) => void steps.push(step),
      add(steps),
      add(ends),
    ];
    new Function('require', 'exports', 'test', 'beforeAll', 'afterAll', 'expect', code)(
      require,
      {},
      test,
      beforeAll,
      afterAll,
      expect,
    );
    expect(steps).toHaveLength(count);
    try {
      for (const step of steps) await step();
    } finally {
      for (const end of ends) await end();
    }
  });
});
