import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHost } from '../../src/host';
import { createDevOutput } from '../../src/operator/cli/dev-output';
import { createTerminal } from '../../src/operator/cli/terminal';
import type { RunningHost } from '../../src/operator/running-host';
import { signed } from '../../src/testing';
import { run, Signals, type Ran } from './command-line';

const plugin = (body: string) => `import { Plugin } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: 'ci', version: '1.0.0', name: 'CI', description: '' });
plugin.secret('TOKEN', { description: 'x', required: true });
${body}
`;
const FIRST = plugin(`
plugin.get('/builds', { access: 'public' }, () => 'first');
plugin.get('/fails', { access: 'public' }, () => { throw new Error('out of paper'); });
plugin.post('/github', { access: { signature: 'github', secret: 'TOKEN' } }, () => 'ok');
`);

describe('a host that is being developed on', () => {
  let folder: string;
  let host: RunningHost;
  let printed = '';
  let ran: Promise<Ran>;
  const signals = new Signals();
  const write = (text: string) => writeFileSync(path.join(folder, 'plugins/ci/index.ts'), text);
  const shown = async (pattern: RegExp) => {
    for (const end = Date.now() + 10_000; !pattern.test(printed); await sleep(20))
      if (Date.now() > end) throw new Error(`${String(pattern)} was not printed:\n${printed}`);
  };
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-dev-'));
    mkdirSync(path.join(folder, 'plugins/ci'), { recursive: true });
    write(FIRST);
    ran = run(['dev'], {
      ...{ cwd: folder, signals, env: { GATEHOUSE_PORT: '0', GATEHOUSE_SECRET_ACME_CI_TOKEN: 'hush-hush' } },
      startHost: async (options) => (host = await startHost(options)),
      stdout: { isTTY: false, write: (text) => (printed += text) },
    });
    await shown(/Watching /);
  });
  afterAll(async () => {
    signals.emit('SIGINT', 'SIGINT');
    expect((await ran).exitCode).toBe(0);
    rmSync(folder, { recursive: true, force: true });
  });
  const at = (path: string) => `${host.url}/api/plugin/acme.ci${path}`;

  test('tells its routes and who may ask', () => {
    expect(printed).toMatch(/METHOD +URL +ACCESS\n/);
    expect(printed).toMatch(/GET +http:\/\/127\.0\.0\.1:\d+\/api\/plugin\/acme\.ci\/builds +/);
    expect(printed).toMatch(/POST +http:\/\/127\.0\.0\.1:\d+\/api\/plugin\/acme\.ci\/github +.*github/);
  });

  test('tells of each request in a line, refused ones with the reason, every time', async () => {
    await fetch(at('/builds?token=in-the-query'));
    await shown(/\d\d:\d\d:\d\d {2}GET +\/api\/plugin\/acme\.ci\/builds {2}200 {2}\d+ ms {2}acme\.ci\n/);
    expect(printed).not.toContain('in-the-query');
    for (let count = 0; count < 2; count += 1) await fetch(at('/github'), { method: 'POST', body: '{}' });
    await shown(/(?:acme\.ci\/github {2}401 .*refused: missing_signature\n[^]*){2}/);
    const wrong = signed('github', { secret: 'another', body: '{}' });
    await fetch(at('/github'), wrong);
    await shown(/401 .*refused: bad_signature/);
    await fetch(`${host.url}/healthz`);
    await fetch(at('/github'), signed('github', { secret: 'hush-hush', body: '{}' }));
    await shown(/acme\.ci\/github {2}200/);
    expect(printed).not.toContain('healthz');
  });

  test('tells of an error with the line of the plugin it comes from', async () => {
    await fetch(at('/fails'));
    await shown(/error +acme\.ci +GET \/fails failed: out of paper\n +at .*ci\/index\.ts:6:\d+/);
  });

  test('tells of a reload, and of one that failed', async () => {
    write(FIRST.replace("'first'", "'second'"));
    await shown(/info +acme\.ci .*generation 2/);
    expect(await (await fetch(at('/builds'))).text()).toBe('"second"');
    write('throw new Error("not today");');
    await shown(/error +acme\.ci .*not today[^]*index\.ts:1:7/);
  });
});

test('--json prints the log alone', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-dev-'));
  const signals = new Signals();
  let output: unknown = 'not asked';
  const ran = await run(['dev', '--json'], {
    ...{ cwd: folder, signals, env: { GATEHOUSE_PORT: '0' } },
    startHost: (options) => {
      output = options.output;
      signals.emit('SIGTERM', 'SIGTERM');
      return Promise.resolve({ stop: () => Promise.resolve() } as RunningHost);
    },
  });
  expect(ran).toMatchObject({ exitCode: 0, out: '' });
  // The host's own: standard output.
  expect(output).toBeUndefined();
  rmSync(folder, { recursive: true, force: true });
});

describe('the lines', () => {
  const told = (text: string, showsDebug = false) => {
    let printed = '';
    const stdout = { write: (line: string) => (printed += line) };
    createDevOutput(createTerminal(stdout, stdout, {}), { showsDebug }).write(text);
    return printed;
  };

  test('come whole however the log is cut', () => {
    let printed = '';
    const stdout = { write: (line: string) => (printed += line) };
    const output = createDevOutput(createTerminal(stdout, stdout, {}), { showsDebug: false });
    for (const part of ['{"level":"warn","mess', 'age":"one"}\n{"level":"warn","message":"two"}', '\n'])
      output.write(part);
    expect(printed).toBe('warn      one\nwarn      two\n');
  });

  test('leave out what would steer a terminal, and what is debug', () => {
    expect(told('{"level":"info","message":"a\\u001b[31mb"}\n')).toBe('info      ab\n');
    expect(told('{"level":"debug","message":"x"}\n')).toBe('');
    expect(told('{"level":"debug","message":"x"}\n', true)).toBe('debug     x\n');
    expect(told('no JSON\n')).toBe('no JSON\n');
  });
});
