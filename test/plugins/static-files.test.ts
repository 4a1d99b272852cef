import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { StaticOptions } from '../../src/plugins/static-files';
import { PLUGIN } from '../../src/plugins/plugin-reading';
import { sendRaw, startGateway, type GatewayUnderTest } from '../http/gateway-under-test';
import { createPlugin, endpointsOf, readFiles, refusalOf } from './declared';

const home = mkdtempSync(path.join(tmpdir(), 'static-'));
const folder = path.join(home, 'public');
mkdirSync(path.join(folder, 'sub'), { recursive: true });
writeFileSync(path.join(home, 'secret.txt'), 'KEEP OUT');
writeFileSync(path.join(folder, 'app.js'), 'let app;');
writeFileSync(path.join(folder, 'a b%2F.txt'), 'odd name');
writeFileSync(path.join(folder, '.env'), 'KEY=1');
writeFileSync(path.join(folder, 'index.html'), '<title>start</title>');
writeFileSync(path.join(folder, 'sub', 'index.html'), '<title>sub</title>');
symlinkSync(path.join(home, 'secret.txt'), path.join(folder, 'link.txt'));
symlinkSync(home, path.join(folder, 'up'));
symlinkSync(path.join(folder, 'app.js'), path.join(folder, 'inside.js'));

let started: GatewayUnderTest;
beforeAll(async () => {
  started = await startGateway();
});
afterAll(async () => {
  await started.close();
  rmSync(home, { recursive: true });
});

function serve(prefix: string, options?: StaticOptions): void {
  const plugin = createPlugin();
  plugin[PLUGIN].folder = home;
  started.seat('acme.ci', ...endpointsOf(plugin.static(prefix, 'public', options)));
}
const at = (rest: string) => started.call(`/api/plugin/acme.ci${rest}`);

describe('plugin.static', () => {
  test('serves the files of a folder of the plugin, to GET and HEAD alone', async () => {
    serve('/assets', { maxAgeMs: 60_000 });
    const found = await at('/assets/app.js');
    expect([found.status, found.text]).toEqual([200, 'let app;']);
    expect(found.headers.get('content-type')).toMatch(/javascript/);
    expect(found.headers.get('cache-control')).toBe('max-age=60');
    const head = await started.call('/api/plugin/acme.ci/assets/app.js', { method: 'HEAD' });
    expect([head.status, head.text, head.headers.get('content-length')]).toEqual([200, '', '8']);
    const post = await started.call('/api/plugin/acme.ci/assets/app.js', { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  test('decodes a name once, and follows links that stay inside', async () => {
    serve('/assets');
    expect((await at('/assets/a%20b%252F.txt')).text).toBe('odd name');
    expect((await at('/assets/inside.js')).text).toBe('let app;');
  });

  test.each([
    '/assets',
    '/assets/',
    '/assets/sub',
    '/assets/nothing.js',
    '/assets/link.txt',
    '/assets/up/secret.txt',
    '/assets/.env',
    '/assets/..%2Fsecret.txt',
    '/assets/sub/..%2F..%2Fsecret.txt',
    '/assets/%252e%252e/secret.txt',
    `/assets/${encodeURIComponent(path.join(home, 'secret.txt'))}`,
    `/assets/${encodeURIComponent(path.join(folder, 'app.js'))}`,
    '/assets//app.js',
  ])('%s is not there', async (address) => {
    serve('/assets');
    const { status, text } = await at(address);
    expect(status).toBe(404);
    expect(text).not.toContain('KEEP OUT');
  });

  test.each(['/assets/../secret.txt', '/assets/%2e%2e/secret.txt', '/assets/app.js%00.txt', '/assets/..\\x'])(
    '%s is refused as it is',
    async (address) => {
      serve('/assets');
      const answer = await sendRaw(
        started.port,
        `GET /api/plugin/acme.ci${address} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    },
  );

  test('has a page for each folder where there is an index, at the address that its links are relative to', async () => {
    serve('/assets/', { index: 'index.html' });
    expect((await at('/assets/')).text).toContain('start');
    expect((await at('/assets/sub/')).text).toContain('sub');
    for (const [address, location] of [
      ['/assets', './assets/'],
      ['/assets/sub?x=1', './sub/?x=1'],
    ] as const) {
      const answer = await at(address);
      expect([answer.status, answer.headers.get('location')]).toEqual([302, location]);
    }
  });

  test('stands at the root of a plugin too, behind its endpoints', async () => {
    const plugin = createPlugin().get('/app.js', () => 'mine');
    plugin[PLUGIN].folder = home;
    started.seat('acme.ci', ...endpointsOf(plugin.static('/', 'public', { index: 'index.html' })));
    expect((await at('/app.js')).body).toBe('mine');
    expect((await at('/sub/index.html')).text).toContain('sub');
    expect((await at('/')).text).toContain('start');
  });

  test('is as open as it says', async () => {
    const plugin = createPlugin();
    plugin[PLUGIN].folder = home;
    const rate = { requests: 5, perMs: 1_000 };
    const endpoints = endpointsOf(
      plugin.static('/a', 'public', {
        access: 'operator',
        index: 'index.html',
        limits: { perAddress: rate },
      }),
    );
    expect(endpoints.map((endpoint) => [endpoint.path, endpoint.access, endpoint.quotas])).toEqual([
      ['/a', 'operator', { perAddress: rate }],
      ['/a/*file', 'operator', { perAddress: rate }],
    ]);
  });
});

describe('what is wrong with it', () => {
  test('a folder that is not there, or is a file, keeps the plugin from loading', async () => {
    for (const name of ['nothing', 'secret.txt']) {
      const plugin = createPlugin().static('/assets', name);
      plugin[PLUGIN].folder = home;
      const refusal = await refusalOf(() => endpointsOf(plugin));
      expect(refusal.code).toBe('plugin/no-folder');
      expect(refusal.message).toContain(path.join(home, name));
    }
  });

  test('is told at the call, all of it', async () => {
    const { code, message } = await refusalOf(() =>
      createPlugin().static(3 as any, '', { maxAge: 1, maxAgeMs: -1, index: '../x', access: 'all' } as any),
    );
    expect(code).toBe('mount/invalid');
    for (const part of [
      'the path must be one like',
      'the folder must be a path',
      'unknown option "maxAge"',
      'maxAgeMs must be a whole number of milliseconds',
      'index must be the name of a file',
      'access "all" is not known',
    ])
      expect(message).toContain(part);
  });
});

test("a relative folder begins at the plugin's own", async () => {
  const files = {
    'index.ts': `import { Plugin } from 'gatehouse';
      export const plugin = new Plugin({ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' });
      plugin.static('/assets', './public');`,
  };
  expect(await readFiles(files, home)).toMatchObject([{ kind: 'endpoint', path: '/assets/*file' }]);
  expect((await refusalOf(() => readFiles(files, tmpdir()))).code).toBe('plugin/no-folder');
});
