import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import * as wecomCrypto from '@wecom/crypto';
import fc from 'fast-check';
import { specialRows } from '../../src/signatures/rows/special';
import { openLark } from '../../src/signatures/special/lark';
import { envelopeKey, openEnvelope, sealEnvelope } from '../../src/signatures/special/sealed-envelope';
import { createSpecialSchemes, expectationIssues } from '../../src/signatures/special/special-schemes';
import { AT, secret, signedRequest, type RequestParts } from './special-request';

const made = createSpecialSchemes({ fetchText: () => Promise.reject(new Error('nothing is fetched here')) });
const NOW = String(AT / 1000);
const refused = (reason: string) => ({ ok: false, reason });

function ask(
  id: string,
  parts: RequestParts,
  secrets: string[],
  expect: Record<string, string> = {},
  at = AT,
) {
  const scheme = made.get(id);
  if (scheme === undefined) throw new Error(id);
  const verdict = scheme.verify(
    signedRequest(parts),
    secrets.map((value, index) => secret(value, `k${index}`)),
    at,
    expect,
  );
  if ('then' in verdict) throw new Error('asynchronous');
  return verdict;
}

describe('twilio', () => {
  const url = 'https://mycompany.com';
  const target = '/myapp.php?foo=1&bar=2';
  const fields = {
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    Digits: '1234',
    From: '+14158675309',
    To: '+18005551212',
  };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams(fields).toString();
  const judge = (parts: RequestParts, signature: string, token = '12345') =>
    ask(
      'twilio',
      {
        base: url,
        target,
        body,
        ...parts,
        headers: { ...form, ...parts.headers, 'X-Twilio-Signature': signature },
      },
      ['other', token],
    );
  const sign = (text: string) => createHmac('sha1', '12345').update(text).digest('base64');

  test('the vendor’s own vector', () => {
    expect(judge({}, 'RSOYDt4T1cUTdK1PDd93/VVr8B8=')).toMatchObject({
      ok: true,
      secretId: 'k1',
      bodySigned: true,
    });
  });

  test('another parameter, address, method of body, token or signature is refused', () => {
    const right = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';
    expect(judge({ body: `${body}&x=1` }, right)).toEqual(refused('bad_signature'));
    expect(judge({ target: '/myapp.php?foo=1&bar=3' }, right)).toEqual(refused('bad_signature'));
    expect(judge({ base: undefined }, right)).toEqual(refused('no_public_url'));
    expect(judge({}, right, '12346')).toEqual(refused('bad_signature'));
    expect(judge({}, 'RSOYDt4T1cUTdK1PDd93/VVr8B8')).toEqual(refused('bad_encoding'));
    expect(judge({}, 'AAAA')).toEqual(refused('bad_encoding'));
    expect(judge({}, '')).toEqual(refused('missing_signature'));
    // Without parameters the address alone would be signed: a body that is no form would be anybody's.
    expect(
      judge({ body: '{"a":1}', headers: { 'content-type': 'application/json' } }, sign(url + target)),
    ).toEqual(refused('bad_signature'));
  });

  test('a GET signs its address alone; the scheme’s own port may be signed or not', () => {
    for (const spelling of ['https://mycompany.com', 'https://mycompany.com:443']) {
      for (const base of ['https://mycompany.com', 'https://mycompany.com:443']) {
        expect(judge({ base, method: 'GET', body: '' }, sign(spelling + target))).toMatchObject({ ok: true });
      }
    }
    expect(
      judge({ base: 'https://mycompany.com:8443', method: 'GET', body: '' }, sign(url + target)),
    ).toEqual(refused('bad_signature'));
    expect(
      judge({ base: 'https://[::1]:443', method: 'GET', body: '' }, sign(`https://[::1]${target}`)),
    ).toMatchObject({ ok: true });
  });

  test('the address is signed as it was sent', () => {
    for (const odd of ["/it's?a=%2B+&b", '//x/', '/a?b=%c3%a9']) {
      expect(judge({ target: odd, method: 'GET', body: '' }, sign(url + odd))).toMatchObject({ ok: true });
    }
  });

  test('pairs are sorted by name and value, and the same pair counts once', () => {
    const many = 'b=2&a=2&a=1&a=2&A=x&__proto__=y';
    expect(judge({ body: many }, sign(`${url}${target}Ax__proto__ya1a2b2`))).toMatchObject({ ok: true });
  });

  test('a JSON body is held by its hash in the address, never by the form rule', () => {
    const json = '{"a":"ü"}';
    const hashed = `${target}&bodySHA256=${createHash('sha256').update(json).digest('hex')}`;
    const parts = { target: hashed, body: json, headers: { 'content-type': 'application/json' } };
    expect(judge(parts, sign(url + hashed))).toMatchObject({ ok: true });
    expect(judge({ ...parts, body: '{"a":"u"}' }, sign(url + hashed))).toEqual(refused('bad_signature'));
    expect(judge({ ...parts, target: `${target}&bodySHA256=zz` }, sign(url + hashed))).toEqual(
      refused('bad_encoding'),
    );
    const twice = `${hashed}&bodySHA256=00`;
    expect(judge({ ...parts, target: twice }, sign(url + twice))).toEqual(refused('duplicate_header'));
  });
});

