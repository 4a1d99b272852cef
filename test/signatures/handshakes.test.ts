import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import * as wecomCrypto from '@wecom/crypto';
import fc from 'fast-check';
import { reply, type ReplyHeaders } from '../../src/core/reply';
import type { HandshakeId } from '../../src/core/signature-row';
import { answerHandshake, handshakes } from '../../src/signatures/handshakes/answer-handshake';
import { AT, secret, signedRequest, type RequestParts } from './special-request';

interface Asked extends RequestParts {
  secrets?: string[];
  expect?: Record<string, string>;
  verified?: boolean;
}
const KINDS = Object.keys(handshakes) as HandshakeId[];
const ask = (
  kind: HandshakeId,
  { secrets = ['key'], expect: expectations = {}, verified = false, ...parts }: Asked,
) =>
  answerHandshake(kind, {
    request: signedRequest(parts),
    secrets: secrets.map((value) => secret(value)),
    expect: expectations,
    at: AT,
    verified,
  });
const json = (value: unknown, more: Asked = {}): Asked => ({ body: JSON.stringify(value), ...more });
const get = (target: string, more: Asked = {}): Asked => ({ method: 'GET', target, ...more });
const mac = (text: string, encoding: 'hex' | 'base64' = 'hex') =>
  createHmac('sha256', 'key').update(text).digest(encoding);
const safe = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };
const text = (body: string) => ({
  reply: reply(200, body, { ...safe, 'content-type': 'text/plain; charset=utf-8' }),
});
const object = (body: object) => ({ reply: reply(200, body, safe) });
const empty = (status: number, headers: ReplyHeaders = {}) => ({
  reply: reply(status, undefined, { ...safe, ...headers }),
});
const refused = (reason: string) => ({ refused: reason });

const aesKey = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C';
const envelope = (sealed: string, more: Record<string, string> = {}) =>
  `/hook?${new URLSearchParams({ msg_signature: wecomCrypto.getSignature('t', AT / 1000, 'n', sealed), timestamp: String(AT / 1000), nonce: 'n', ...more }).toString()}`;
const echo = wecomCrypto.encrypt(aesKey, 'echo 1', 'corp');
const check = wecomCrypto.encrypt(aesKey, '{"EventType":"check_url"}', 'corp');
const larkSeal = (value: object) => {
  const vector = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', createHash('sha256').update('key').digest(), vector);
  return Buffer.concat([vector, cipher.update(JSON.stringify(value)), cipher.final()]).toString('base64');
};
const arn = 'arn:aws:sns:eu-west-1:1:orders';
const subscribe = (more: Record<string, string> = {}, host = 'https://sns.eu-west-1.amazonaws.com/') =>
  `${host}?${new URLSearchParams({ Action: 'ConfirmSubscription', TopicArn: arn, Token: 'tok', ...more }).toString()}`;
const confirmation = (SubscribeURL: string) =>
  json(
    { Type: 'SubscriptionConfirmation', TopicArn: arn, Token: 'tok', SubscribeURL },
    { verified: true, expect: { topicArn: arn } },
  );

