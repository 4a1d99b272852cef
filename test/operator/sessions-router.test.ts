import {
  csrfIn,
  NAVIGATION,
  openConsole,
  postToken,
  requestRaw,
  signIn,
  TOKEN,
  type ConsoleUnderTest,
} from '../http/console-under-test';

let host: ConsoleUnderTest;
beforeAll(async () => {
  host = await openConsole({ publicUrl: 'https://hooks.example.org/gate/', trustProxy: true });
});
afterAll(() => host.close());

const made = async (name: string, ...scopes: string[]) =>
  (await host.tokens.create({ name, scopes })).value.reveal();
/** Each test comes from an address of its own: failures of one are not another's. */
let address = 1;
beforeEach(() => (address += 1));
const from = () => ({ 'x-forwarded-for': `198.51.100.${address}` });
const call = async (method: string, path: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(`${host.base}/api/operator/${path}`, { method, headers });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text), headers: answer.headers };
};

test('a token is taken for a cookie that no script reads, once for each place that needs it', async () => {
  const answer = await postToken(host.base, TOKEN, from());
  expect([answer.status, await answer.text(), answer.headers.get('cache-control')]).toEqual([
    204,
    '',
    'no-store',
  ]);
  const cookies = answer.headers.getSetCookie();
  const [, value] = /^gatehouse_session=([\w-]{43});/.exec(cookies[0] ?? '') ?? [];
  expect(cookies).toEqual(
    ['/api/operator', '/console', '/api/apps'].map(
      (path) => `gatehouse_session=${value}; Path=${path}; Max-Age=43200; HttpOnly; SameSite=Strict`,
    ),
  );
});

test.each([
  [
    'the page’s address is the public one',
    { origin: 'https://hooks.example.org', 'sec-fetch-site': 'same-origin' },
  ],
  ['a proxy says so', { 'x-forwarded-host': 'hooks.example.org', 'x-forwarded-proto': 'https' }],
])('where %s, cookies are secure and below its path', async (_case, headers: Record<string, string>) => {
  const cookies = (await postToken(host.base, TOKEN, { ...from(), ...headers })).headers.getSetCookie();
  expect(cookies.map((line) => line.split('; ').slice(1))).toEqual(
    ['/gate/api/operator', '/gate/console', '/gate/api/apps'].map((path) => [
      `Path=${path}`,
      'Max-Age=43200',
      'HttpOnly',
      'SameSite=Strict',
      'Secure',
    ]),
  );
});

test('who is signed in may what the token may, and is audited as that one at the console', async () => {
  const { cookie, csrf } = await signIn(host.base, await made('runner', 'plugins'));
  const headers = { cookie, 'x-gatehouse-csrf': csrf };
  expect((await call('GET', 'plugins', headers)).status).toBe(200);
  expect((await call('POST', 'plugins/acme.ci/reload', headers)).status).toBe(200);
  expect((await call('GET', 'sessions', headers)).body.code).toBe('operator/scope');
  expect((await call('GET', 'session', headers)).body).toEqual({
    name: 'runner',
    scopes: ['plugins'],
    expiresAt: expect.any(Number),
  });
  expect(host.audited).toContainEqual(
    expect.objectContaining({ who: 'runner', via: 'console', verb: 'sessions.open', outcome: 'done' }),
  );
});

test('without the header a cookie is nobody’s, for reads and writes alike', async () => {
  const { cookie, csrf } = await signIn(host.base);
  for (const headers of [
    { cookie },
    { cookie, 'x-gatehouse-csrf': `${csrf.slice(1)}A` },
    { 'x-gatehouse-csrf': csrf },
  ])
    for (const [method, path] of [
      ['GET', 'plugins'],
      ['GET', 'session'],
      ['POST', 'plugins/acme.ci/reload'],
      ['DELETE', 'session'],
    ] as const)
      expect([method, path, (await call(method, path, headers as Record<string, string>)).status]).toEqual([
        method,
        path,
        401,
      ]);
});

test('signing out ends the session and clears the cookie', async () => {
  const { cookie, csrf } = await signIn(host.base);
  const headers = { cookie, 'x-gatehouse-csrf': csrf };
  const answer = await call('DELETE', 'session', headers);
  expect(answer.status).toBe(204);
  expect(answer.headers.getSetCookie()).toHaveLength(3);
  for (const line of answer.headers.getSetCookie())
    expect(line).toMatch(/^gatehouse_session=; Path=.*Max-Age=0;/);
  expect((await call('GET', 'plugins', headers)).status).toBe(401);
});

test('signing in again ends the session that a browser came with', async () => {
  const { cookie, csrf } = await signIn(host.base);
  const headers = { cookie, 'x-gatehouse-csrf': csrf };
  expect((await postToken(host.base, TOKEN, headers)).status).toBe(204);
  expect((await call('GET', 'plugins', headers)).status).toBe(401);
});

test('a session ends with the token it was opened with', async () => {
  const { cookie, csrf } = await signIn(host.base, await made('gone', 'admin'));
  const headers = { cookie, 'x-gatehouse-csrf': csrf };
  expect((await call('GET', 'plugins', headers)).status).toBe(200);
  await host.tokens.revoke('gone');
  expect((await call('GET', 'plugins', headers)).status).toBe(401);
  const page = await requestRaw(`${host.base}/console/`, { ...NAVIGATION, cookie });
  expect(csrfIn(page.body.toString())).toBe('');
});