describe('the envelope', () => {
  const aesKey = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C';
  const key = envelopeKey(`token:${aesKey}`)?.key ?? Buffer.alloc(0);

  test('what @wecom/crypto seals is opened here, and the other way round', () => {
    for (const text of ['', 'success', 'ü€😀', 'x'.repeat(100), '<xml/>'.repeat(500)]) {
      expect(openEnvelope(wecomCrypto.encrypt(aesKey, text, 'corp'), key, 'corp')?.toString()).toBe(text);
      expect(wecomCrypto.decrypt(aesKey, sealEnvelope(text, key, 'corp'))).toMatchObject({
        message: text,
        id: 'corp',
      });
    }
  });

  test('another receiver, a longer one, another key and damage open nothing', () => {
    const sealed = sealEnvelope('hello', key, 'corp');
    expect(openEnvelope(sealed, key, 'corp2')).toBeUndefined();
    expect(openEnvelope(sealed, key, 'cor')).toBeUndefined();
    expect(openEnvelope(sealed, randomBytes(32), 'corp')).toBeUndefined();
    expect(openEnvelope(sealed.slice(0, -4), key, 'corp')).toBeUndefined();
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.base64String()),
        (text) => openEnvelope(text, key, 'corp') === undefined,
      ),
    );
  });

  test('a secret that is no token and key is none', () => {
    for (const text of [
      '',
      aesKey,
      `:${aesKey}`,
      `token:${aesKey}x`,
      'token:short',
      `token:${aesKey.replace('j', '*')}`,
    ]) {
      expect(envelopeKey(text)).toBeUndefined();
    }
  });

  const secrets = [`old:${aesKey}`, `QDG6eK:${aesKey}`];
  const receiver = { receiver: 'corp' };
  const query = (encrypted: string, { time = NOW, token = 'QDG6eK', name = 'msg_signature' } = {}) =>
    `/hook?${new URLSearchParams({ [name]: wecomCrypto.getSignature(token, time, 'n', encrypted), timestamp: time, nonce: 'n' }).toString()}`;

  test('wecom: signed and sealed XML reaches the handler opened', () => {
    const inner =
      '<xml><FromUserName><![CDATA[u]]></FromUserName><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[click]]></Event><MsgId>77</MsgId></xml>';
    const sealed = wecomCrypto.encrypt(aesKey, inner, 'corp');
    const body = `<xml><ToUserName><![CDATA[corp]]></ToUserName><Encrypt><![CDATA[${sealed}]]></Encrypt></xml>`;
    const verdict = ask('wecom', { target: query(sealed), body }, secrets, receiver);
    expect(verdict).toMatchObject({
      ok: true,
      secretId: 'k1',
      event: 'click',
      deliveryId: '77',
      dedupeKey: '77',
    });
    expect(verdict.ok && verdict.plain?.toString()).toBe(inner);

    expect(ask('wecom', { target: query(sealed, { token: 'x' }), body }, secrets, receiver)).toEqual(
      refused('bad_signature'),
    );
    expect(ask('wecom', { target: query(sealed), body }, secrets, { receiver: 'other' })).toEqual(
      refused('bad_signature'),
    );
    expect(
      ask(
        'wecom',
        { target: query(sealed), body: body.replace('<xml>', '<xml><Encrypt>x</Encrypt>') },
        secrets,
        receiver,
      ),
    ).toEqual(refused('missing_signature'));
    expect(ask('wecom', { target: query(sealed), body }, secrets, receiver, AT + 3_601_000)).toEqual(
      refused('timestamp_too_old'),
    );
    expect(ask('wecom', { target: `${query(sealed)}&nonce=n`, body }, secrets, receiver)).toEqual(
      refused('duplicate_header'),
    );
    expect(ask('wecom', { target: '/hook', body }, secrets, receiver)).toEqual(refused('missing_signature'));
    expect(ask('wecom', { target: query(sealed), body }, ['not a pair'], receiver)).toEqual(
      refused('no_secret'),
    );
    expect(ask('wecom', { target: query(sealed), body }, secrets)).toEqual(refused('no_secret'));
  });

  test('dingtalk: the event is opened, and the answer is a sealed success that the sender can open', () => {
    const sealed = wecomCrypto.encrypt(aesKey, '{"EventType":"user_add_org","eventId":"e1"}', 'corp');
    const body = JSON.stringify({ encrypt: sealed });
    const time = String(AT);
    const verdict = ask(
      'dingtalk',
      { target: query(sealed, { time, name: 'signature' }), body },
      secrets,
      receiver,
    );
    expect(verdict).toMatchObject({ ok: true, event: 'user_add_org', deliveryId: 'e1' });
    const answer = verdict.ok ? (verdict.answer?.body as Record<string, string>) : {};
    const { msg_signature: signature, timeStamp = '', nonce = '', encrypt = '' } = answer;
    expect(signature).toBe(wecomCrypto.getSignature('QDG6eK', timeStamp, nonce, encrypt));
    expect(wecomCrypto.decrypt(aesKey, encrypt)).toMatchObject({ message: 'success', id: 'corp' });
    expect(
      ask('dingtalk', { target: query(sealed, { time }), body: '{"encrypt":1}' }, secrets, receiver),
    ).toEqual(refused('missing_signature'));
    expect(ask('dingtalk', { target: query(sealed, { time: '12x' }), body }, secrets, receiver)).toEqual(
      refused('malformed_timestamp'),
    );
  });
});