/** One genuine set-up request of each kind, and its exact answer. */
const GENUINE: Record<HandshakeId, readonly [Asked, object]> = {
  slack: [json({ type: 'url_verification', challenge: 'c' }, { verified: true }), text('c')],
  meta: [
    get('/h?hub.mode=subscribe&hub.verify_token=v&hub.challenge=11', { expect: { verifyToken: 'v' } }),
    text('11'),
  ],
  strava: [
    get('/h?hub.mode=subscribe&hub.verify_token=v&hub.challenge=11', { expect: { verifyToken: 'v' } }),
    object({ 'hub.challenge': '11' }),
  ],
  graph: [{ target: '/h?validationToken=a%20b%3Cscript%3E' }, text('a b<script>')],
  twitch: [
    json(
      { challenge: 'c' },
      { verified: true, headers: { 'Twitch-Eventsub-Message-Type': 'webhook_callback_verification' } },
    ),
    text('c'),
  ],
  zoom: [
    json({ event: 'endpoint.url_validation', payload: { plainToken: 'qgg8vlvZRS6UYooatFL8Aw' } }),
    object({ plainToken: 'qgg8vlvZRS6UYooatFL8Aw', encryptedToken: mac('qgg8vlvZRS6UYooatFL8Aw') }),
  ],
  dropbox: [get('/h?challenge=abc'), text('abc')],
  notion: [
    json({ verification_token: 'secret_1' }, { secrets: [] }),
    { ...empty(200), pendingSecret: 'secret_1' },
  ],
  okta: [
    get('/h', { secrets: [], headers: { 'X-Okta-Verification-Challenge': 'c' } }),
    object({ verification: 'c' }),
  ],
  eventgrid: [
    json([{ data: { validationCode: 'code' } }], { headers: { 'aeg-event-type': 'SubscriptionValidation' } }),
    object({ validationResponse: 'code' }),
  ],
  cloudevents: [
    {
      method: 'OPTIONS',
      headers: { 'WebHook-Request-Origin': 'eventemitter.example.com' },
      expect: { allowedOrigins: 'a.test, eventemitter.example.com', allowedRate: '100' },
    },
    empty(200, {
      'webhook-allowed-origin': 'eventemitter.example.com',
      'webhook-allowed-rate': '100',
      allow: 'POST',
    }),
  ],
  sns: [confirmation(subscribe()), { ...empty(200), visit: subscribe() }],
  'x-hook-secret': [
    { headers: { 'X-Hook-Secret': 's' }, secrets: [] },
    { ...empty(200, { 'x-hook-secret': 's' }), pendingSecret: 's' },
  ],
  'crc-token': [
    get('/h?crc_token=YjAx-_=='),
    object({ response_token: `sha256=${mac('YjAx-_==', 'base64')}` }),
  ],
  linkedin: [
    get('/h?challengeCode=890e4665-4dfe-4ab1-b689-ed553bceeed0'),
    object({
      challengeCode: '890e4665-4dfe-4ab1-b689-ed553bceeed0',
      challengeResponse: mac('890e4665-4dfe-4ab1-b689-ed553bceeed0'),
    }),
  ],
  nylas: [get('/h?challenge=abc'), text('abc')],
  monday: [json({ challenge: 'c' }), object({ challenge: 'c' })],
  front: [{ headers: { 'X-Front-Challenge': 'c' } }, text('c')],
  ringcentral: [{ headers: { 'Validation-Token': 'v' } }, empty(200, { 'validation-token': 'v' })],
  'vercel-drain': [{ expect: { verify: 'code' } }, empty(200, { 'x-vercel-verify': 'code' })],
  head: [{ method: 'HEAD' }, empty(200)],
  ebay: [
    get('/h?challenge_code=a8628072', { expect: { verifyToken: 'token' } }),
    object({
      challengeResponse: createHash('sha256')
        .update('a8628072tokenhttps://hooks.example.com/h')
        .digest('hex'),
    }),
  ],
  smartcar: [
    json({ eventType: 'VERIFY', data: { challenge: '3a5c8f72-e6d9' } }),
    object({ challenge: mac('3a5c8f72-e6d9') }),
  ],
  tebex: [json({ id: 'i', type: 'validation.webhook' }, { verified: true }), object({ id: 'i' })],
  lark: [
    json({ encrypt: larkSeal({ type: 'url_verification', challenge: 'c', token: 'v' }) }),
    object({ challenge: 'c' }),
  ],
  wecom: [
    get(envelope(echo, { echostr: echo }), { secrets: [`t:${aesKey}`], expect: { receiver: 'corp' } }),
    text('echo 1'),
  ],
  dingtalk: [
    json(
      { encrypt: check },
      { target: envelope(check), secrets: [`t:${aesKey}`], expect: { receiver: 'corp' } },
    ),
    { reply: { status: 200 } },
  ],
  discord: [json({ type: 1, id: 'i' }, { verified: true }), object({ type: 1 })],
};

describe.each(KINDS)('%s', (kind) => {
  const [asked, answer] = GENUINE[kind];

  test('a genuine request has its exact answer', () => {
    expect(ask(kind, asked)).toMatchObject(answer);
  });

  test('by a method that is not the handshake’s it is none', () => {
    expect(ask(kind, { ...asked, method: 'DELETE', verified: true })).toBeUndefined();
  });

  test('an ordinary delivery is none', () => {
    const ordinary: Asked = {
      body: '{"type":"event","id":1,"event":{}}',
      verified: true,
      headers: { 'x-vercel-signature': 'x' },
    };
    expect(ask(kind, ordinary)).toBeUndefined();
  });

  test('what must be verified first is not answered before', () => {
    if (handshakes[kind].verify === 'first') expect(ask(kind, { ...asked, verified: false })).toBeUndefined();
    else expect(ask(kind, { ...asked, verified: false })).toBeDefined();
  });
});