test('the operator sees who is signed in and signs somebody out', async () => {
  const { cookie, csrf } = await signIn(host.base, await made('visitor', 'read'));
  const operator = { authorization: `Bearer ${TOKEN}` };
  const { body } = await call('GET', 'sessions', operator);
  const visitor = body.sessions.find(({ name }: any) => name === 'visitor');
  expect(visitor).toEqual({
    ...{ id: expect.any(String), name: 'visitor', createdAt: expect.any(Number) },
    ...{ expiresAt: expect.any(Number), ip: '127.0.0.1' },
  });
  expect(JSON.stringify(body)).not.toContain(cookie.split('=')[1]);
  expect((await call('DELETE', `sessions/${visitor.id}`, operator)).body).toEqual({ ended: true });
  expect((await call('GET', 'plugins', { cookie, 'x-gatehouse-csrf': csrf })).status).toBe(401);
});

test('a token of one’s own is told who it is, too', async () => {
  const token = await made('script', 'read');
  expect((await call('GET', 'session', { authorization: `Bearer ${token}` })).body).toEqual({
    name: 'script',
    scopes: ['read'],
  });
});

test('whatever is wrong with a token, the answer is one and the same', async () => {
  const revoked = await made('revoked', 'admin');
  await host.tokens.revoke('revoked');
  const answers = [];
  for (const token of ['x', `${TOKEN}x`, 'gth_unknown', revoked, await made('tool', 'tools', 'app:x')]) {
    const answer = await postToken(host.base, token, from());
    const { requestId: _requestId, ...body } = (await answer.json()) as any;
    answers.push({ status: answer.status, body, cookies: answer.headers.getSetCookie() });
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]).toMatchObject({ status: 401, body: { code: 'request/unauthorized' }, cookies: [] });
});

test('after ten failures wrong tokens of an address are told to wait; the right one signs in', async () => {
  for (let index = 0; index < 10; index += 1)
    expect((await postToken(host.base, 'wrong', from())).status).toBe(401);
  const answer = await postToken(host.base, 'wrong', from());
  expect([answer.status, Number(answer.headers.get('retry-after')) > 0]).toEqual([429, true]);
  expect((await postToken(host.base, TOKEN, from())).status).toBe(204);
  expect((await postToken(host.base, 'wrong', from())).status).toBe(429);
  const other = { 'x-forwarded-for': '192.0.2.1' };
  expect((await postToken(host.base, 'wrong', other)).status).toBe(401);
});

test('all of an IPv6 network is one address, and many attempts at once are no way around', async () => {
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_one, index) =>
      postToken(host.base, 'wrong', { 'x-forwarded-for': `2001:db8:0:${address}::${index + 1}` }),
    ),
  );
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
});

test('signing in does not count as a failure', async () => {
  for (let index = 0; index < 15; index += 1)
    expect((await postToken(host.base, TOKEN, from())).status).toBe(204);
});

test.each([
  ['no object', '"x"'],
  ['no token', '{}'],
  ['an empty one', '{"token":""}'],
  ['one that is no text', '{"token":["x"]}'],
  ['no JSON', '{"token": "hidden-value'],
  ['too much', JSON.stringify({ token: 'x'.repeat(5_000) })],
])('%s is refused, and not quoted', async (_case, body) => {
  const headers = { ...from(), 'content-type': 'application/json' };
  const answer = await fetch(`${host.base}/api/operator/session`, { method: 'POST', headers, body });
  const text = await answer.text();
  expect([answer.status, JSON.parse(text).code]).toEqual([400, 'operator/bad-sign-in']);
  expect(text).not.toContain('hidden-value');
});

test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
  'what a form of another site can send, %s, signs nobody in',
  async (type) => {
    const answer = await postToken(host.base, TOKEN, { ...from(), 'content-type': type });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([400, []]);
  },
);

test.each([
  [{ 'sec-fetch-site': 'cross-site' }, 'another page'],
  [{ 'sec-fetch-site': 'same-site' }, 'another page'],
  [{ origin: 'http://192.0.2.7:8080' }, 'open it over https'],
])('a browser that says %j is not signed in', async (headers, why) => {
  const answer = await postToken(host.base, TOKEN, { ...from(), ...(headers as Record<string, string>) });
  expect(answer.status).toBe(403);
  expect(await answer.json()).toMatchObject({
    code: 'operator/no-sign-in',
    detail: expect.stringContaining(why),
  });
});

test('no token and no session stands in the log', async () => {
  const { cookie, csrf } = await signIn(host.base);
  await postToken(host.base, 'a-wrong-token-to-look-for', from());
  const log = JSON.stringify([host.lines, host.log, host.audited]);
  expect(log).toContain('a sign-in at the console was refused');
  for (const secret of [TOKEN, 'a-wrong-token-to-look-for', cookie.split('=')[1], csrf])
    expect(log).not.toContain(secret);
});
