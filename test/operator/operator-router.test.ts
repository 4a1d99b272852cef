import { startOperatorHost, TOKEN, type OperatorHost } from './operator-host';

let host: OperatorHost;
beforeAll(async () => {
  host = await startOperatorHost();
});
afterAll(() => host.close());

const call = (path: string, init: RequestInit = {}, token: string | undefined = TOKEN) =>
  fetch(`${host.url}/api/operator${path}`, {
    ...init,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });

const everyRoute: [string, string][] = [
  ['GET', '/plugins'],
  ['GET', '/plugins/acme.ci'],
  ['GET', '/plugins/acme.ci/types'],
  ['POST', '/plugins/acme.ci/enable'],
  ['POST', '/plugins/acme.ci/disable'],
  ['POST', '/plugins/acme.ci/reload'],
  ['GET', '/explain?method=GET&path=/'],
  ['GET', '/deprecations'],
  ['GET', '/inbox/jobs'],
  ['GET', '/inbox/receipts/1-AAAAAAAAAAAAAAAA'],
  ['GET', '/inbox/export'],
  ['POST', '/inbox/jobs/drop'],
  ['POST', '/inbox/receipts/purge'],
  ['POST', '/inbox/import'],
  ['POST', '/inbox/pause'],
  ['GET', '/tools'],
  ['POST', '/tools/acme.ci/last_build'],
  ['GET', '/tokens'],
  ['POST', '/tokens'],
  ['DELETE', '/tokens/a'],
  ['GET', '/no-such-route'],
];

describe.each(everyRoute)('%s %s', (method, path) => {
  const ask = (headers: Record<string, string>) =>
    fetch(`${host.url}/api/operator${path}`, { method, headers });
  const refused: [string, Record<string, string>][] = [
    ['no credentials', {}],
    ['a wrong token', { authorization: `Bearer ${TOKEN}x` }],
    ['a shorter token', { authorization: `Bearer ${TOKEN.slice(1)}` }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
    ['the bare token', { authorization: TOKEN }],
    ['the token in a cookie or another header', { cookie: `token=${TOKEN}`, 'x-api-key': TOKEN }],
  ];
  test.each(refused)('refuses %s with 401', async (_, headers) => {
    const response = await ask(headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.json()).toMatchObject({ code: 'request/unauthorized' });
  });
});

test('the token in the query counts for nothing', async () => {
  expect((await fetch(`${host.url}/api/operator/plugins?access_token=${TOKEN}&token=${TOKEN}`)).status).toBe(
    401,
  );
});

test('the name of the scheme is case-insensitive', async () => {
  const response = await fetch(`${host.url}/api/operator/plugins`, {
    headers: { authorization: `bEARER  ${TOKEN}` },
  });
  expect(response.status).toBe(200);
});

test('answers are not to be stored', async () => {
  expect((await call('/plugins')).headers.get('cache-control')).toBe('no-store');
});

test('a failed reload is a 409 problem that carries the transition with its stack', async () => {
  const response = await call('/plugins/acme.broken/reload', { method: 'POST' });
  expect(response.status).toBe(409);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(await response.json()).toMatchObject({
    status: 409,
    code: 'plugin/load-failed',
    instance: '/api/operator/plugins/acme.broken/reload',
    transition: { ok: false, failure: { stack: expect.stringContaining('SyntaxError') } },
  });
});

test('changes answer to POST alone', async () => {
  expect((await call('/plugins/acme.ci/reload')).status).toBe(404);
});

test('explain wants method and path once each', async () => {
  for (const query of ['', '?method=GET', '?path=/x', '?method=&path=/x', '?method=GET&path=/a&path=/b'])
    expect(await (await call(`/explain${query}`)).json()).toMatchObject({ code: 'request/missing-query' });
});

test('a host that stores nothing says so', async () => {
  const response = await call('/inbox/jobs');
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ code: 'inbox/unavailable' });
});
