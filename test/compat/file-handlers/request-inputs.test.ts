import { request as ask } from 'node:http';
import { DocumentedApp } from './documented-app';

let app: DocumentedApp;
beforeAll(async () => {
  app = await DocumentedApp.start();
}, 30_000);
afterAll(() => app.stop());

interface Shown {
  readonly [name: string]: any;
}

/** A request with headers that `fetch` would not send. */
async function probe(address: string, headers: Record<string, string>, body = '{"a":1}'): Promise<Shown> {
  return new Promise((resolve, reject) => {
    const outgoing = ask(address, { method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

describe('Sanitized request inputs', () => {
  test('headers: cookie and proxy-authorization are taken away, whatever a webhook may need stays', async () => {
    const shown = await probe(await app.urlOf('/probe'), {
      Cookie: 'a=1',
      'Proxy-Authorization': 'Basic x',
      Authorization: 'Bearer theirs',
      'X-Hub-Signature-256': 'sha256=00',
      'X-GitHub-Event': 'push',
      'Content-Type': 'application/json',
    });
    expect(shown['headers']).toMatchObject({
      authorization: 'Bearer theirs',
      'x-hub-signature-256': 'sha256=00',
      'x-github-event': 'push',
    });
    expect(Object.keys(shown['headers'])).not.toEqual(expect.arrayContaining(['cookie']));
    expect(shown['headers']['cookie']).toBeUndefined();
    expect(shown['headers']['proxy-authorization']).toBeUndefined();
  });

  test('query: token and app_token are taken away, in the URL too, and the rest passes untouched', async () => {
    const shown = await probe(`${await app.urlOf('/probe')}&app_token=t&mine=1&mine=2`, {});
    expect(shown['query']).toEqual({ mine: ['1', '2'] });
    expect(shown['url']).toBe('/api/apps/my-app/_hook/probe?mine=1&mine=2');
  });
});

describe('the request of a webhook', () => {
  test('runs as the owner, with no roles', async () => {
    expect(await probe(await app.urlOf('/probe'), {})).toMatchObject({
      ...{ user: { id: 'jane', username: 'jane', name: 'jane' }, roles: [] },
      ...{ method: 'POST', path: '/probe', params: {} },
    });
  });

  test('parameters come from [names] of the path; each such address has the token of the pattern', async () => {
    const url = (await app.urlOf('/orders/:id')).replace(':id', 'a%2Fb');
    expect(await probe(url, {})).toMatchObject({ params: { id: 'a/b' }, path: '/orders/a%2Fb' });
  });

  test.each([
    ['JSON', 'application/json; charset=utf-8', '{"a":1}', { a: 1 }],
    ['a form', 'application/x-www-form-urlencoded', 'a=1&b=x+y', { a: '1', b: 'x y' }],
    ['JSON that is sent as text', 'text/plain', ' {"a":1}', { a: 1 }],
    ['JSON that nothing names', '', '[1]', [1]],
    ['text', 'text/plain', '123', '123'],
    ['text that only begins like JSON', 'text/plain', '{a}', '{a}'],
  ])('the body is %s', async (_what, type, body, expected) => {
    const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
    expect(await probe(await app.urlOf('/probe'), headers, body)).toMatchObject({
      body: expected,
      rawBody: body,
    });
  });

  test('JSON that is broken is 400 once the handler looks at it', async () => {
    const answer = await probe(await app.urlOf('/probe'), { 'content-type': 'application/json' }, '{');
    expect(answer).toMatchObject({ status: 400, code: 'body/invalid-json' });
  });
});

describe('server routes', () => {
  const at = '/api/apps/my-app/view/api/_server/log';

  test('need a session or an app token', async () => {
    expect((await fetch(app.host.url + at)).status).toBe(401);
    const { search } = new URL(await app.urlOf('/probe'));
    expect((await fetch(app.host.url + at + search)).status).toBe(401);
  });

  test('the operator is a viewer too; authority never reaches the handler', async () => {
    const response = await app.asOperator(`${at}?token=x&app_token=y&mine=1`, {
      headers: { cookie: 'a=1', 'x-mine': '1' },
    });
    const shown = (await response.json()) as Shown;
    expect(shown).toMatchObject({ user: { id: 'operator' }, roles: [], query: { mine: '1' } });
    expect(shown['headers']['x-mine']).toBe('1');
    for (const name of ['authorization', 'cookie', 'proxy-authorization'])
      expect(shown['headers'][name]).toBeUndefined();
  });

  test('a token of scope app:<id> passes in the name of its user, one of another app does not', async () => {
    const tokenFor = async (body: object): Promise<string> => {
      const made = await app.asOperator('/api/operator/tokens', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return ((await made.json()) as Shown)['value'];
    };
    const mine = await tokenFor({ name: 'viewer', scopes: ['app:my-app'], user: 'ann', roles: ['editor'] });
    const other = await tokenFor({ name: 'stranger', scopes: ['app:other'] });
    const asked = await fetch(app.host.url + at, { headers: { authorization: `Bearer ${mine}` } });
    expect(await asked.json()).toMatchObject({ user: { id: 'ann', name: 'ann' }, roles: ['editor'] });
    const refused = await fetch(app.host.url + at, { headers: { authorization: `Bearer ${other}` } });
    expect(refused.status).toBe(401);
  });
});

test('index.html is its page', async () => {
  const page = await fetch(`${app.host.url}/api/apps/my-app/view`);
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(await page.text()).toContain('<title>My app</title>');
});
