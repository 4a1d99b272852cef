import { readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { openPage } from '../support/chromium';
import { openConfigYard, type ConfigYard } from '../support/config-yard';
import { statusOfTarget } from './gateway-under-test';

let host: ConfigYard;
beforeEach(async () => {
  host = await openConfigYard();
  await host.yard.plugin('board', 'acme.board', '', ", webuiPath: 'web/index.html'");
  await host.yard.write('board/web/index.html', '<!doctype html><title>Board</title><h1>Board</h1>');
  await host.yard.write('board/web/parts/list.js', 'export const list = [1];');
  await host.yard.write('board/web/.env', 'hidden');
  await host.yard.write('board/secret.txt', 'not to be seen');
  await host.yard.plugin(
    'route',
    'acme.route',
    "plugin.get('/board/all', () => 'the board');",
    ", webuiPath: '/board/all'",
  );
  await host.yard.plugin('none', 'acme.none');
  await host.yard.reconciler.rescan();
});
afterEach(() => host.close());

const get = (address: string, init: RequestInit = {}) =>
  fetch(`${host.url}/api/plugin/${address}`, { redirect: 'manual', ...init });
const status = (target: string) =>
  statusOfTarget(Number(new URL(host.url).port), `/api/plugin/acme.board/__webui__/${target}`);

test('a page in a folder is served with everything in it, sandboxed, with an entity tag', async () => {
  const page = await get('acme.board/__webui__/');
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<h1>Board</h1>');
  expect(page.headers.get('content-security-policy')).toBe(
    "sandbox allow-scripts allow-forms allow-popups; frame-ancestors 'self'",
  );
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  const etag = page.headers.get('etag') ?? '';
  const again = await get('acme.board/__webui__/index.html', {
    // fetch would add one of its own that asks for everything.
    headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' },
  });
  expect(again.status).toBe(304);
  const script = await get('acme.board/__webui__/parts/list.js');
  expect(script.headers.get('content-type')).toMatch(/^text\/javascript/);
  expect((await get('acme.board/__webui__/', { method: 'HEAD' })).status).toBe(200);
});

test('without its slash the address leads to the one with it, a route’s page to the route', async () => {
  const bare = await get('acme.board/__webui__');
  expect([bare.status, bare.headers.get('location')]).toEqual([307, '__webui__/']);
  const page = await get('acme.route/__webui__/');
  expect([page.status, page.headers.get('location')]).toEqual([307, '../board/all']);
  const followed = await get('acme.route/__webui__', { redirect: 'follow' });
  expect(await followed.text()).toContain('the board');
});

test.each([
  'nothing.html',
  'parts',
  'parts/',
  '.env',
  'settings',
  '../secret.txt',
  '..%2fsecret.txt',
  '%2e%2e/secret.txt',
  'parts/..%5c..%5csecret.txt',
  'index.html%00.js',
  'parts//list.js',
])('%s is not there', async (target) => {
  expect([400, 404]).toContain(await status(target));
});

test('a link out of the folder is not followed, whether a file or the folder itself', async () => {
  await symlink(path.join(host.yard.root, 'data'), path.join(host.yard.place('board'), 'web', 'data'));
  await host.yard.write('../outside.txt', 'not to be seen');
  await symlink(
    path.join(host.yard.root, 'outside.txt'),
    path.join(host.yard.place('board'), 'web', 'outside.txt'),
  );
  expect(await status('outside.txt')).toBe(404);
  expect(await status('data/plugins.json')).toBe(404);
  await host.yard.plugin('linked', 'acme.linked', '', ", webuiPath: 'web/outside.txt'");
  await symlink(host.yard.root, path.join(host.yard.place('linked'), 'web'));
  await host.yard.reconciler.rescan();
  expect((await get('acme.linked/__webui__/')).status).toBe(404);
});

test('only reads are answered; a plugin without a page has none; a disabled one is not there', async () => {
  const post = await get('acme.board/__webui__/', { method: 'POST' });
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  expect((await get('acme.none/__webui__/')).status).toBe(404);
  expect((await get('acme.nobody/__webui__/')).status).toBe(404);
  await host.yard.registry.disable('acme.board');
  expect((await get('acme.board/__webui__/')).status).toBe(404);
});

test('a plugin that serves nothing has a page later', async () => {
  await host.yard.plugin('late', 'acme.late', "throw new Error('broken');", ", webuiPath: 'web/index.html'");
  await host.yard.write('late/package.json', '{"gatehouse":{"author":"acme","module":"late"}}');
  await host.yard.reconciler.rescan();
  const page = await get('acme.late/__webui__/');
  expect([page.status, page.headers.get('retry-after')]).toEqual([503, '5']);
});

test('the listing says where pages are', () => {
  const pages = host.yard.registry.list().map(({ key, page }) => [key, page]);
  expect(pages).toEqual([
    ['acme.board', '/api/plugin/acme.board/__webui__/'],
    ['acme.none', undefined],
    ['acme.route', '/api/plugin/acme.route/__webui__/'],
  ]);
});

test('in a browser the page reads its own modules, and nothing that the host’s origin keeps', async () => {
  const script = `import { list } from './parts/list.js';
    let kept; try { kept = localStorage.length; } catch { kept = 'nothing'; }
    document.title = list.length + ' ' + kept + ' ' + origin;`;
  await host.yard.write('board/web/page.js', script);
  await host.yard.write(
    'board/web/index.html',
    '<!doctype html><title></title><link rel="icon" href="data:,"><script type="module" src="page.js"></script>',
  );
  const { page, complaints } = await openPage();
  await page.goto(`${host.url}/api/plugin/acme.board/__webui__/`);
  await page.waitForFunction("document.title !== ''");
  expect(await page.title()).toBe('1 nothing null');
  expect(complaints).toEqual([]);
});

test.each([
  'index.html',
  'web/../index.html',
  '../web/index.html',
  'web\\\\index.html',
  'web/index.html?x',
  'web/index.html#x',
  'https://example.org/x',
  '//example.org/x',
  '/board/../x',
  'web/.git/config',
  'node_modules/x/index.html',
  'web/',
  '',
])('webuiPath %j is refused when the plugin loads', async (webuiPath) => {
  await host.yard.plugin('bad', 'acme.bad', '', `, webuiPath: '${webuiPath}'`);
  await host.yard.reconciler.rescan();
  const bad = host.yard.registry.list().find(({ folder }) => folder.endsWith('bad'));
  expect(bad?.failure?.code).toBe('plugin/invalid-info');
  expect(bad?.failure?.message).toContain('webuiPath');
});

test('a plugin of a single file has no folder for a page', async () => {
  await host.yard.plugin('whole', 'acme.single', '', ", webuiPath: 'web/index.html'");
  const source = await readFile(path.join(host.yard.place('whole'), 'index.ts'), 'utf8');
  await host.yard.remove('whole');
  await host.yard.write('single.ts', source);
  await host.yard.reconciler.rescan();
  const single = host.yard.registry.list().find(({ folder }) => folder.endsWith('single.ts'));
  expect(single?.failure?.message).toContain('no folder of its own');
});
