import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Secret } from '../../src/core/secret';
import type { HostOptions, RunningHost } from '../../src/operator/running-host';
import { endpointStatus, failure, PlainRegistry, pluginStatus } from '../operator/plain-registry';
import { run, Signals, type Ran } from './command-line';

describe('usage', () => {
  test('--version prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(path.resolve(__dirname, '../../package.json'), 'utf8'));
    expect(await run(['--version'])).toEqual({ exitCode: 0, out: `${version}\n`, err: '' });
  });

  test('--help lists the verbs, exit codes and where settings come from', async () => {
    const { exitCode, out } = await run(['--help']);
    expect(exitCode).toBe(0);
    for (const word of [
      'serve',
      'dev',
      'plugins',
      'explain',
      'config',
      '3 the host cannot be reached',
      'gatehouse.yaml',
    ])
      expect(out).toContain(word);
  });

  test("a command's help shows each flag with its variable and default", async () => {
    expect((await run(['serve', '--help'])).out).toMatch(
      /--port <number> [^[]*\[GATEHOUSE_PORT;\s+default 8021\]/,
    );
  });

  test.each([
    ['an unknown command', ['sevre']],
    ['an unknown flag', ['serve', '--prot', '1']],
    ['a missing argument', ['plugins', 'reload']],
    ['an argument too many', ['plugins', 'list', 'x']],
    ['a flag without its value', ['serve', '--port']],
    ['no command', []],
    ['a command group alone', ['plugins']],
  ])('%s is exit code 2 with a word on stderr', async (_, argv) => {
    const { exitCode, out, err } = await run(argv);
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).not.toBe('');
  });
});

describe('config check', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const check = (argv: string[] = [], env = {}) => run(['config', 'check', ...argv], { cwd: folder, env });

  test('shows each value with its origin and never a secret', async () => {
    const compat = 'compat: { webhookMethods: { answer: accept } }';
    writeFileSync(path.join(folder, 'gatehouse.yaml'), `port: 9000\n${compat}\n`);
    const { exitCode, out } = await check(['--host', '::1'], { GATEHOUSE_OPERATOR_TOKEN: 'hush-hush-hush' });
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^port +9000 +.*gatehouse\.yaml$/m);
    expect(out).toMatch(/^host +::1 +--host$/m);
    expect(out).toMatch(/^compat\.webhookMethods +warn +default$/m);
    expect(out).toMatch(/^compat\.webhookMethods\.answer +accept +.*gatehouse\.yaml$/m);
    expect(out).toMatch(/^operatorToken +"\[secret\]" +GATEHOUSE_OPERATOR_TOKEN$/m);
    expect(out).not.toContain('hush');
  });

  test('names every mistake and fails with 1', async () => {
    writeFileSync(path.join(folder, 'gatehouse.yaml'), 'prot: 9000\n');
    const { exitCode, err } = await check([], { GATEHOUSE_LOG_LEVEL: 'loud' });
    expect(exitCode).toBe(1);
    expect(err).toMatch(/the nearest is port[^]*'loud', expected one of/);
    expect(JSON.parse((await check(['--json'])).out)).toMatchObject({ error: { code: 'settings/invalid' } });
  });

  test('warns of what has no effect', async () => {
    const env = { GATEHOUSE_SECRET_KEY: 'k' };
    expect((await check([], env)).err).toMatch(/^warning: GATEHOUSE_SECRET_KEY is no plugin's secret; .*\n$/);
    expect(JSON.parse((await check(['--json'], env)).out)).toMatchObject({
      ok: true,
      warnings: [expect.any(String)],
    });
  });
});

