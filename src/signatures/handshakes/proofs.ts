import { createHash, createHmac } from 'node:crypto';
import type { HandshakeId } from '../../core/signature-row';
import { sealedSuccess } from '../special/dingtalk';
import { openLark } from '../special/lark';
import { isSnsUrl } from '../special/sns';
import {
  isSameText,
  member,
  optionalHeader,
  queryValue,
  Refusal,
  textMember,
} from '../special/special-scheme';
import { openSigned } from '../special/wecom';
import {
  emptyAnswer,
  isShort,
  isVisible,
  jsonAnswer,
  textAnswer,
  type Handshake,
  type HandshakeAnswer,
  type HandshakeAsked,
} from './handshake';

/**
 * Where the answer is a keyed hash of what a stranger sent, the stranger could have a forged delivery signed: what is signed
 * of deliveries is `v0:…` (Zoom), a JSON body (X, Smartcar) or `hmacsha256=…` (LinkedIn). Real challenges hold none of
 * `:{"=` before their end, so only these characters are ever hashed.
 */
const CHALLENGE = /^[A-Za-z0-9_-]{1,512}={0,2}$/;

/** Kinds whose answer or acceptance needs a secret, a token or a key. */
export const proofs = {
  meta: {
    ...subscription('https://developers.facebook.com/docs/graph-api/webhooks/getting-started'),
    answer: (asked) => hubAnswer(asked, textAnswer),
  },
  strava: {
    ...subscription('https://developers.strava.com/docs/webhooks/'),
    answer: (asked) => hubAnswer(asked, (text) => jsonAnswer({ 'hub.challenge': text })),
  },
  zoom: {
    methods: ['POST'],
    // Zoom signs these too, but not always.
    verify: 'itself',
    source: 'https://developers.zoom.us/docs/api/webhooks/',
    answer: (asked) => {
      const { request, verified } = asked;
      const body = request.json();
      if (member(body, 'event') !== 'endpoint.url_validation') return undefined;
      if (optionalHeader(request, 'x-zm-signature') !== undefined && !verified) {
        throw new Refusal('bad_signature');
      }
      const plainToken = hashable(textMember(body, 'payload', 'plainToken'));
      return jsonAnswer({ plainToken, encryptedToken: keyed(asked, plainToken, 'hex') });
    },
  },
  'crc-token': {
    methods: ['GET'],
    verify: 'none',
    source: 'https://docs.x.com/x-api/webhooks/introduction',
    answer: (asked) => {
      const token = queryValue(asked.request, 'crc_token');
      if (token === undefined) return undefined;
      return jsonAnswer({ response_token: `sha256=${keyed(asked, hashable(token), 'base64')}` });
    },
  },
  linkedin: {
    methods: ['GET'],
    verify: 'none',
    source: 'https://learn.microsoft.com/linkedin/shared/api-guide/webhook-validation',
    answer: (asked) => {
      const code = queryValue(asked.request, 'challengeCode');
      if (code === undefined) return undefined;
      const challengeCode = hashable(code);
      return jsonAnswer({ challengeCode, challengeResponse: keyed(asked, challengeCode, 'hex') });
    },
  },
  smartcar: {
    methods: ['POST'],
    verify: 'none',
    source: 'https://smartcar.com/docs/integrations/webhooks/callback-verification',
    answer: (asked) => {
      const body = asked.request.json();
      const type = textMember(body, 'eventType') ?? textMember(body, 'eventName');
      if (type?.toLowerCase() !== 'verify') return undefined;
      const text = textMember(body, 'data', 'challenge') ?? textMember(body, 'payload', 'challenge');
      return jsonAnswer({ challenge: keyed(asked, hashable(text), 'hex') });
    },
  },
  ebay: {
    methods: ['GET'],
    verify: 'none',
    needs: '`verifyToken`: the verification token given to eBay',
    expects: ['verifyToken'],
    source: 'https://developer.ebay.com/develop/guides-v2/marketplace-user-account-deletion',
    answer: ({ request, expect }) => {
      const code = queryValue(request, 'challenge_code');
      if (code === undefined) return undefined;
      const token = expect['verifyToken'];
      const endpoint = request.publicUrl()?.split('?', 1)[0];
      if (!token) throw new Refusal('no_secret');
      if (endpoint === undefined) throw new Refusal('no_public_url');
      const hash = createHash('sha256').update(hashable(code)).update(token).update(endpoint);
      return jsonAnswer({ challengeResponse: hash.digest('hex') });
    },
  },
  notion: {
    methods: ['POST'],
    verify: 'none',
    source: 'https://developers.notion.com/reference/webhooks',
    answer: ({ request, secrets }) => {
      const body = request.json();
      const token = textMember(body, 'verification_token');
      if (token === undefined || member(body, 'type') !== undefined) return undefined;
      return pending(token, secrets.length > 0, emptyAnswer(200));
    },
  },
  'x-hook-secret': {
    methods: ['POST'],
    verify: 'none',
    source: 'https://developers.asana.com/docs/webhooks-guide',
    answer: ({ request, secrets }) => {
      const secret = optionalHeader(request, 'x-hook-secret');
      if (secret === undefined) return undefined;
      if (!isVisible(secret)) throw new Refusal('malformed_signature');
      return pending(secret, secrets.length > 0, emptyAnswer(200, { 'x-hook-secret': secret }));
    },
  },
  sns: {
    methods: ['POST'],
    verify: 'first',
    needs: '`topicArn`: the topic that may subscribe this endpoint',
    expects: ['topicArn'],
    source: 'https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html',
    answer: ({ request, expect }) => {
      const message = request.json();
      const type = member(message, 'Type');
      // Confirming would subscribe again what somebody just unsubscribed.
      if (type === 'UnsubscribeConfirmation') return { ...emptyAnswer(200), ended: true };
      if (type !== 'SubscriptionConfirmation') return undefined;
      return { ...emptyAnswer(200), visit: subscribeUrl(message, expect['topicArn']) };
    },
  },
  lark: {
    methods: ['POST'],
    verify: 'itself',
    needs: '`verificationToken`, unless the challenge is sealed with the Encrypt Key',
    expects: ['verificationToken'],
    source: 'https://open.larksuite.com/document/server-docs/event-subscription-guide/overview',
    answer: larkAnswer,
  },
  wecom: {
    methods: ['GET'],
    verify: 'itself',
    needs: '`receiver`: the corp id',
    expects: ['receiver'],
    source: 'https://developer.work.weixin.qq.com/document/path/90930',
    answer: (asked) => {
      const encrypted = queryValue(asked.request, 'echostr');
      if (encrypted === undefined || asked.request.method !== 'GET') return undefined;
      const text = openSigned(asked, encrypted).plain.toString('utf8');
      return isShort(text) ? textAnswer(text) : undefined;
    },
  },
  dingtalk: {
    methods: ['POST'],
    verify: 'itself',
    needs: '`receiver`: app key, corp id or suite key',
    expects: ['receiver'],
    source: 'https://open.dingtalk.com/document/orgapp/http-callback-overview',
    answer: (asked) => {
      const encrypted = textMember(asked.request.json(), 'encrypt');
      if (encrypted === undefined) return undefined;
      const { plain, key } = openSigned(asked, encrypted);
      const event: unknown = JSON.parse(plain.toString('utf8'));
      if (textMember(event, 'EventType') !== 'check_url') return undefined;
      return { reply: sealedSuccess(key, asked.expect['receiver'] ?? '', asked.at) };
    },
  },
} as const satisfies Partial<Record<HandshakeId, Handshake>>;