describe('challenges', () => {
  const long = 'a'.repeat(1_025);

  test.each<[HandshakeId, Asked]>([
    ['slack', json({ type: 'url_verification', challenge: long }, { verified: true })],
    ['graph', { target: `/h?validationToken=${long}` }],
    ['dropbox', get(`/h?challenge=${long}`)],
    [
      'meta',
      get(`/h?hub.mode=subscribe&hub.verify_token=v&hub.challenge=${long}`, { expect: { verifyToken: 'v' } }),
    ],
    ['ringcentral', { headers: { 'Validation-Token': long } }],
    ['x-hook-secret', { headers: { 'X-Hook-Secret': long }, secrets: [] }],
    ['notion', json({ verification_token: long }, { secrets: [] })],
  ])('of %s longer than 1 KiB are refused', (kind, asked) => {
    expect(ask(kind, asked)).toEqual(refused('malformed_signature'));
  });

  // Each of these is what the same sender signs of a delivery, so answering would sign a forgery.
  test.each<[HandshakeId, (forged: string) => Asked, string]>([
    [
      'zoom',
      (plainToken) => json({ event: 'endpoint.url_validation', payload: { plainToken } }),
      'v0:1772366400:{"event":"x"}',
    ],
    ['crc-token', (forged) => get(`/h?crc_token=${encodeURIComponent(forged)}`), '{"for_user_id":"1"}'],
    ['linkedin', (forged) => get(`/h?challengeCode=${encodeURIComponent(forged)}`), 'hmacsha256={}'],
    ['smartcar', (challenge) => json({ eventType: 'VERIFY', data: { challenge } }), '{"eventType":"x"}'],
  ])('of %s never make the host sign a delivery', (kind, make, forged) => {
    expect(ask(kind, make(forged))).toEqual(refused('malformed_signature'));
  });

  test('a header that is there twice is refused', () => {
    expect(ask('front', { headers: { 'X-Front-Challenge': ['a', 'b'] } })).toEqual(
      refused('duplicate_header'),
    );
    expect(ask('dropbox', get('/h?challenge=a&challenge=b'))).toEqual(refused('duplicate_header'));
  });

  test('what goes into a header is visible ASCII', () => {
    for (const kind of ['ringcentral', 'x-hook-secret'] as const) {
      const headers = { 'Validation-Token': 'a b', 'X-Hook-Secret': 'é' };
      expect(ask(kind, { headers, secrets: [] })).toEqual(refused('malformed_signature'));
    }
  });
});