describe('lark-encrypted', () => {
  const encryptKey = 'test key';
  const seal = (text: string) => {
    const vector = randomBytes(16);
    const cipher = createCipheriv('aes-256-cbc', createHash('sha256').update(encryptKey).digest(), vector);
    return Buffer.concat([vector, cipher.update(text), cipher.final()]).toString('base64');
  };
  const event = JSON.stringify({
    schema: '2.0',
    header: { event_id: 'e1', event_type: 'im.message', token: 'v' },
  });
  const parts = (body: string, time = NOW) => ({
    body,
    headers: {
      'X-Lark-Signature': createHash('sha256').update(`${time}n${encryptKey}${body}`).digest('hex'),
      'X-Lark-Request-Timestamp': time,
      'X-Lark-Request-Nonce': 'n',
    },
  });

  test('the vendor’s own sealed text is opened', () => {
    const sealed = 'P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=';
    expect(openLark(sealed, encryptKey)?.toString()).toBe('hello world');
    expect(openLark(sealed, 'another key')?.toString()).not.toBe('hello world');
  });

  test('signature, time, token and seal hold; the handler gets the event', () => {
    const right = parts(JSON.stringify({ encrypt: seal(event) }));
    const verdict = ask('lark-encrypted', right, ['old', encryptKey], { verificationToken: 'v' });
    expect(verdict).toMatchObject({
      ok: true,
      secretId: 'k1',
      event: 'im.message',
      dedupeKey: 'e1',
      bodySigned: true,
    });
    expect(verdict.ok && verdict.plain?.toString()).toBe(event);
    expect(ask('lark-encrypted', { ...right, body: `${right.body} ` }, [encryptKey])).toEqual(
      refused('bad_signature'),
    );
    expect(ask('lark-encrypted', right, [encryptKey], { verificationToken: 'w' })).toEqual(
      refused('bad_signature'),
    );
    expect(ask('lark-encrypted', right, [encryptKey], {}, AT + 3_601_000)).toEqual(
      refused('timestamp_too_old'),
    );
    expect(ask('lark-encrypted', right, [encryptKey], {}, AT - 301_000)).toEqual(
      refused('timestamp_too_new'),
    );
    expect(ask('lark-encrypted', parts('{"encrypt":"AAAA"}'), [encryptKey])).toEqual(
      refused('bad_signature'),
    );
    for (const name of Object.keys(right.headers)) {
      const { [name as keyof typeof right.headers]: _, ...headers } = right.headers;
      expect(ask('lark-encrypted', { ...right, headers }, [encryptKey])).toEqual(
        refused('missing_signature'),
      );
    }
  });
});

