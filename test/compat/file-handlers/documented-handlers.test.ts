import { createHmac } from 'node:crypto';
import { documentedUpdate } from './documented-files';
import { DocumentedApp } from './documented-app';

let app: DocumentedApp;
beforeAll(async () => {
  app = await DocumentedApp.start();
  await update({ GITHUB_WEBHOOK_SECRET: 'your-secret-here', CALLBACK_SECRET: 'shared' });
}, 30_000);
afterAll(() => app.stop());

async function update(env: Record<string, string | null>): Promise<Response> {
  return app.asOperator('/api/apps/my-app', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ defn: { env } }),
  });
}
const sha256 = (secret: string, body: string | Uint8Array) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

describe('How it works', () => {
  test('external services post to /api/apps/{naturalId}/_hook/{path}, with the token of the address', async () => {
    const url = new URL(await app.urlOf('/probe'));
    expect(url.pathname).toBe('/api/apps/my-app/_hook/probe');
    expect((await app.post('/probe', '{}')).status).toBe(200);
    for (const token of ['', '?token=', '?token=wrong']) {
      const refused = await fetch(`${url.origin}${url.pathname}${token}`, { method: 'POST', body: '{}' });
      expect(refused.status).toBe(401);
    }
  });

  test('the token of one webhook opens no other', async () => {
    const { search } = new URL(await app.urlOf('/probe'));
    const other = new URL(await app.urlOf('/github'));
    expect((await fetch(`${other.origin}${other.pathname}${search}`, { method: 'POST' })).status).toBe(401);
  });

  test('an unknown webhook is 404, another method 405', async () => {
    expect((await fetch(`${app.host.url}/api/apps/my-app/_hook/none`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(await app.urlOf('/github'))).status).toBe(405);
  });
});

describe('Handler structure: webhooks/gmail/push.js', () => {
  test('logs the payload and emits the event', async () => {
    const answer = await app.post('/gmail/push', '{"historyId":42}');
    expect(answer).toEqual({ status: 200, body: { ok: true } });
    expect(await app.rows()).toContainEqual({ source: 'gmail', event: null, payload: '{"historyId":42}' });
    await app.host.idle();
    const heard = await fetch(app.host.urlOf('acme.mailbox', '/heard'));
    expect(await heard.json()).toEqual([{ historyId: 42 }]);
  });

  test('without the token nothing runs', async () => {
    const before = await app.rows();
    const { origin, pathname } = new URL(await app.urlOf('/gmail/push'));
    expect((await fetch(origin + pathname, { method: 'POST', body: '{"historyId":43}' })).status).toBe(401);
    expect(await app.rows()).toEqual(before);
  });
});

describe('HMAC signature verification (GitHub, Stripe, Shopify): webhooks/github.js', () => {
  const body = '{"zen":"Keep it — logically — awesome."}';
  const push = { 'x-github-event': 'push' };

  test('correctly signed: logged and acknowledged', async () => {
    const signature = sha256('your-secret-here', body);
    const answer = await app.post('/github', body, { ...push, 'x-hub-signature-256': signature });
    expect(answer).toEqual({ status: 200, body: { ok: true } });
    expect(await app.rows()).toContainEqual({ source: 'github', event: 'push', payload: body });
  });

  test('incorrectly signed, or not at all: 401 as the handler says', async () => {
    const before = await app.rows();
    const wrong = await app.post('/github', body, { 'x-hub-signature-256': sha256('another', body) });
    expect(wrong).toEqual({ status: 401, body: { error: 'Invalid signature' } });
    const other = await app.post('/github', `${body} `, {
      'x-hub-signature-256': sha256('your-secret-here', body),
    });
    expect(other).toEqual({ status: 401, body: { error: 'Invalid signature' } });
    expect(await app.post('/github', body)).toEqual({ status: 401, body: { error: 'Missing signature' } });
    expect(await app.rows()).toEqual(before);
  });

  test('a body that is no UTF-8 verifies by its bytes, and only by those', async () => {
    const bytes = Buffer.from([0x22, 0xff, 0x22]);
    const signature = { 'x-hub-signature-256': sha256('your-secret-here', bytes) };
    expect(await app.post('/github', bytes, signature)).toMatchObject({ status: 200 });
    const forged = Buffer.from([0x22, 0xfe, 0x22]);
    expect(await app.post('/github', forged, signature)).toMatchObject({ status: 401 });
  });
});

describe('Shared secret (custom integrations): webhooks/my-callback.js', () => {
  test('the right secret is received', async () => {
    const answer = await app.post('/my-callback', '{}', { 'x-webhook-secret': 'shared' });
    expect(answer).toEqual({ status: 200, body: { received: true } });
  });

  test.each([{ 'x-webhook-secret': 'sharee' }, {}])('%j is unauthorized', async (headers) => {
    const answer = await app.post('/my-callback', '{}', headers);
    expect(answer).toEqual({ status: 401, body: { error: 'Unauthorized' } });
  });
});

describe('Storing webhook secrets', () => {
  test('the documented request stores them for env, and shows none', async () => {
    const run = new Function('fetch', 'appId', `return (async () => { ${documentedUpdate} })();`);
    const asked: Response[] = [];
    const ask = async (...given: Parameters<typeof app.asOperator>) => {
      const response = await app.asOperator(...given);
      asked.push(response);
      return response;
    };
    await update({ GITHUB_WEBHOOK_SECRET: 'before' });
    await run(ask, 'my-app');
    const told = await asked[0]?.text();
    expect(asked[0]?.status).toBe(200);
    expect(JSON.parse(told ?? '')).toEqual({
      ...{ app: 'my-app', plugin: 'app.my_app', stored: ['GITHUB_WEBHOOK_SECRET'], removed: [] },
    });
    const signature = { 'x-hub-signature-256': sha256('your-secret-here', '{}') };
    expect(await app.post('/github', '{}', signature)).toMatchObject({ status: 200 });
  });

  test('null takes one away, and without it nothing verifies', async () => {
    expect(await (await update({ CALLBACK_SECRET: null })).json()).toMatchObject({
      removed: ['CALLBACK_SECRET'],
    });
    expect(await app.post('/my-callback', '{}', { 'x-webhook-secret': '' })).toMatchObject({ status: 401 });
    await update({ CALLBACK_SECRET: 'shared' });
  });

  test('nobody but the operator may', async () => {
    const at = `${app.host.url}/api/apps/my-app`;
    const body = JSON.stringify({ defn: { env: { CALLBACK_SECRET: 'mine' } } });
    expect((await fetch(at, { method: 'PUT', body })).status).toBe(401);
    expect((await fetch(`${at}/webhooks`)).status).toBe(401);
    expect(await app.post('/my-callback', '{}', { 'x-webhook-secret': 'mine' })).toMatchObject({
      status: 401,
    });
  });

  test.each([
    ['a body that is no JSON', '{"defn":{"env":{"A":"very-secret', 400],
    ['no environment', '{"defn":{}}', 400],
    ['a value that is no text', '{"defn":{"env":{"A":1}}}', 400],
    ['a name that no variable has', '{"defn":{"env":{"very-secret!":"x"}}}', 400],
  ])('%s is refused, and not quoted', async (_what, body, status) => {
    const response = await app.asOperator('/api/apps/my-app', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(text).toContain('compat/bad-app-request');
    expect(text).not.toContain('very-secret');
  });

  test('an app that is not there is 404', async () => {
    const response = await app.asOperator('/api/apps/none/webhooks');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'compat/unknown-app' });
  });
});

describe('Tight deadlines — respond()', () => {
  test('acknowledges at once', async () => {
    expect(await app.post('/slack/commands', '{}')).toEqual({ status: 200, body: { received: true } });
  });

  test('without the token it is 401', async () => {
    const { origin, pathname } = new URL(await app.urlOf('/slack/commands'));
    expect((await fetch(origin + pathname, { method: 'POST', body: '{}' })).status).toBe(401);
  });
});