describe('what proves a set-up request', () => {
  test('meta: the token must be the endpoint’s own', () => {
    const target = '/h?hub.mode=subscribe&hub.verify_token=w&hub.challenge=1';
    expect(ask('meta', get(target, { expect: { verifyToken: 'v' } }))).toEqual(refused('bad_signature'));
    expect(ask('meta', get(target))).toEqual(refused('no_secret'));
    expect(ask('meta', get(target, { expect: { verifyToken: '' } }))).toEqual(refused('no_secret'));
  });

  test('zoom: a signature that is there must hold', () => {
    const signed = json(
      { event: 'endpoint.url_validation', payload: { plainToken: 'abc' } },
      { headers: { 'x-zm-signature': 'v0=x' } },
    );
    expect(ask('zoom', signed)).toEqual(refused('bad_signature'));
    expect(ask('zoom', { ...signed, verified: true })).toMatchObject({ reply: { status: 200 } });
    expect(ask('zoom', { ...signed, verified: true, secrets: [''] })).toEqual(refused('no_secret'));
  });

  test('okta: with a secret set, it must have been shown', () => {
    const asked = get('/h', { headers: { 'X-Okta-Verification-Challenge': 'c' } });
    expect(ask('okta', asked)).toEqual(refused('bad_signature'));
    expect(ask('okta', { ...asked, verified: true })).toEqual(object({ verification: 'c' }));
  });

  test('notion and asana: a secret that is set is never replaced by a stranger', () => {
    expect(ask('notion', json({ verification_token: 'x' }))).toEqual(refused('bad_signature'));
    expect(ask('x-hook-secret', { headers: { 'X-Hook-Secret': 's' } })).toEqual(refused('bad_signature'));
  });

  test.each<[string, string]>([
    ['another host', subscribe({}, 'https://evil.test/')],
    ['a host that only looks alike', subscribe({}, 'https://sns.eu-west-1.amazonaws.com.evil.test/')],
    ['plain http', subscribe({}, 'http://sns.eu-west-1.amazonaws.com/')],
    ['another path', subscribe({}, 'https://sns.eu-west-1.amazonaws.com/x')],
    ['another action', subscribe({ Action: 'DeleteTopic' })],
    ['a second action', `${subscribe()}&Action=DeleteTopic`],
    ['another topic', subscribe({ TopicArn: `${arn}2` })],
    ['another token', subscribe({ Token: 'other' })],
  ])('sns: %s is not visited', (_, url) => {
    expect(ask('sns', confirmation(url))).toEqual(refused('bad_signature'));
  });

  test('sns: an end is noted, never undone; twitch says it too', () => {
    const end = json({ Type: 'UnsubscribeConfirmation', SubscribeURL: subscribe() }, { verified: true });
    expect(ask('sns', end)).toEqual({ ...empty(200), ended: true });
    const revoked = json({}, { verified: true, headers: { 'Twitch-Eventsub-Message-Type': 'revocation' } });
    expect(ask('twitch', revoked)).toEqual({ ...empty(204), ended: true });
  });

  test('lark: in the open the token is needed; sealed it holds where it is given', () => {
    const plain = { type: 'url_verification', challenge: 'c', token: 'v' };
    expect(ask('lark', json(plain))).toEqual(refused('no_secret'));
    expect(ask('lark', json(plain, { expect: { verificationToken: 'w' } }))).toEqual(
      refused('bad_signature'),
    );
    expect(ask('lark', json(plain, { expect: { verificationToken: 'v' } }))).toEqual(
      object({ challenge: 'c' }),
    );
    const sealed = { encrypt: larkSeal(plain) };
    expect(ask('lark', json(sealed, { expect: { verificationToken: 'w' } }))).toEqual(
      refused('bad_signature'),
    );
    expect(ask('lark', json(sealed, { secrets: ['other'] }))).toBeUndefined();
  });

  test('wecom and dingtalk: an unsigned question is refused', () => {
    const secrets = [`x:${aesKey}`];
    const receiver = { receiver: 'corp' };
    expect(ask('wecom', get(envelope(echo, { echostr: echo }), { secrets, expect: receiver }))).toEqual(
      refused('bad_signature'),
    );
    expect(
      ask('dingtalk', json({ encrypt: check }, { target: envelope(check), secrets, expect: receiver })),
    ).toEqual(refused('bad_signature'));
    const answer = ask('dingtalk', GENUINE.dingtalk[0]);
    const body = (answer !== undefined && 'reply' in answer ? answer.reply.body : {}) as Record<
      string,
      string
    >;
    expect(wecomCrypto.decrypt(aesKey, body['encrypt'] ?? '')).toMatchObject({
      message: 'success',
      id: 'corp',
    });
  });

  test('discord: an event of type 1 is no ping; a ping of webhook events is answered empty', () => {
    expect(
      ask('discord', json({ type: 1, event: { type: 'APPLICATION_AUTHORIZED' } }, { verified: true })),
    ).toBeUndefined();
    expect(ask('discord', json({ type: 0 }, { verified: true }))).toEqual(empty(204));
    expect(ask('discord', json({ type: 2 }, { verified: true }))).toBeUndefined();
  });

  test('cloudevents: an origin that is not allowed has no consent', () => {
    const asked: Asked = { method: 'OPTIONS', headers: { 'WebHook-Request-Origin': 'evil.test' } };
    expect(ask('cloudevents', asked)).toEqual(refused('bad_signature'));
    expect(ask('cloudevents', { ...asked, expect: { allowedOrigins: 'a.test' } })).toEqual(
      refused('bad_signature'),
    );
    expect(ask('cloudevents', { ...asked, expect: { allowedOrigins: '*' } })).toMatchObject({
      reply: { status: 200 },
    });
  });

  test('vercel: a delivery without its signature is not taken for a set-up request', () => {
    expect(ask('vercel-drain', json([{ id: 1 }], { expect: { verify: 'code' } }))).toBeUndefined();
    expect(ask('vercel-drain', {})).toEqual(refused('no_secret'));
  });

  test('ebay: without the token or the public address there is no answer', () => {
    expect(ask('ebay', get('/h?challenge_code=a'))).toEqual(refused('no_secret'));
    expect(
      ask('ebay', get('/h?challenge_code=a', { base: undefined, expect: { verifyToken: 't' } })),
    ).toEqual(refused('no_public_url'));
  });
});

test('no request makes a handshake throw', () => {
  const value = fc.oneof(fc.json(), fc.string(), fc.constant('{"type":"url_verification","encrypt":"AAAA"}'));
  fc.assert(
    fc.property(
      fc.constantFrom(...KINDS),
      fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS'),
      value,
      fc.webQueryParameters(),
      fc.boolean(),
      (kind, method, body, query, verified) => {
        expect(() => ask(kind, { method, body, target: `/h?${query}`, verified })).not.toThrow();
      },
    ),
    { numRuns: 600 },
  );
});
