import { generateKeyPairSync, createPublicKey, createPrivateKey } from 'node:crypto';
import fc from 'fast-check';
import { createSigner, createVerifier, httpbis } from 'http-message-signatures';
import type { MessageSignatureAccess } from '../../src/core/access';
import { contentDigest, isDigestOf } from '../../src/signatures/message-signature/content-digest';
import {
  isMessageSignedBy,
  signMessageBase,
  type MessageAlgorithm,
} from '../../src/signatures/message-signature/message-algorithms';
import { signMessage } from '../../src/signatures/message-signature/sign-message';
import { verifyMessage } from '../../src/signatures/message-signature/verify-message';
import { AT, secret, signedRequest } from './special-request';

type Rule = MessageSignatureAccess['messageSignature'];

function pem(pair: {
  privateKey: ReturnType<typeof createPrivateKey>;
  publicKey: ReturnType<typeof createPublicKey>;
}) {
  return {
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}
const rsa = pem(generateKeyPairSync('rsa', { modulusLength: 2048 }));
const KEYS: Record<MessageAlgorithm, { privateKey: string; publicKey: string }> = {
  'hmac-sha256': { privateKey: 'a shared secret', publicKey: 'a shared secret' },
  ed25519: pem(generateKeyPairSync('ed25519')),
  'ecdsa-p256-sha256': pem(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  'rsa-pss-sha512': rsa,
  'rsa-v1_5-sha256': rsa,
};
const ALGORITHMS = Object.keys(KEYS) as MessageAlgorithm[];

const body = Buffer.from('{"hello": "world"}');
const message = { method: 'POST', url: 'https://hooks.example.com/hook?a=1', body };
const ruleOf = (algorithm: MessageAlgorithm, more: Partial<Rule> = {}): Rule => ({
  keys: { k: { algorithm, secret: 'KEY' } },
  ...more,
});
const secretsOf = (algorithm: MessageAlgorithm) => () => [secret(KEYS[algorithm].publicKey)];

function signed(algorithm: MessageAlgorithm, more: Partial<Parameters<typeof signMessage>[1]> = {}) {
  return signMessage(message, { keyId: 'k', algorithm, key: KEYS[algorithm].privateKey, at: AT, ...more });
}
function judge(
  headers: Record<string, string | string[]>,
  { algorithm = 'hmac-sha256' as MessageAlgorithm, rule = {} as Partial<Rule>, at = AT, parts = {} } = {},
) {
  const request = signedRequest({ target: '/hook?a=1', headers, body, ...parts });
  return verifyMessage(request, ruleOf(algorithm, rule), secretsOf(algorithm), at);
}

describe('published vectors', () => {
  const headers = {
    Host: 'example.com',
    Date: 'Tue, 20 Apr 2021 02:07:55 GMT',
    'Content-Type': 'application/json',
    'Content-Digest':
      'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:',
    'Content-Length': '18',
  };
  const request = (input: string, signature: string) =>
    signedRequest({
      base: 'https://example.com',
      target: '/foo?param=Value&Pet=dog',
      headers: { ...headers, 'Signature-Input': input, Signature: signature },
      body,
    });
  const at = 1_618_884_473_000;

  test('RFC 9421 B.2.5: HMAC', () => {
    const rule: Rule = {
      keys: { 'test-shared-secret': { algorithm: 'hmac-sha256', secret: 'S' } },
      components: ['date', '@authority', 'content-type'],
    };
    const key =
      'base64:uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==';
    const vector = request(
      'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
      'sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:',
    );
    expect(verifyMessage(vector, rule, () => [secret(key)], at)).toMatchObject({
      ok: true,
      bodySigned: false,
    });
  });

  test('RFC 9421 B.2.6: Ed25519', () => {
    const components = ['date', '@method', '@path', '@authority', 'content-type', 'content-length'];
    const rule: Rule = {
      keys: { 'test-key-ed25519': { algorithm: 'ed25519', secret: 'S' } },
      components,
    };
    const key =
      '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n-----END PUBLIC KEY-----\n';
    const vector = request(
      'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
      'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:',
    );
    expect(verifyMessage(vector, rule, () => [secret(key)], at)).toMatchObject({ ok: true });
  });

  test('RFC 9530 and RFC 9421: digests of {"hello": "world"}', () => {
    expect(contentDigest(body)).toBe('sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:');
    expect(contentDigest(body, 'sha-512')).toBe(headers['Content-Digest']);
  });
});

describe.each(ALGORITHMS)('%s', (algorithm) => {
  test('what is signed here is accepted here', () => {
    expect(judge(signed(algorithm), { algorithm })).toMatchObject({
      ok: true,
      scheme: 'message-signature',
      secretId: 'k1',
      bodySigned: true,
    });
  });

  test('what http-message-signatures signs is accepted here, and the other way round', async () => {
    const theirs = await httpbis.signMessage(
      {
        key: createSigner(KEYS[algorithm].privateKey, algorithm, 'k'),
        fields: ['@method', '@target-uri', 'content-digest'],
        paramValues: { created: new Date(AT), expires: new Date(AT + 60_000) },
      },
      { method: 'POST', url: message.url, headers: { 'content-digest': contentDigest(body) } },
    );
    expect(judge(theirs.headers, { algorithm })).toMatchObject({ ok: true });

    const verifier = createVerifier(KEYS[algorithm].publicKey, algorithm);
    const ours = { method: 'POST', url: message.url, headers: signed(algorithm, { at: Date.now() }) };
    const keyLookup = async () => ({ id: 'k', algs: [algorithm], verify: verifier });
    await expect(httpbis.verifyMessage({ keyLookup }, ours)).resolves.toBe(true);
  });

  test('a changed signature, another key and a key of another kind are refused', () => {
    const base = Buffer.from('"@method": POST');
    const { privateKey, publicKey } = KEYS[algorithm];
    const signature = signMessageBase(algorithm, privateKey, base);
    expect(isMessageSignedBy(algorithm, publicKey, base, signature)).toBe(true);
    const changed = Buffer.from(signature);
    changed[3] = (changed[3] ?? 0) ^ 1;
    expect(isMessageSignedBy(algorithm, publicKey, base, changed)).toBe(false);
    expect(isMessageSignedBy(algorithm, publicKey, Buffer.from('"@method": GET'), signature)).toBe(false);
    const other = algorithm === 'ed25519' ? KEYS['ecdsa-p256-sha256'] : KEYS.ed25519;
    expect(isMessageSignedBy(algorithm, other.publicKey, base, signature)).toBe(false);
    expect(isMessageSignedBy(algorithm, '', base, signature)).toBe(false);
  });
});

describe('what a rule asks for', () => {
  const headers = signed('hmac-sha256', { nonce: 'n1', tag: 'app' });
  const rule = { tag: 'app' };

  test('a changed method, address, body, digest or header is refused', () => {
    const { 'content-digest': digest, ...rest } = headers;
    const reasonOf = (parts: object, given: Record<string, string> = headers) =>
      judge(given, { rule, parts });
    expect(reasonOf({})).toMatchObject({ ok: true });
    expect(reasonOf({ method: 'PUT' })).toEqual({ ok: false, reason: 'bad_signature' });
    expect(reasonOf({ target: '/hook?a=2' })).toEqual({ ok: false, reason: 'bad_signature' });
    expect(reasonOf({ body: '{"hello": "World"}' })).toEqual({ ok: false, reason: 'bad_signature' });
    expect(reasonOf({}, rest as Record<string, string>)).toEqual({
      ok: false,
      reason: 'malformed_signature',
    });
    expect(reasonOf({}, { ...headers, 'content-digest': `${digest ?? ''}, sha-512=:AA==:` })).toEqual({
      ok: false,
      reason: 'bad_signature',
    });
    expect(reasonOf({ base: undefined })).toEqual({ ok: false, reason: 'no_public_url' });
  });

  test('without either signature header, or with a malformed one, it is refused', () => {
    const without = (from: Record<string, string>, name: string) =>
      Object.fromEntries(Object.entries(from).filter(([key]) => key !== name));
    expect(judge(without(headers, 'signature'), { rule })).toEqual({
      ok: false,
      reason: 'missing_signature',
    });
    expect(judge(without(headers, 'signature-input'), { rule })).toEqual({
      ok: false,
      reason: 'missing_signature',
    });
    expect(judge({ ...headers, signature: 'sig1=:??:' }, { rule })).toEqual({
      ok: false,
      reason: 'malformed_signature',
    });
    expect(judge({ ...headers, signature: 'sig1=abc' }, { rule })).toEqual({
      ok: false,
      reason: 'malformed_signature',
    });
  });

  test('the window holds both ways to the second, and `expires` holds within it', () => {
    const at = (seconds: number) => judge(headers, { rule, at: AT + seconds * 1000 });
    expect(at(300)).toMatchObject({ ok: true });
    expect(at(301)).toEqual({ ok: false, reason: 'timestamp_too_old' });
    expect(at(-300)).toMatchObject({ ok: true });
    expect(at(-301)).toEqual({ ok: false, reason: 'timestamp_too_new' });
    const short = signed('hmac-sha256', { expires: AT + 10_000 });
    expect(judge(short, { at: AT + 9_000 })).toMatchObject({ ok: true });
    expect(judge(short, { at: AT + 10_000 })).toEqual({ ok: false, reason: 'timestamp_too_old' });
  });

  test('tag, key id and covered components are the rule’s; the algorithm is the record’s', () => {
    expect(judge(headers)).toEqual({ ok: false, reason: 'bad_signature' });
    expect(judge(signed('hmac-sha256'), { rule })).toEqual({ ok: false, reason: 'bad_signature' });
    expect(judge(signed('hmac-sha256', { keyId: 'constructor' }))).toEqual({
      ok: false,
      reason: 'bad_signature',
    });
    expect(judge(signed('hmac-sha256', { components: ['@method'] }))).toEqual({
      ok: false,
      reason: 'malformed_signature',
    });
    expect(judge(signed('hmac-sha256'), { algorithm: 'ed25519' })).toEqual({
      ok: false,
      reason: 'malformed_signature',
    });
  });

  test('no secret and an empty one are 503 matters, never a pass', () => {
    const request = signedRequest({ target: '/hook?a=1', headers: signed('hmac-sha256'), body });
    for (const none of [[], [secret('')]]) {
      expect(verifyMessage(request, ruleOf('hmac-sha256'), () => none, AT)).toEqual({
        ok: false,
        reason: 'no_secret',
      });
      const unsigned = signedRequest({ target: '/hook?a=1', headers: {}, body });
      expect(verifyMessage(unsigned, ruleOf('hmac-sha256'), () => none, AT)).toHaveProperty(
        'reason',
        'no_secret',
      );
    }
  });

  test('any live secret verifies and is named; of several signatures one is enough', () => {
    const own = signed('hmac-sha256');
    const request = signedRequest({
      target: '/hook?a=1',
      headers: {
        ...own,
        'signature-input': ['proxy=("@method");created=1;keyid="other"', own['signature-input'] ?? ''],
        signature: [own['signature'] ?? '', 'proxy=:AAAA:'],
      },
      body,
    });
    const secrets = () => [secret('another', 'k2'), secret(KEYS['hmac-sha256'].publicKey, 'k1')];
    expect(verifyMessage(request, ruleOf('hmac-sha256'), secrets, AT)).toMatchObject({
      ok: true,
      secretId: 'k1',
    });
  });

  test('the dedupe key is the same for both forms of one ECDSA signature, and another for another nonce', () => {
    const algorithm = 'ecdsa-p256-sha256';
    const own = signed(algorithm);
    const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
    const bytes = Buffer.from((own['signature'] ?? '').slice('sig1=:'.length, -1), 'base64');
    const twin = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
    const form = Buffer.concat([
      bytes.subarray(0, 32),
      Buffer.from(twin.toString(16).padStart(64, '0'), 'hex'),
    ]);
    const key = (headers: Record<string, string>) => {
      const verdict = judge(headers, { algorithm });
      return verdict.ok ? verdict.dedupeKey : verdict.reason;
    };
    expect(key({ ...own, signature: `sig1=:${form.toString('base64')}:` })).toBe(key(own));
    expect(key(signed(algorithm, { nonce: 'other' }))).not.toBe(key(own));
  });

  test('a component twice, an unknown one, and a parameter it does not know are refused', () => {
    const sign = (list: string) => {
      const input = `sig1=(${list});created=${AT / 1000};keyid="k"`;
      return judge({ ...signed('hmac-sha256'), 'signature-input': input });
    };
    const all = '"@method" "@target-uri" "content-digest"';
    expect(sign(all)).toEqual({ ok: false, reason: 'bad_signature' });
    for (const more of [
      '"@method"',
      '"@status"',
      '"x-absent"',
      '"@method";req',
      '"content-digest";sf',
      'token',
    ]) {
      expect(sign(`${all} ${more}`)).toEqual({ ok: false, reason: 'malformed_signature' });
    }
  });

  test('query parameters, byte-wrapped headers and members of dictionaries can be covered', async () => {
    const fields = [
      '"@query-param";name="a"',
      '"x-raw";bs',
      '"x-map";key="b"',
      '@authority',
      '@scheme',
      '@query',
    ];
    const key = KEYS['hmac-sha256'].privateKey;
    const theirs = await httpbis.signMessage(
      { key: createSigner(key, 'hmac-sha256', 'k'), fields, paramValues: { created: new Date(AT) } },
      { method: 'POST', url: message.url, headers: { 'x-raw': 'one, two', 'x-map': 'a=1, b=(2 "x");y' } },
    );
    expect(judge(theirs.headers, { rule: { components: ['@query'] } })).toMatchObject({
      ok: true,
      bodySigned: false,
    });
  });
});

describe('digests', () => {
  test('unknown hashes are passed over, old ones never count, and each that counts must hold', () => {
    expect(isDigestOf(`unixsum=:AAA=:, ${contentDigest(body)}`, body)).toBe(true);
    expect(isDigestOf(`${contentDigest(body)}, ${contentDigest(body, 'sha-512')}`, body)).toBe(true);
    for (const value of [
      'md5=:Sd/dVLAcvNLSq16eXua5uQ==:',
      '',
      'sha-256=x',
      'sha-256=:AAAA:',
      'sha-256',
      '???',
    ]) {
      expect(isDigestOf(value, body)).toBe(false);
    }
    expect(isDigestOf(`${contentDigest(body)}, sha-512=:AAAA:`, body)).toBe(false);
  });

  test('is of the bytes, whatever they are', () => {
    for (const bytes of [
      Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d]),
      Buffer.from([0xff, 0]),
      Buffer.alloc(0),
    ]) {
      expect(isDigestOf(contentDigest(bytes), bytes)).toBe(true);
      expect(isDigestOf(contentDigest(bytes), Buffer.concat([bytes, Buffer.from(' ')]))).toBe(false);
    }
  });
});

test('no headers make it throw or accept', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'sig1=("@method" "@target-uri");created=1;keyid="k"',
      'sig1=:AAAA:',
      'sig1=()',
      'a;b="c"',
    ),
  );
  fc.assert(
    fc.property(piece, piece, piece, (input, signature, digest) => {
      const headers = { 'signature-input': input, signature, 'content-digest': digest };
      expect(judge(headers).ok).toBe(false);
    }),
    { numRuns: 500 },
  );
});
