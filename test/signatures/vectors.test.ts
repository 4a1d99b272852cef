import { createHmac } from 'node:crypto';
import { verifyHmac } from '../../src/core/by-hand';
import { compileRow } from '../../src/signatures/compile-row';
import { plainRequest, type PlainRequestParts } from '../../src/signatures/plain-request';
import { signatureRow } from '../../src/signatures/signature-rows';
import { signRequest } from '../../src/signatures/sign-request';
import { AT, secretsOf } from './samples';

interface Vector extends PlainRequestParts {
  readonly id: string;
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly at?: number;
}

const HUBSPOT_SECRET = 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy';
const STANDARD_BODY = '{"test": 2432232314}';
const STANDARD_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const SLACK_BODY =
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';

/** As the senders publish them. */
const vectors: readonly Vector[] = [
  {
    id: 'github',
    secret: "It's a Secret to Everybody",
    body: 'Hello, World!',
    headers: {
      'X-Hub-Signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    },
  },
  {
    id: 'slack',
    secret: '8f742231b10e8888abcd99yyyzzz85a5',
    body: SLACK_BODY,
    at: 1_531_420_618_000,
    headers: {
      'X-Slack-Request-Timestamp': '1531420618',
      'X-Slack-Signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    },
  },
  {
    id: 'standard',
    secret: STANDARD_SECRET,
    body: STANDARD_BODY,
    at: 1_614_265_330_000,
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
  },
  {
    id: 'hubspot-v1',
    secret: HUBSPOT_SECRET,
    body: '[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]',
    headers: {
      'X-HubSpot-Signature': '232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de',
    },
  },
  {
    id: 'hubspot-v2',
    secret: HUBSPOT_SECRET,
    method: 'GET',
    publicBase: 'https://www.example.com',
    target: '/webhook_uri',
    headers: {
      'X-HubSpot-Signature': 'eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e',
    },
  },
  {
    id: 'hubspot-v2',
    secret: HUBSPOT_SECRET,
    publicBase: 'https://www.example.com',
    target: '/webhook_uri',
    body: '{"example_field":"example_value"}',
    headers: {
      'X-HubSpot-Signature': '9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900',
    },
  },
];

test.each(vectors)('the published example of $id is taken, and refused with one character less', (vector) => {
  const { id, secret, at = AT, ...parts } = vector;
  const verify = compileRow(signatureRow(id));
  expect(verify(plainRequest(parts), secretsOf(secret), at)).toMatchObject({ ok: true, scheme: id });
  const shorter = { ...parts, target: `${parts.target ?? ''}/`, body: parts.body?.slice(0, -1) ?? 'x' };
  expect(verify(plainRequest(shorter), secretsOf(secret), at)).toEqual({
    ok: false,
    reason: 'bad_signature',
  });
});

test('the example of Standard Webhooks is what signing gives', () => {
  const { headers } = signRequest(signatureRow('standard'), {
    secret: STANDARD_SECRET,
    body: STANDARD_BODY,
    at: 1_614_265_330_000,
    deliveryId: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  });
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

/** RFC 4231 §4.3 and RFC 2202 §3, case 2. */
test.each([
  ['sha256', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
  [
    'sha512',
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
  ],
  ['sha1', 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
])('verifyHmac agrees with the %s examples of the RFCs', (hash, digest) => {
  expect(verifyHmac(hash, 'Jefe', 'what do ya want for nothing?', digest)).toBe(true);
  expect(createHmac(hash, 'Jefe').update('what do ya want for nothing?').digest('hex')).toBe(digest);
});
