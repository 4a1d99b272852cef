import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { operatorTokenFile } from '../../src/operator/operator-token';
import { startOperatorHost, TOKEN, type OperatorHost } from '../operator/operator-host';
import { endpointStatus, failure, PlainRegistry, pluginStatus } from '../operator/plain-registry';
import { run } from './command-line';

let host: OperatorHost;
beforeEach(async () => {
  const alias = { url: '/api/webhook/github', deprecated: true };
  host = await startOperatorHost(
    new PlainRegistry([
      pluginStatus('acme.ci', {
        endpoints: [
          endpointStatus('GET', '/api/plugin/acme.ci/builds'),
          endpointStatus('POST', '', {
            ...{ path: '', aliases: [alias] },
            ...{ access: 'signature github', isOpen: false },
          }),
        ],
      }),
      pluginStatus('acme.broken', { state: 'failed', generation: 0, failure }),
    ]),
  );
});
afterEach(() => host.close());

const local = (...argv: string[]) => run([...argv, '--data', host.data]);
const remote = (...argv: string[]) => run([...argv, '--url', host.url, '--token', TOKEN]);

describe.each([
  ['through the local socket', local],
  ['at an address', remote],
])('%s', (_, ask) => {
  test('plugins list prints a table, with reasons but without escape sequences of plugins', async () => {
    const { exitCode, out } = await ask('plugins', 'list');
    expect(exitCode).toBe(0);
    expect(out).toBe(
      [
        'PLUGIN       VERSION  GENERATION  OPEN    URL                       STATE',
        'acme.ci      1.0.0    1           1 of 2  /api/plugin/acme.ci/      live',
        'acme.broken  1.0.0    0                   /api/plugin/acme.broken/  failed: index.ts could not be loaded.',
        '',
      ].join('\n'),
    );
  });

  test('plugins reload says which generation serves, and fails with 1 and the stack when it did not work', async () => {
    expect(await ask('plugins', 'reload', 'acme.ci')).toEqual({
      exitCode: 0,
      out: 'acme.ci reloaded: live, generation 2 serves\n',
      err: '',
    });
    const failed = await ask('plugins', 'reload', 'acme.broken');
    expect(failed).toMatchObject({ exitCode: 1, out: '' });
    expect(failed.err).toMatch(
      /acme\.broken was not reloaded: failed[^]*SyntaxError: oops\n {4}at index\.ts:3:1/,
    );
  });

  test('plugins disable and enable change the host', async () => {
    expect(await ask('plugins', 'disable', 'acme.ci')).toMatchObject({
      exitCode: 0,
      out: 'acme.ci disabled: disabled\n',
    });
    expect(host.registry.find('acme.ci')?.state).toBe('disabled');
    expect((await ask('plugins', 'enable', 'acme.ci')).exitCode).toBe(0);
    expect(host.registry.find('acme.ci')?.state).toBe('live');
  });

  test('an unknown plugin fails with 1 and says where to look', async () => {
    for (const verb of ['enable', 'disable', 'reload', 'urls']) {
      const { exitCode, err } = await ask('plugins', verb, 'no.such');
      expect([exitCode, err]).toEqual([1, expect.stringContaining('gatehouse plugins list')]);
    }
  });

  test('plugins urls lists own addresses and old ones, and marks what is open', async () => {
    expect((await ask('plugins', 'urls')).out.split('\n').slice(1)).toEqual([
      expect.stringMatching(/^GET +\S*\/api\/plugin\/acme\.ci\/builds +public +acme\.ci +open$/),
      expect.stringMatching(/^POST +\S*\/api\/webhook\/github +signature github +acme\.ci +deprecated$/),
      '',
      'open: anybody may ask, and nothing tells who did',
      '',
    ]);
  });

  test('explain prints the decisions in order', async () => {
    expect(await ask('explain', 'get', '/x')).toMatchObject({
      exitCode: 0,
      out: 'GET /x → 404\n  1. nothing is at /x\n',
    });
  });
});

test('--json prints one document per command, errors included', async () => {
  const json = async (...argv: string[]) => {
    const { exitCode, out } = await local(...argv, '--json');
    return { exitCode, document: JSON.parse(out) as unknown };
  };
  expect(await json('plugins', 'list')).toMatchObject({
    exitCode: 0,
    document: { plugins: [{ key: 'acme.ci' }, {}] },
  });
  expect(await json('plugins', 'reload', 'acme.broken')).toMatchObject({
    exitCode: 1,
    document: { ok: false, failure: { code: 'plugin/load-failed' } },
  });
  expect(await json('plugins', 'urls', 'acme.ci')).toMatchObject({
    document: { urls: [{ method: 'GET' }, { note: 'deprecated' }] },
  });
  expect(await json('explain', 'GET', '/x')).toMatchObject({ document: { status: 404 } });
  expect(await json('plugins', 'reload', 'no.such')).toMatchObject({
    exitCode: 1,
    document: { error: { code: 'plugin/unknown' } },
  });
});

describe('the token', () => {
  const list = (argv: string[], env = {}) => run(['plugins', 'list', '--url', host.url, ...argv], { env });

  test("comes from the environment, or else from the data folder's file", async () => {
    expect((await list([], { GATEHOUSE_OPERATOR_TOKEN: TOKEN, GATEHOUSE_DATA: '/none' })).exitCode).toBe(0);
    writeFileSync(operatorTokenFile(host.data), `${TOKEN}\n`);
    expect((await list(['--data', host.data])).exitCode).toBe(0);
  });

  test.each([
    ['wrong', ['--token', 'wrong'], 'operator/token-refused'],
    ['missing', ['--data', '/none'], 'operator/no-token'],
  ])('that is %s fails with 1 and says what to give', async (_, argv, code) => {
    const { exitCode, out, err } = await list([...argv, '--json']);
    expect([exitCode, err]).toEqual([
      1,
      expect.stringMatching(/operator token; give.*GATEHOUSE_OPERATOR_TOKEN/),
    ]);
    expect(JSON.parse(out)).toMatchObject({ error: { code } });
  });
});

test('a host that cannot be reached is exit code 3, locally and remotely', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-nobody-'));
  chmodSync(folder, 0o700);
  for (const argv of [
    ['--data', folder],
    ['--url', 'http://127.0.0.1:1', '--token', TOKEN],
  ]) {
    const { exitCode, err } = await run(['plugins', 'list', ...argv]);
    expect([exitCode, err]).toEqual([
      3,
      expect.stringMatching(/^error: No host answers at .*gatehouse serve/),
    ]);
  }
  rmSync(folder, { recursive: true });
});
