import { createHmac } from 'node:crypto';
import type { RefusalReason } from '../../src/core/signed-request';
import { createDoctor } from '../../src/signatures/doctor/doctor';
import { signMessage } from '../../src/signatures/message-signature/sign-message';
import {
  AT,
  BASE,
  BODY,
  DoctorUnderTest,
  KEY,
  LIMITS,
  OTHER,
  SECRET,
  kindsOf,
  sign,
  type Refused,
} from './doctor-under-test';

let under: DoctorUnderTest;
beforeAll(async () => {
  under = await DoctorUnderTest.open();
});
afterEach(() => under.reset());
afterAll(() => under.close());

describe('the address', () => {
  const addresses: [string, string, string, Record<string, string>, string][] = [
    ['square', 'http for https', 'http://hooks.example.com/hook', {}, '/hook'],
    ['square', 'a port', 'https://hooks.example.com:443/hook', {}, '/hook'],
    ['square', 'a trailing slash', 'https://hooks.example.com/hook/', {}, '/hook'],
    ['square', 'no query', 'https://hooks.example.com/hook', {}, '/hook?a=1'],
    [
      'hubspot',
      'an old host',
      'https://old.example.org/hook',
      { 'X-Forwarded-Host': 'old.example.org' },
      '/hook',
    ],
    ['trello', 'the host of the request', 'https://10.0.0.9:8021/hook', { Host: '10.0.0.9:8021' }, '/hook'],
    [
      'square',
      'a path a proxy cut',
      'https://hooks.example.com/in/hook',
      { 'X-Forwarded-Prefix': '/in' },
      '/hook',
    ],
  ];
  test.each(addresses)('%s was given %s', async (scheme, _, url, more, target) => {
    under.serve({ signature: scheme, secret: 'OWN' });
    await under.give(KEY, 'OWN', SECRET);
    const at = url.indexOf('/', 8);
    const { headers } = sign(scheme, { publicBase: url.slice(0, at), target: url.slice(at) });
    const diagnosis = await under.diagnose({ headers: { ...headers, ...more }, body: BODY, target, scheme });
    expect(kindsOf(diagnosis)).toContain('address');
    expect(diagnosis.summary).toContain(`the address ${url}`);
  });

  test('Twilio was given http, and its form is signed with it', async () => {
    under.serve({ signature: 'twilio', secret: 'OWN' });
    await under.give(KEY, 'OWN', SECRET);
    const signature = createHmac('sha1', SECRET)
      .update('http://hooks.example.com/hookBodyHiFrom+49')
      .digest('base64');
    const diagnosis = await under.diagnose({
      headers: { 'X-Twilio-Signature': signature, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'From=%2B49&Body=Hi',
      scheme: 'twilio',
    });
    expect(diagnosis.wouldPass[0]).toMatchObject({ kinds: ['address'], scheme: 'twilio' });
  });

  test('was not told to the host', async () => {
    under.serve({ signature: 'square', secret: 'OWN' });
    await under.give(KEY, 'OWN', SECRET);
    const { headers } = sign('square');
    const refused = { headers: { ...headers, Host: 'hooks.example.com' }, body: BODY, scheme: 'square' };
    const id = await under.refuse({ ...refused, reason: 'no_public_url' });
    const { kept, quarantineDesk: desk, table } = under.engine;
    const doctor = createDoctor({
      ...{
        kept,
        desk,
        table,
        limits: LIMITS,
        secrets: under.secrets,
        specials: new Map(),
        publicBase: undefined,
      },
    });
    const diagnosis = await doctor.diagnose(id);
    expect(diagnosis.next.join()).toContain('GATEHOUSE_PUBLIC_URL=https://hooks.example.com');
  });
});

describe('a credential', () => {
  test('is another one, or has a prefix', async () => {
    under.serve({ token: { header: 'X-Door' }, secret: 'DOOR' });
    await under.give(KEY, 'DOOR', 'the-one-of-this-endpoint');
    const id = await under.give(OTHER, 'DOOR', SECRET);
    const reason = 'wrong_credential';
    const other = await under.diagnose({ headers: { 'X-Door': SECRET }, reason, scheme: 'token' });
    expect(other.wouldPass[0]).toMatchObject({ kinds: ['secret'], secret: { plugin: OTHER, id } });
    const headers = { 'X-Door': 'Bearer the-one-of-this-endpoint' };
    const prefixed = await under.diagnose({ headers, reason, scheme: 'token' });
    expect(kindsOf(prefixed)).toContain('prefix');
  });

  test('in the query, or of basic authentication, is looked at the same way', async () => {
    await under.give(OTHER, 'DOOR', SECRET);
    under.serve({ token: { query: 'door' }, secret: 'DOOR' });
    const reason = 'wrong_credential';
    const query = await under.diagnose({
      headers: {},
      target: `/hook?door=${SECRET}`,
      reason,
      scheme: 'token',
    });
    expect(query.wouldPass[0]).toMatchObject({ kinds: ['secret'], secret: { plugin: OTHER } });
    await under.give(OTHER, 'BASIC', 'sender:pass word');
    under.serve({ basic: {}, secret: 'USER' });
    const authorization = `Basic ${Buffer.from('sender:pass word').toString('base64')}`;
    const basic = await under.diagnose({ headers: { authorization }, reason, scheme: 'basic' });
    expect(basic.wouldPass[0]).toMatchObject({ kinds: ['secret'], secret: { name: 'BASIC' } });
  });
});

describe('a signed address', () => {
  const reason = 'wrong_credential';
  const ask = (token: string, at = AT) =>
    under.diagnose({ headers: {}, target: `/hook?token=${token}`, reason, scheme: 'signed-url', at });

  test('is that of another endpoint, or one that has ended', async () => {
    under.serve({ signedUrl: true });
    const other = await under.signedUrls.issue(OTHER, '/orders');
    const ended = await under.signedUrls.issue(KEY, '/hook');
    await under.signedUrls.issue(KEY, '/hook', 1_000);
    for (const { token } of [other, ended]) under.values.add(token);
    expect((await ask(other.token)).wouldPass).toMatchObject([
      { what: `the sender uses the token of another address, acme.shop /orders (${other.id})` },
    ]);
    expect((await ask(ended.token, AT + 5_000)).summary).toContain(`whose token ${ended.id} has ended`);
    expect(await ask('made-up')).toMatchObject({
      wouldPass: [],
      summary: expect.stringContaining('not the one'),
    });
  });

  test('that is wrong is not passed over where the signature is right', async () => {
    under.serve([{ signedUrl: true }, { signature: 'github', secret: 'GITHUB' }]);
    await under.give(KEY, 'GITHUB', SECRET);
    const refused = { headers: sign('github').headers, body: BODY, reason, scheme: 'github' } as const;
    expect((await under.diagnose(refused)).wouldPass).toEqual([]);
    const { token } = await under.signedUrls.issue(KEY, '/hook');
    const right = await under.diagnose({ ...refused, target: `/hook?token=${token}` });
    expect(kindsOf(right)).toEqual(['nothing']);
  });
});

describe('a message signature (RFC 9421)', () => {
  const rule = { keys: { k1: { algorithm: 'hmac-sha256', secret: 'KEY' } } } as const;
  const signed = (url: string, secret = SECRET, at = AT) =>
    signMessage(
      { method: 'POST', url, body: Buffer.from(BODY) },
      { keyId: 'k1', algorithm: 'hmac-sha256', key: secret, at },
    );

  test('is of another address, another secret or another moment', async () => {
    under.serve({ messageSignature: rule });
    await under.give(KEY, 'KEY', SECRET);
    const of = (headers: Refused['headers'], reason: RefusalReason = 'bad_signature') =>
      under.diagnose({ headers, body: BODY, scheme: 'message-signature', reason });
    expect(kindsOf(await of(signed('http://hooks.example.com/hook')))).toContain('address');
    await under.give(OTHER, 'KEY', 'another-secret');
    expect(kindsOf(await of(signed(`${BASE}/hook`, 'another-secret')))).toContain('secret');
    expect(kindsOf(await of(signed(`${BASE}/hook`, SECRET, AT - 900_000), 'timestamp_too_old'))).toEqual([
      'clock',
    ]);
  });
});