function subscription(source: string): Omit<Handshake, 'answer'> {
  return {
    methods: ['GET'],
    verify: 'itself',
    needs: '`verifyToken`: the token given to the sender',
    expects: ['verifyToken'],
    source,
  };
}

function hubAnswer(
  { request, expect }: HandshakeAsked,
  answer: (text: string) => HandshakeAnswer,
): HandshakeAnswer | undefined {
  if (queryValue(request, 'hub.mode') !== 'subscribe') return undefined;
  const expected = expect['verifyToken'];
  if (!expected) throw new Refusal('no_secret');
  if (!isSameText(queryValue(request, 'hub.verify_token') ?? '', expected))
    throw new Refusal('bad_signature');
  const text = queryValue(request, 'hub.challenge') ?? '';
  if (!isShort(text)) throw new Refusal('malformed_signature');
  return answer(text);
}

/** @throws Refusal for what could be anything but a challenge */
function hashable(text: string | undefined): string {
  if (text === undefined || !CHALLENGE.test(text)) throw new Refusal('malformed_signature');
  return text;
}

/** By the newest secret: which one the sender means it does not say. */
function keyed({ secrets }: HandshakeAsked, text: string, encoding: 'hex' | 'base64'): string {
  const [newest] = secrets;
  if (newest === undefined) throw new Refusal('no_secret');
  return createHmac('sha256', newest.value).update(text).digest(encoding);
}

/** What anybody could send is taken for a secret only while there is none, and by an operator's word. */
function pending(secret: string, isSet: boolean, answer: HandshakeAnswer): HandshakeAnswer {
  if (isSet) throw new Refusal('bad_signature');
  if (!isShort(secret)) throw new Refusal('malformed_signature');
  return { ...answer, pendingSecret: secret };
}

/** The address that confirms this very topic's subscription, and nothing else. @throws Refusal */
function subscribeUrl(message: unknown, topicArn: string | undefined): string {
  const text = textMember(message, 'SubscribeURL') ?? '';
  if (!isShort(text) || !URL.canParse(text)) throw new Refusal('malformed_signature');
  const url = new URL(text);
  const is = (name: string, value: string | undefined) => {
    const all = url.searchParams.getAll(name);
    return value !== undefined && all.length === 1 && all[0] === value;
  };
  const isRight =
    isSnsUrl(url) &&
    url.pathname === '/' &&
    is('Action', 'ConfirmSubscription') &&
    is('TopicArn', topicArn) &&
    is('Token', textMember(message, 'Token'));
  if (!isRight) throw new Refusal('bad_signature');
  return url.href;
}

function larkAnswer({ request, secrets, expect }: HandshakeAsked): HandshakeAnswer | undefined {
  const body = request.json();
  const encrypted = textMember(body, 'encrypt');
  const opened =
    encrypted === undefined
      ? body
      : openedLark(
          encrypted,
          secrets.map(({ value }) => value),
        );
  if (member(opened, 'type') !== 'url_verification') return undefined;
  const token = textMember(opened, 'token') ?? '';
  // Sealed, it was written by who knows the key; in the open, only the token says so.
  const expected = expect['verificationToken'] ?? (encrypted === undefined ? undefined : token);
  if (expected === undefined) throw new Refusal('no_secret');
  if (!isSameText(token, expected)) throw new Refusal('bad_signature');
  const challenge = textMember(opened, 'challenge') ?? '';
  if (!isShort(challenge)) throw new Refusal('malformed_signature');
  return jsonAnswer({ challenge });
}

function openedLark(encrypted: string, keys: readonly string[]): unknown {
  for (const key of keys) {
    const plain = openLark(encrypted, key);
    if (plain === undefined) continue;
    try {
      return JSON.parse(plain.toString('utf8'));
    } catch {
      // Opened by chance under another key.
    }
  }
  return undefined;
}