describe('serve', () => {
  const plugins = [
    pluginStatus('acme.ci', { endpoints: [endpointStatus('GET', '/api/plugin/acme.ci/builds')] }),
    pluginStatus('acme.broken', { state: 'failed', failure }),
    pluginStatus('example.hello', {
      endpoints: [endpointStatus('ALL', '/api/plugin/example.hello/', { reach: 'subtree' })],
    }),
    pluginStatus('x.y', { key: undefined, folder: '/plugins/nameless', state: 'failed', url: '', failure }),
  ];
  const token = new Secret('token-that-was-made');

  /** Serves until a SIGTERM, which is sent once the host is up. */
  async function serve(
    argv: string[],
    host: Partial<RunningHost> = {},
    isTTY = false,
    env = {},
  ): Promise<Ran & { started: HostOptions; stops: number }> {
    const signals = new Signals();
    let started: HostOptions | undefined;
    let stops = 0;
    const ran = await run(argv, {
      isTTY,
      signals,
      env: { GATEHOUSE_DATA: '/data', ...env },
      startHost: async (options) => {
        started = options;
        setImmediate(() => signals.emit('SIGTERM', 'SIGTERM'));
        return {
          url: 'http://127.0.0.1:8021',
          registry: new PlainRegistry(plugins),
          settings: options.settings,
          operatorToken: { token, file: '/data/operator-token', made: true },
          idle: async () => undefined,
          stop: async () => void (stops += 1),
          ...host,
        };
      },
    });
    return { ...ran, started: started as HostOptions, stops };
  }

  test('hands the settings to the host, prints what is mounted, stops on a signal and exits 0', async () => {
    const { exitCode, out, started, stops } = await serve(['serve', '--port', '8099']);
    expect([exitCode, stops, started.watch, started.settings.port]).toEqual([0, 1, false, 8099]);
    expect(out).toMatch(/^acme\.ci +http:\/\/127\.0\.0\.1:8021\/api\/plugin\/acme\.ci\/ +live$/m);
    expect(out).toMatch(/^acme\.broken .* failed: index\.ts could not be loaded\.$/m);
    expect(out).toMatch(/^\/plugins\/nameless +failed: /m);
    expect(out).toMatch(/SIGTERM: draining/);
  });

  test('dev is the same with the watcher on', async () => {
    const { started, out } = await serve(['dev']);
    expect(started.watch).toBe(true);
    expect(out).toMatch(/^Watching \/plugins$/m);
  });

  test('dev logs every answer that breaks its schema, serve counts them, unless it is set', async () => {
    const modeOf = async (verb: string, given?: string) =>
      (await serve([verb], {}, false, given && { GATEHOUSE_ROUTES_BROKEN_RESPONSES: given })).started.settings
        .routes.brokenResponses;
    expect([await modeOf('serve'), await modeOf('dev')]).toEqual(['count', 'log']);
    expect([await modeOf('serve', 'log'), await modeOf('dev', 'count')]).toEqual(['log', 'count']);
  });

  const tryLine = async (registry: PlainRegistry) =>
    /^Try: {2}(.*)$/m.exec((await serve(['serve'], { registry })).out)?.[1];

  test('the line to try prefers hello, then a declared GET, then a Router, then the health check', async () => {
    const [ci, broken, hello] = plugins as [any, any, any];
    expect(await tryLine(new PlainRegistry(plugins))).toBe(
      'curl http://127.0.0.1:8021/api/plugin/example.hello/',
    );
    expect(await tryLine(new PlainRegistry([broken, ci]))).toBe(
      'curl http://127.0.0.1:8021/api/plugin/acme.ci/builds',
    );
    const router = {
      ...hello,
      key: 'a.b',
      endpoints: [endpointStatus('ALL', '/api/plugin/a.b/x', { reach: 'subtree' })],
    };
    expect(await tryLine(new PlainRegistry([router, broken]))).toBe(
      'curl http://127.0.0.1:8021/api/plugin/a.b/x/',
    );
    expect(await tryLine(new PlainRegistry([broken]))).toBe('curl http://127.0.0.1:8021/healthz');
  });

  test('the line to try is never one that needs more than a plain GET', async () => {
    const endpoints = [
      endpointStatus('GET', '/api/plugin/a.b/:id'),
      endpointStatus('GET', '/api/plugin/a.b/$(x)'),
      endpointStatus('POST', '/api/plugin/a.b/post'),
      endpointStatus('GET', '/api/plugin/a.b/mine', { access: 'operator' }),
      endpointStatus('ALL', ''),
    ];
    expect(await tryLine(new PlainRegistry([pluginStatus('a.b', { endpoints })]))).toBe(
      'curl http://127.0.0.1:8021/healthz',
    );
  });

  test('a token that was just made is printed to a terminal only', async () => {
    expect((await serve(['serve'])).out).toMatch(/^Operator token: in \/data\/operator-token$/m);
    expect((await serve(['serve'], {}, true)).out).toContain('token-that-was-made');
    const kept = { operatorToken: { token, file: '/data/operator-token', made: false } };
    expect((await serve(['serve'], kept, true)).out).not.toContain('token-that-was-made');
    const given = { operatorToken: { token, file: undefined, made: false } };
    expect((await serve(['serve'], given, true)).out).not.toContain('token-that-was-made');
  });

  test('colour is for terminals, and NO_COLOR turns it off', async () => {
    expect((await serve(['serve'], {}, true)).out).toContain('\u001b[32mlive');
    expect((await serve(['serve'])).out).not.toContain('\u001b');
    expect((await serve(['serve'], {}, true, { NO_COLOR: '1' })).out).not.toContain('\u001b');
  });

  test('a host that does not start is exit code 1', async () => {
    const { exitCode, err } = await run(['serve'], { startHost: () => Promise.reject(new Error('boom')) });
    expect([exitCode, err]).toEqual([1, expect.stringContaining('boom')]);
  });

  test('wrong settings are told before anything starts', async () => {
    const { exitCode, err } = await run(['serve', '--port', 'many', '--trust-proxy', 'x']);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/port \(--port\): 'many'[^]*trustProxy \(--trust-proxy\): 'x'/);
  });
});
