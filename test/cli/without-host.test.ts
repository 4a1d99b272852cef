import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TOKEN } from '../operator/operator-host';
import { run } from './command-line';

/** Verbs that ask no host. */
const ALONE = [
  ...['serve', 'dev', 'new', 'prove', 'config', 'completions', 'restore', 'help'],
  ...['plugins add', 'plugins update', 'plugins remove'],
];
/** A name, an id and a JSON value, as far as the command line knows. */
const PLACEHOLDER = '1';
/** What a placeholder cannot stand for. */
const GIVEN: Readonly<Record<string, readonly string[]>> = {
  'inbox list': ['dead'],
  'inbox import': ['jobs.jsonl'],
  'inbox purge': ['--until', '30d'],
  send: ['github', '--to', 'acme.ci/github'],
  'plugins urls': ['acme.ci'],
  'data clear': ['acme.ci', '--yes'],
  'users set': ['ann', '--channel', 'slack-ops'],
  'events bind': ['build.*', '--prompt', 'Look at it.'],
  'channels set': ['console-ci', '--rate', '10/1m'],
  'tokens create': ['ci', '--scope', 'tools'],
};
const JOB = { token: 'x', plugin: 'acme.ci', name: 'work' };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-nobody-'));
  chmodSync(folder, 0o700);
  writeFileSync(path.join(folder, 'jobs.jsonl'), `${JSON.stringify(JOB)}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const help = async (...words: string[]) => (await run([...words, '--help'])).out;

/** As the help lists them: the verbs of `words`. */
async function verbsOf(...words: string[]): Promise<string[]> {
  const [, listed = ''] = /^Commands:\n((?: .*\n)+)/m.exec(await help(...words)) ?? [];
  return [...listed.matchAll(/^ {2}([a-z]\w*)/gm)].flatMap(([, name = '']) =>
    ALONE.includes([...words, name].join(' ')) || name === 'help' ? [] : [name],
  );
}

/** Every command line that asks a host, with something for each of its arguments. */
async function commandLines(): Promise<string[][]> {
  const lines: string[][] = [];
  for (const group of await verbsOf()) {
    const verbs = await verbsOf(group);
    for (const words of verbs.length === 0 ? [[group]] : verbs.map((verb) => [group, verb])) {
      const usage = /^Usage: .*\[options\](.*)$/m.exec(await help(...words))?.[1] ?? '';
      const placeholders =
        usage.trim() === ''
          ? []
          : usage
              .trim()
              .split(/ +/)
              .map(() => PLACEHOLDER);
      lines.push([...words, ...(GIVEN[words.join(' ')] ?? placeholders)]);
    }
  }
  return lines;
}

describe('without a host', () => {
  test('every verb that asks one ends with 3, and one line says what was tried and what to do', async () => {
    const lines = await commandLines();
    expect(lines.length).toBeGreaterThanOrEqual(18);
    for (const line of lines) {
      expect([line, await run([...line, '--data', folder], { cwd: folder })]).toEqual([
        line,
        {
          exitCode: 3,
          out: '',
          err: `error: No host answers at ${path.join(folder, 'operator.sock')} (ENOENT: there is no such socket); start one with \`gatehouse serve\`, or name its data folder with --data, or a host elsewhere with --url.\n`,
        },
      ]);
      const elsewhere = await run([...line, '--url', 'http://127.0.0.1:1', '--token', TOKEN], {
        cwd: folder,
      });
      expect([line, elsewhere]).toEqual([
        line,
        {
          exitCode: 3,
          out: '',
          err: 'error: No host answers at http://127.0.0.1:1 (ECONNREFUSED: nobody listens there); see that the host runs and that --url names it; start one with `gatehouse serve`.\n',
        },
      ]);
    }
  });

  test('every verb says so as JSON where it is asked to', async () => {
    for (const line of await commandLines()) {
      const { exitCode, out } = await run([...line, '--json', '--data', folder], { cwd: folder });
      expect([line, exitCode, JSON.parse(out)]).toEqual([
        line,
        3,
        { error: { code: 'operator/unreachable', message: expect.stringContaining('operator.sock') } },
      ]);
    }
  });

  test('a terminal gets the same line, and no bar that nothing takes away', async () => {
    const { exitCode, err } = await run(['inbox', 'retry', '--plugin', 'acme.ci', '--data', folder], {
      isErrorTTY: true,
    });
    expect([exitCode, err]).toEqual([3, expect.stringMatching(/^error: No host answers at .*\n$/)]);
  });
});

test('an address that speaks no HTTPS is told from one where nobody is', async () => {
  const server = http.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const { exitCode, err } = await run([
    'plugins',
    'list',
    '--url',
    `https://127.0.0.1:${port}`,
    '--token',
    TOKEN,
  ]);
  expect([exitCode, err]).toEqual([
    3,
    expect.stringMatching(/; see whether --url is to begin with http or https/),
  ]);
  await new Promise((resolve) => server.close(resolve));
});

test.each(['plugins.example.org', 'ftp://example.org', ''])('--url %s is a mistake of usage', async (url) => {
  const { exitCode, err } = await run(['inbox', 'list', '--url', url, '--token', TOKEN]);
  expect([exitCode, err]).toEqual([2, expect.stringMatching(/Write it as in https:/)]);
});
