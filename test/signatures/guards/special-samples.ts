import { createCipheriv, createHash, createHmac, sign } from 'node:crypto';
import * as wecomCrypto from '@wecom/crypto';
import jsonwebtoken from 'jsonwebtoken';
import { keySet, privatePem } from '../special-token-yard';
import type { RequestParts } from '../special-request';
import { Authority } from '../special-servers';

/** A genuine request of a sender whose scheme is code. */
export interface SpecialSample {
  readonly id: string;
  /** Undefined: the scheme has none. */
  readonly secret: string | undefined;
  readonly expect: Readonly<Record<string, string>>;
  readonly request: RequestParts & { headers: Record<string, string> };
  /** Query members that are signed, or are the signature. */
  readonly query: readonly string[];
}

/** A minute on, epoch ms: the certificate that is made here begins at the second of its making. */
export const SPECIAL_AT = Math.ceil(Date.now() / 1000) * 1000 + 60_000;
const SECONDS = String(SPECIAL_AT / 1000);
const BASE = 'https://hooks.example.com';
const json = { 'content-type': 'application/json' };
const sha256 = (text: string) => createHash('sha256').update(text).digest();
const aesKey = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C';
const CERTIFICATE = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem';
export const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:orders';
const GOOGLE_KEYS = 'https://www.googleapis.com/oauth2/v3/certs';

const authority = new Authority();
const amazon = authority.issue({ name: 'sns.amazonaws.com' });
authority.remove();

/** What the senders' own hosts answer. */
export const SENDERS_TEXTS: readonly (readonly [string, string])[] = [
  [CERTIFICATE, amazon.certificate],
  [GOOGLE_KEYS, keySet('g1')],
];

function twilio(): SpecialSample {
  const body = 'Body=hello&From=%2B1';
  const text = `${BASE}/hook?a=1BodyhelloFrom+1`;
  const signature = createHmac('sha1', 'token').update(text).digest('base64');
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'X-Twilio-Signature': signature };
  return {
    id: 'twilio',
    secret: 'token',
    expect: {},
    request: { target: '/hook?a=1', body, headers },
    query: ['a'],
  };
}

function netlify(): SpecialSample {
  const body = '{"id":"d1"}';
  const claims = { iss: 'netlify', sha256: sha256(body).toString('hex') };
  const token = jsonwebtoken.sign(claims, 's3', { algorithm: 'HS256', noTimestamp: true });
  const headers = { ...json, 'X-Webhook-Signature': token };
  return { id: 'netlify', secret: 's3', expect: {}, request: { body, headers }, query: [] };
}

function lark(): SpecialSample {
  const vector = Buffer.alloc(16, 7);
  const cipher = createCipheriv('aes-256-cbc', sha256('key'), vector);
  const event = JSON.stringify({ header: { event_id: 'e1', event_type: 'im.message' } });
  const encrypt = Buffer.concat([vector, cipher.update(event), cipher.final()]).toString('base64');
  const body = JSON.stringify({ encrypt });
  const headers = {
    'X-Lark-Request-Timestamp': SECONDS,
    'X-Lark-Request-Nonce': 'n',
    'X-Lark-Signature': sha256(`${SECONDS}nkey${body}`).toString('hex'),
  };
  return { id: 'lark-encrypted', secret: 'key', expect: {}, request: { body, headers }, query: [] };
}

function envelope(id: 'wecom' | 'dingtalk'): SpecialSample {
  const plain =
    id === 'wecom' ? '<xml><MsgType>text</MsgType></xml>' : '{"EventType":"user_add","eventId":"e1"}';
  const encrypt = wecomCrypto.encrypt(aesKey, plain, 'corp');
  const msg_signature = wecomCrypto.getSignature('t', Number(SECONDS), 'n', encrypt);
  const query = new URLSearchParams({ msg_signature, timestamp: SECONDS, nonce: 'n' });
  const body =
    id === 'wecom' ? `<xml><Encrypt><![CDATA[${encrypt}]]></Encrypt></xml>` : JSON.stringify({ encrypt });
  return {
    ...{ id, secret: `t:${aesKey}`, expect: { receiver: 'corp' } },
    request: { target: `/hook?${query.toString()}`, body, headers: {} },
    query: ['msg_signature', 'timestamp', 'nonce'],
  };
}

/** A message of Amazon's, signed. */
export function snsMessage(message: Readonly<Record<string, string>>): string {
  const all: Record<string, string> = {
    ...{ MessageId: 'm-1', TopicArn: TOPIC, Timestamp: new Date(SPECIAL_AT).toISOString() },
    ...{ SignatureVersion: '2', SigningCertURL: CERTIFICATE, ...message },
  };
  const names = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  const text = names.flatMap((name) => (all[name] === undefined ? [] : [`${name}\n${all[name]}\n`])).join('');
  return JSON.stringify({
    ...all,
    Signature: sign('sha256', Buffer.from(text), amazon.key).toString('base64'),
  });
}

function sns(): SpecialSample {
  const body = snsMessage({ Type: 'Notification', Message: 'Hello' });
  return {
    id: 'sns',
    secret: undefined,
    expect: { topicArn: TOPIC },
    request: { body, headers: {} },
    query: [],
  };
}

function pubsub(): SpecialSample {
  const serviceAccount = 'push@project.iam.gserviceaccount.com';
  const now = SPECIAL_AT / 1000;
  const claims = {
    ...{ iss: 'https://accounts.google.com', aud: `${BASE}/hook`, email: serviceAccount },
    ...{ email_verified: true, iat: now, exp: now + 3600 },
  };
  const header = { alg: 'RS256', kid: 'g1' } as const;
  const token = jsonwebtoken.sign(claims, privatePem, { algorithm: 'RS256', noTimestamp: true, header });
  const request = {
    body: '{"message":{"messageId":"m1","data":""}}',
    headers: { Authorization: `Bearer ${token}` },
  };
  return { id: 'pubsub', secret: undefined, expect: { serviceAccount }, request, query: [] };
}

export const specialSamples = (): readonly SpecialSample[] => [
  ...[twilio(), netlify(), lark(), envelope('wecom'), envelope('dingtalk'), sns(), pubsub()],
];