test('no request makes a synchronous scheme throw or accept', () => {
  const pieces = fc.dictionary(
    fc.constantFrom(
      'x-twilio-signature',
      'x-lark-signature',
      'x-lark-request-timestamp',
      'x-lark-request-nonce',
      'x-webhook-signature',
      'content-type',
    ),
    fc.oneof(fc.string(), fc.base64String(), fc.constantFrom('a.b.c', NOW, '=')),
  );
  const targets = fc
    .webQueryParameters()
    .map((query) => `/hook?${query}&msg_signature=${'a'.repeat(40)}&timestamp=${NOW}&nonce=n`);
  fc.assert(
    fc.property(
      fc.constantFrom('twilio', 'netlify', 'lark-encrypted', 'wecom', 'dingtalk'),
      pieces,
      targets,
      fc.oneof(fc.json(), fc.string()),
      (id, headers, target, body) => {
        expect(
          ask(id, { headers, target, body }, ['token:jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C'], {
            receiver: 'r',
          }).ok,
        ).toBe(false);
      },
    ),
    { numRuns: 400 },
  );
});

describe('what an endpoint must expect', () => {
  test('every special row has its scheme, and every scheme its row', () => {
    expect([...made.keys()].sort()).toEqual(specialRows.map(({ id }) => id).sort());
  });

  test('what is missing and what is unknown is said in words', () => {
    const sns = made.get('sns');
    if (sns === undefined) throw new Error('no sns');
    expect(expectationIssues(sns, { topicArn: 'arn' })).toEqual([]);
    expect(expectationIssues(sns, { topic: 'arn' })).toEqual([
      'sns needs expect.topicArn: the ARN of the one topic whose messages count',
      'sns knows no expect.topic; it has: topicArn, signatureVersion',
    ]);
  });

  test('every scheme that has a secret refuses without one, and with an empty one', async () => {
    const expectations = { topicArn: 'x', serviceAccount: 'x', appId: 'x', clientKey: 'x', receiver: 'x' };
    for (const scheme of made.values()) {
      if (scheme.secret === undefined) continue;
      for (const none of [[], [secret('')]]) {
        await expect(
          Promise.resolve(scheme.verify(signedRequest(), none, AT, expectations)),
        ).resolves.toEqual(refused('no_secret'));
      }
    }
  });
});
