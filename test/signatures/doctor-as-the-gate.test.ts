import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { EndpointAccess } from '../../src/core/access';
import type { SignatureRow } from '../../src/core/signature-row';
import { DoctorUnderTest, KEY, LIMITS, type Refused } from './doctor-under-test';

const SECRET = 'correct-horse-battery-staple';
const FORM = 'application/x-www-form-urlencoded';
/** Signs one member of the JSON that is left once the content encoding is undone. */
const MEMBER: SignatureRow = {
  ...{ id: 'member', title: 'Member', kind: 'hmac', delivery: [], event: [], bodyUnsigned: true },
  signed: [{ json: 'id' }],
  signature: { from: { header: 'x-sign' }, parse: 'whole', encoding: 'hex' },
  key: { encoding: 'utf8' },
};

let under: DoctorUnderTest;
beforeAll(async () => {
  under = await DoctorUnderTest.open();
});
afterEach(() => under.reset());
afterAll(() => under.close());

const mac = (text: string) => createHmac('sha256', SECRET).update(text).digest('hex');
/** Whether a request of the right sender passes as it came. */
async function passes(access: EndpointAccess, refused: Refused): Promise<boolean> {
  under.serve(access);
  await under.give(KEY, 'OWN', SECRET);
  const { wouldPass } = await under.diagnose(refused);
  return wouldPass.some(({ kinds }) => kinds[0] === 'nothing');
}

describe('a form', () => {
  const access = { signature: 'gitea', secret: 'OWN' };
  const form = (body: string, type = FORM) => ({
    headers: { 'Content-Type': type, 'X-Gitea-Signature': mac('{}') },
    body,
  });

  test('has fields if it is of that type, and has 10,000 at most', async () => {
    expect(await passes(access, form('payload=%7B%7D'))).toBe(true);
    expect(await passes(access, form('payload=%7B%7D', `${FORM}2`))).toBe(false);
    expect(await passes(access, form(`payload=%7B%7D${'&a'.repeat(9_999)}`))).toBe(true);
    expect(await passes(access, form(`payload=%7B%7D${'&a'.repeat(200_000)}`))).toBe(false);
  });

  test('of too many fields is not taken apart in search of what was signed either', async () => {
    under.serve({ signature: 'github', secret: 'OWN' });
    await under.give(KEY, 'OWN', SECRET);
    const headers = { 'X-Hub-Signature-256': `sha256=${mac('{}')}` };
    const short = await under.diagnose({ headers, body: `payload=%7B%7D${'&a'.repeat(9_999)}` });
    expect(short.summary).toContain('only the form field `payload`');
    const long = await under.diagnose({ headers, body: `payload=%7B%7D${'&a'.repeat(200_000)}` });
    expect(long.wouldPass).toEqual([]);
  });

  test('that Twilio signs has 10,000 fields at most, and is not taken for an empty one', async () => {
    const twilio = (body: string, signed: string) => ({
      headers: {
        'Content-Type': FORM,
        'X-Twilio-Signature': createHmac('sha1', SECRET)
          .update(`https://hooks.example.com/hook${signed}`)
          .digest('base64'),
      },
      body,
    });
    const own = { signature: 'twilio', secret: 'OWN' };
    expect(await passes(own, twilio('b=2&a=2&a=1&a=1', 'a1a2b2'))).toBe(true);
    expect(await passes(own, twilio('a&'.repeat(200_000), 'a'))).toBe(false);
    expect(await passes(own, twilio('a&'.repeat(200_000), ''))).toBe(false);
  });
});

describe('JSON', () => {
  const access = { signature: MEMBER, secret: 'OWN' };
  const headers = { 'x-sign': mac('7') };
  const ofLength = (bytes: number) => `{"id":7,"more":"${'x'.repeat(bytes - 18)}"}`;

  test('may stand after a byte order mark', async () => {
    expect(await passes(access, { headers, body: '\ufeff{"id":7}' })).toBe(true);
    expect(await passes(access, { headers, body: '\ufeff\ufeff{"id":7}' })).toBe(false);
  });

  test('is as large as the host, or the endpoint, takes it', async () => {
    const body = ofLength(LIMITS.jsonBytes);
    expect(body).toHaveLength(LIMITS.jsonBytes);
    expect(await passes(access, { headers, body })).toBe(true);
    expect(await passes(access, { headers, body: `${body} ` })).toBe(false);
  });

  test('is read once its content encoding is undone, and not where that cannot be or gives too much', async () => {
    const packed = { ...headers, 'content-encoding': 'gzip' };
    expect(await passes(access, { headers: packed, body: gzipSync('{"id":7}') })).toBe(true);
    expect(await passes(access, { headers: packed, body: '{"id":7}' })).toBe(false);
    expect(await passes(access, { headers: { ...headers, 'content-encoding': '' }, body: '{"id":7}' })).toBe(
      false,
    );
    const large = gzipSync(ofLength(LIMITS.bodyBytes + 1));
    expect(await passes(access, { headers: packed, body: large })).toBe(false);
  });
});

test('a token of the query is compared as text', async () => {
  under.serve({ token: { query: 'key' }, secret: 'OWN' });
  await under.give(KEY, 'OWN', 'schlüssel-von-früher');
  const diagnosis = await under.diagnose({
    headers: {},
    target: `/hook?key=${encodeURIComponent('schlüssel-von-früher')}`,
    reason: 'wrong_credential',
    scheme: 'token',
  });
  expect(diagnosis.summary).toContain('it would pass now');
});
