import { gunzipSync } from 'node:zlib';
import { statusOfTarget } from './gateway-under-test';
import {
  csrfIn,
  NAVIGATION,
  openConsole,
  requestRaw,
  signIn,
  type ConsoleUnderTest,
} from './console-under-test';

let host: ConsoleUnderTest;
beforeAll(async () => {
  host = await openConsole();
});
afterAll(() => host.close());

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${host.base}${path}`, { method, headers, redirect: 'manual' });
const pageWith = async (headers: Record<string, string>) =>
  (await requestRaw(`${host.base}/console/`, headers)).body.toString();

test('the page is told what to repeat, in a window of its own and nowhere else', async () => {
  const { cookie, csrf } = await signIn(host.base);
  expect(csrf).toMatch(/^[\w-]{43}$/);
  for (const headers of [
    {},
    { 'sec-fetch-mode': 'navigate' },
    { 'sec-fetch-dest': 'document' },
    { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
    { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
    { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'object' },
    { 'sec-fetch-mode': 'same-origin', 'sec-fetch-dest': 'document' },
  ] as Record<string, string>[]) {
    const text = await pageWith({ cookie, ...headers });
    expect([headers, csrfIn(text), text.includes(csrf)]).toEqual([headers, '', false]);
  }
  expect(csrfIn(await pageWith(NAVIGATION))).toBe('');
});

test('the page says what it may do, with a nonce that is new each time', async () => {
  const [first, second] = [await get('/console/'), await get('/console/')];
  const text = await first.text();
  const nonce = /<meta property="csp-nonce" nonce="([\w-]{24})"/.exec(text)?.[1];
  expect(first.status).toBe(200);
  expect(Object.fromEntries(first.headers)).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; script-src 'nonce-${nonce}' 'strict-dynamic'; style-src 'nonce-${nonce}'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
  for (const place of ['script type="module"', 'link rel="stylesheet"'])
    expect(text).toContain(`<${place} nonce="${nonce}"`);
  expect(await second.text()).not.toContain(nonce);
});

test('without its slash the address leads to the one with it', async () => {
  for (const path of ['/console', '/console?x=1']) {
    const answer = await get(path);
    expect([answer.status, answer.headers.get('location')]).toEqual([308, 'console/']);
  }
});

test('files whose names change with their content are kept for good, the others are asked for again', async () => {
  const script = await get('/console/assets/console-1a2b.js', { 'accept-encoding': 'identity' });
  expect(Object.fromEntries(script.headers)).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    vary: 'accept-encoding',
  });
  const icon = await get('/console/favicon.svg');
  expect([icon.headers.get('content-type'), icon.headers.get('cache-control')]).toEqual([
    'image/svg+xml',
    'no-cache',
  ]);
  const etag = icon.headers.get('etag') ?? '';
  const again = await get('/console/favicon.svg', { 'if-none-match': etag, 'cache-control': 'max-age=0' });
  expect([again.status, await again.text()]).toEqual([304, '']);
});

test('files are sent compressed to whoever takes that', async () => {
  const path = '/console/assets/console-1a2b.css';
  const plain = await get(path, { 'accept-encoding': 'identity' });
  expect(plain.headers.get('content-encoding')).toBeNull();
  const text = await plain.text();
  const { body: packed } = await requestRaw(host.base + path, { 'accept-encoding': 'gzip' });
  expect(packed.length).toBeLessThan(text.length / 2);
  expect(gunzipSync(packed).toString()).toBe(text);
  const head = await get(path, { 'accept-encoding': 'gzip' }, 'HEAD');
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(packed.length)]);
});

test.each([
  'index.html',
  'assets',
  'assets/',
  'assets/console.js',
  'assets/%2e%2e/index.html',
  'assets%2Fconsole-1a2b.js',
  '..%2f..%2fsecret.txt',
  '%2e%2e/%2e%2e/secret.txt',
  'assets//console-1a2b.js',
  '__proto__',
])('there is nothing at %s', async (name) => {
  expect([400, 404]).toContain(await statusOfTarget(host.port, `/console/${name}`));
});

test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('%s is not answered', async (method) => {
  const answer = await get('/console/', {}, method);
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('where nothing was built, that is said with what to do', async () => {
  const bare = await openConsole({ isBuilt: false });
  try {
    const answer = await fetch(`${bare.base}/console/`);
    expect([answer.status, await answer.text()]).toEqual([
      404,
      'The console was not built. Run: npm run build\n',
    ]);
    expect((await fetch(`${bare.base}/console/assets/x.js`)).status).toBe(404);
  } finally {
    await bare.close();
  }
});
