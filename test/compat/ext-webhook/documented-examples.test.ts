import { createHmac } from 'node:crypto';
import path from 'node:path';
import { startHost, testChannel, type TestHost } from '../../../src/testing';

const secret = 'a secret of the tests';
const digest = (text: string, key = secret) => createHmac('sha256', key).update(text).digest('hex');
const config = (name: string) => ({ config: { [name]: secret } });

describe('the examples of the Extension documentation', () => {
  const channel = testChannel();
  let host: TestHost;
  beforeAll(async () => {
    host = await startHost({
      plugins: [
        path.join(__dirname, 'documented'),
        path.join(__dirname, '../../../plugins-example/ext-my-app'),
      ],
      settings: {
        plugins: {
          'ext.ext_my_app': config('webhook_secret'),
          'ext.billing_sync': config('stripe_webhook_secret'),
          'ext.ci_bridge': config('github_webhook_secret'),
          'ext.notify_bridge': config('notify_shared_secret'),
          'ext.compared': config('webhook_secret'),
          'ext.replayed': config('order_webhook_secret'),
        },
      },
      secrets: {
        'ext.ci_bridge': { GITHUB_WEBHOOK_SECRET: secret },
        'ext.ext_my_app': { EVENTS_SECRET: secret },
        'ext.unverified': { MY_SIG_SECRET: secret },
        'ext.leaky': { PAY_SECRET: secret },
      },
      channel,
    });
  });
  afterAll(() => host.stop());

  const send = async (at: string, body: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${host.url}/v1/ext/${at}`, { method: 'POST', body, headers });
    return { status: response.status, body: (await response.json()) as any };
  };
  const counted = async (app: string) =>
    ((await (await fetch(`${host.url}/v1/ext/${app}/webhook/count`)).json()) as { count: number }).count;
  const ok = { status: 200, body: { status: 'ok' } };
  const invalid = { status: 401, body: { error: 'invalid signature' } };

  test('Canonical HMAC verification pattern', async () => {
    const [at, body] = ['ext-my-app/webhook/events', '{"type":"ping"}'];
    expect(await send(at, body, { 'X-My-Signature-256': digest(body) })).toEqual(ok);
    expect(await send(at, body, { 'X-My-Signature-256': digest(`${body} `) })).toEqual(invalid);
    expect(await send(at, body)).toEqual({ status: 401, body: { error: 'missing signature' } });
  });

  describe('Stripe webhook with HMAC-SHA256 verification', () => {
    const at = 'billing-sync/webhook/stripe';
    const stripe = (body: string, { at: seconds = Math.floor(Date.now() / 1_000), key = secret } = {}) =>
      send(at, body, { 'Stripe-Signature': `t=${seconds},v1=00,v1=${digest(`${seconds}.${body}`, key)}` });
    const paid = JSON.stringify({
      type: 'invoice.payment_succeeded',
      data: { object: { customer: 'cus_1' } },
    });

    test('a signed event is taken, whichever of several signatures is right', async () => {
      expect(await stripe('{"type":"ping"}')).toEqual(ok);
    });
    test('another secret, an old timestamp, and headers that are not what Stripe sends', async () => {
      expect(await stripe(paid, { key: 'another' })).toEqual(invalid);
      expect(await stripe(paid, { at: Math.floor(Date.now() / 1_000) - 400 })).toEqual({
        status: 400,
        body: { error: 'timestamp out of tolerance' },
      });
      const refusals: string[] = [];
      for (const header of ['', 't=1', 'nonsense', 't=soon,v1=00'])
        refusals.push((await send(at, paid, header === '' ? {} : { 'Stripe-Signature': header })).body.error);
      expect(refusals).toEqual([
        'missing Stripe-Signature',
        'malformed Stripe-Signature',
        'malformed Stripe-Signature',
        'non-integer timestamp',
      ]);
    });
    test('a payment is told to the user who connected the customer', async () => {
      await send('billing-sync/webhook/connected', '{"id":"cus_1","imperal_id":"ada"}');
      expect(await stripe(paid)).toEqual(ok);
      await host.idle();
      expect(channel.messages.map(({ chatKey, text }) => [chatKey, text])).toEqual([
        ['console-user-ada', 'Your payment was processed successfully.'],
      ]);
    });
  });

  describe('GitHub webhook with hex signature verification', () => {
    const push = '{"ref":"refs/heads/main","pusher":{"name":"ada"},"repository":{"full_name":"acme/site"}}';
    const github = (at: string, body: string, signed = body) =>
      send(`ci-bridge/webhook/${at}`, body, {
        'X-GitHub-Event': 'push',
        'X-Hub-Signature-256': `sha256=${digest(signed)}`,
      });

    test('verified by hand', async () => {
      expect(await github('github', push)).toEqual(ok);
      expect(host.logs.map(({ message }) => message)).toContain('github: push to main by ada');
      expect(await github('github', push, `${push} `)).toEqual(invalid);
      expect((await send('ci-bridge/webhook/github', push)).status).toBe(400);
    });
    test('verified by the host: secretHeader declares, access verifies', async () => {
      expect(await github('verified', push)).toEqual({ status: 200, body: { event: 'push' } });
      expect((await github('verified', push, `${push} `)).status).toBe(401);
      expect((await send('ci-bridge/webhook/verified', push)).status).toBe(401);
    });
  });

  test('Generic JSON webhook with shared-secret verification', async () => {
    const at = 'notify-bridge/webhook/inbound';
    const body = '{"id":"evt-1","text":"hello"}';
    expect(await send(at, body, { 'X-Notify-Secret': 'another' })).toEqual({
      status: 401,
      body: { error: 'unauthorized' },
    });
    expect(await counted('notify-bridge')).toBe(0);
    expect(await send(at, body, { 'X-Notify-Secret': secret })).toEqual(ok);
    expect((await send(at, body, { 'X-Notify-Secret': secret })).body).toEqual({
      status: 'already_processed',
    });
    expect(await counted('notify-bridge')).toBe(1);
  });

  test('Omitting HMAC verification entirely: anybody is let in; with access nobody unsigned is', async () => {
    expect(await send('unverified/webhook/events', '{"forged":true}', { 'X-My-Sig': '00' })).toEqual(ok);
    expect((await send('unverified/webhook/events_v2', '{"forged":true}', { 'X-My-Sig': '00' })).status).toBe(
      401,
    );
    const signed = { 'X-My-Sig': digest('{"true":1}') };
    expect(await send('unverified/webhook/events_v2', '{"true":1}', signed)).toEqual(ok);
  });

  test('Using == for signature comparison: both refuse forgeries, in constant time only the second', async () => {
    for (const at of ['compared/webhook/events', 'compared/webhook/events_v2']) {
      expect(await send(at, '{}', { 'X-My-Sig': digest('{}') })).toEqual(ok);
      expect(await send(at, '{}', { 'X-My-Sig': digest('{ }') })).toEqual(invalid);
      expect(await send(at, '{}')).toEqual(invalid);
    }
  });

  test('Returning sensitive data in the response body: the second acknowledges only', async () => {
    const signed = { 'X-Pay-Sig': digest('{}') };
    expect((await send('leaky/webhook/payment', '{}', signed)).body).toHaveProperty('internal_user_id');
    expect(await send('leaky/webhook/payment_v2', '{}', signed)).toEqual(ok);
    for (const at of ['leaky/webhook/payment', 'leaky/webhook/payment_v2'])
      expect((await send(at, '{}', { 'X-Pay-Sig': digest('{ }') })).status).toBe(401);
  });

  test('Missing idempotency for replays: the first keeps two records, the second one', async () => {
    const body = '{"event_id":"evt-1","amount":7}';
    const signed = { 'X-Order-Sig': digest(body) };
    for (let sent = 0; sent < 2; sent += 1) await send('replayed/webhook/order', body);
    expect(await counted('replayed')).toBe(2);
    expect(await send('replayed/webhook/order_v2', body, { 'X-Order-Sig': digest('{}') })).toEqual(invalid);
    expect(await send('replayed/webhook/order_v2', '{}', { 'X-Order-Sig': digest('{}') })).toMatchObject({
      status: 400,
    });
    expect(await send('replayed/webhook/order_v2', body, signed)).toEqual(ok);
    expect((await send('replayed/webhook/order_v2', body, signed)).body).toEqual({
      status: 'already_processed',
    });
    expect(await counted('replayed')).toBe(3);
  });

  test('Registering a webhook on ext, beside a ChatExtension', async () => {
    expect(await send('chatty/webhook/events', '{}')).toEqual(ok);
  });

  test('without its secret an extension is closed: 503, never open', async () => {
    const bare = await startHost({ plugins: path.join(__dirname, 'documented', 'ci-bridge') });
    const response = await fetch(`${bare.url}/v1/ext/ci-bridge/webhook/github`, {
      method: 'POST',
      headers: { 'X-Hub-Signature-256': `sha256=${digest('{}', '')}` },
      body: '{}',
    });
    await bare.stop();
    expect(response.status).toBe(503);
  });
});
