import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { hmac } from '../../src/signatures/parametric-rows';
import { draftOf, hook } from '../inbox/engine-under-test';
import { AT, BODY, DoctorUnderTest, KEY, OTHER, SECRET, kindsOf, sign } from './doctor-under-test';

let under: DoctorUnderTest;
beforeAll(async () => {
  under = await DoctorUnderTest.open();
});
afterEach(() => under.reset());
afterAll(() => under.close());

const github = async (secret = SECRET) => {
  under.serve({ signature: 'github', secret: 'GITHUB' });
  return under.give(KEY, 'GITHUB', secret);
};

describe('the body', () => {
  const compact = '{"id":7,"ref":"refs/heads/main","user":{"name":"Zo\u00eb","tags":[],"n":1.50}}';
  const cases: [string, string | Buffer, string | Buffer][] = [
    ['compact JSON', compact, BODY],
    ['JSON indented by two spaces', `{\n  "a": [\n    1,\n    {}\n  ]\n}`, '{"a":[1,{}]}'],
    ['JSON indented by four spaces', `{\n    "a": 1\n}`, '{"a":1}'],
    ['JSON with a space after each separator', '{"b": 1, "a": [1, 2]}', '{"b":1,"a":[1,2]}'],
    ['characters beyond ASCII escaped', '{"name":"Zo\\u00eb"}', '{"name":"Zo\u00eb"}'],
    ['slashes escaped', '{"ref":"a\\/b"}', '{"ref":"a/b"}'],
    ['its line ends \\n in place', 'a\nb', 'a\r\nb'],
    ['its line ends \\r\\n in place', 'a\r\nb', 'a\nb'],
    ['without the line end at its end', 'text', 'text\r\n'],
    ['with a line end (\\n)', 'text\n', 'text'],
    ['without its byte order mark', 'text', Buffer.from('\ufefftext')],
    ['with a byte order mark', Buffer.from('\ufefftext'), 'text'],
    ['only the form field `payload`', '{"a":1}', 'payload=%7B%22a%22%3A1%7D'],
  ];
  test.each(cases)('was signed as %s', async (words, signed, received) => {
    const id = await github();
    const { headers } = sign('github', { body: signed });
    const diagnosis = await under.diagnose({ headers, body: received });
    expect(kindsOf(diagnosis)).toContain('body');
    expect(diagnosis.wouldPass[0]).toMatchObject({
      what: expect.stringContaining(words),
      secret: { plugin: KEY, name: 'GITHUB', id },
      scheme: 'github',
    });
    expect(diagnosis.summary).toContain(words);
    expect(diagnosis.isComplete).toBe(true);
  });

  test('was signed before it was compressed', async () => {
    await github();
    const { headers } = sign('github');
    const diagnosis = await under.diagnose({
      headers: { ...headers, 'content-encoding': 'gzip' },
      body: gzipSync(BODY),
    });
    expect(diagnosis.wouldPass[0]).toMatchObject({
      kinds: ['body'],
      what: expect.stringContaining('compressed'),
    });
    expect(diagnosis.seen).toContain('Its body came compressed.');
  });

  test('that is no longer what was signed at all is not guessed at', async () => {
    await github();
    const { headers } = sign('github');
    const diagnosis = await under.diagnose({ headers, body: '{"id":8}' });
    expect(diagnosis).toMatchObject({ wouldPass: [], isComplete: true });
    expect(diagnosis.next).toEqual([expect.stringContaining('the same secret anew')]);
  });

  test('that was not kept is said to be missing', async () => {
    await github();
    const unread = await under.diagnose({ headers: sign('github').headers, body: undefined });
    expect(unread.seen).toContain('It was refused before its body was read; what is signed cannot be tried.');
    const large = await under.diagnose({ headers: {}, body: Buffer.alloc(5_000_000) });
    expect(large.seen.join()).toContain('5000000 bytes was too large');
  });
});

describe('the secret', () => {
  test('is another one of the same plugin, or of another plugin', async () => {
    await github('the-one-of-this-endpoint');
    const id = await under.give(OTHER, 'STRIPE', SECRET);
    const diagnosis = await under.diagnose({ headers: sign('github').headers, body: BODY });
    expect(diagnosis.wouldPass).toEqual([
      {
        kinds: ['secret'],
        what: `the sender uses the secret acme.shop STRIPE (${id})`,
        next: expect.stringContaining('gatehouse secrets set acme.ci GITHUB'),
        scheme: 'github',
        secret: { plugin: OTHER, name: 'STRIPE', id },
      },
    ]);
  });

  test('is one that ended', async () => {
    await github();
    under.time += 1_000;
    await under.secrets.rotate(KEY, 'GITHUB', 'a-newer-one', 60_000);
    const at = AT + 3_600_000;
    const diagnosis = await under.diagnose({ headers: sign('github').headers, body: BODY, at });
    expect(diagnosis.summary).toContain('which has ended');
  });

  test('was given only after the request came', async () => {
    under.time = AT + 5_000;
    const id = await github();
    const diagnosis = await under.diagnose({
      headers: sign('github').headers,
      body: BODY,
      reason: 'no_secret',
    });
    expect(diagnosis.wouldPass).toMatchObject([
      {
        kinds: ['nothing'],
        what: `it would pass now: the secret acme.ci GITHUB (${id}) was given after it came`,
      },
    ]);
  });

  test('has no value, and that is said', async () => {
    under.serve({ signature: 'github', secret: 'GITHUB' });
    const diagnosis = await under.diagnose({
      headers: sign('github').headers,
      body: BODY,
      reason: 'no_secret',
    });
    expect(diagnosis.seen).toContain('No live value of GITHUB was there.');
    expect(diagnosis.next[0]).toContain('gatehouse secrets set');
  });

  const forms: [string, string, string][] = [
    ['a line end (\\n) behind it', SECRET, `${SECRET}\n`],
    ['without the white space around it', ` ${SECRET} `, SECRET],
    ['without the quotes around it', `"${SECRET}"`, SECRET],
    ['in double quotes', SECRET, `"${SECRET}"`],
    ['encoded as base64', SECRET, Buffer.from(SECRET).toString('base64')],
    ['encoded as hex', SECRET, Buffer.from(SECRET).toString('hex')],
    ['with the prefix whsec_', SECRET, `whsec_${SECRET}`],
    ['without its prefix', `whsec_${SECRET}`, SECRET],
  ];
  test.each(forms)('is used %s', async (words, stored, used) => {
    await github(stored);
    const diagnosis = await under.diagnose({ headers: sign('github', { secret: used }).headers, body: BODY });
    expect(diagnosis.wouldPass[0]?.kinds).toEqual(['secret-form']);
    expect(diagnosis.wouldPass.map(({ what }) => what).join()).toContain(words);
  });

  test.each(['base64', 'hex'] as const)('is decoded from %s', async (encoding) => {
    const key = Buffer.alloc(24, 0xa7);
    await github(key.toString(encoding));
    const headers = {
      'X-Hub-Signature-256': `sha256=${createHmac('sha256', key).update(BODY).digest('hex')}`,
    };
    const diagnosis = await under.diagnose({ headers, body: BODY });
    expect(diagnosis.summary).toContain(`decoded from ${encoding}`);
  });
});

describe('the signature', () => {
  test('is of another sender', async () => {
    await github();
    const diagnosis = await under.diagnose({
      headers: sign('stripe').headers,
      body: BODY,
      reason: 'missing_signature',
    });
    expect(kindsOf(diagnosis)).toContain('scheme');
    expect(diagnosis.summary).toContain('(stripe)');
    expect(diagnosis.seen).toContain(
      'The header X-Hub-Signature-256 did not come; what looks like one: stripe-signature.',
    );
  });

  test('is of another sender and another secret', async () => {
    await github('the-one-of-this-endpoint');
    const id = await under.give(OTHER, 'SLACK', SECRET);
    const diagnosis = await under.diagnose({
      headers: sign('slack').headers,
      body: BODY,
      reason: 'missing_signature',
    });
    expect(diagnosis.wouldPass[0]).toMatchObject({
      kinds: ['scheme', 'secret'],
      secret: { plugin: OTHER, id },
    });
  });

  const mac = (encoding: 'hex' | 'base64', hash = 'sha256') =>
    createHmac(hash, SECRET).update(BODY).digest(encoding);
  const written: [string, () => Record<string, string>, string][] = [
    ['alone', () => ({ 'X-Hub-Signature-256': mac('hex') }), 'prefix'],
    ['after another prefix', () => ({ 'X-Hub-Signature-256': `v1=${mac('hex')}` }), 'prefix'],
    ['in base64', () => ({ 'X-Hub-Signature-256': `sha256=${mac('base64')}` }), 'encoding'],
    ['in base64 and alone', () => ({ 'X-Hub-Signature-256': mac('base64') }), 'prefix+encoding'],
    ['in another header', () => ({ 'X-My-Signature': `sha256=${mac('hex')}` }), 'header'],
    ['in another header and alone', () => ({ 'X-Acme-Signature': mac('hex') }), 'header+prefix'],
    ['with another hash', () => ({ 'X-Hub-Signature-256': `sha256=${mac('hex', 'sha1')}` }), 'hash'],
  ];
  test.each(written)('stands %s', async (_, headers, kinds) => {
    await github();
    const diagnosis = await under.diagnose({ headers: headers(), body: BODY });
    expect(kindsOf(diagnosis)).toContain(kinds);
  });

  test('came twice', async () => {
    await github();
    const { headers } = sign('github');
    const twice = ['X-Hub-Signature-256', 'sha256=00', ...Object.entries(headers).flat()];
    const diagnosis = await under.diagnose({ headers: twice, body: BODY, reason: 'duplicate_header' });
    expect(diagnosis.summary).toContain('came 2 times, and only number 2 counts');
  });
});

describe('the moment', () => {
  test.each([-7_000, 7_000])('is %i s off', async (seconds) => {
    under.serve({ signature: 'stripe', secret: 'STRIPE' });
    await under.give(KEY, 'STRIPE', SECRET);
    const { headers } = sign('stripe', { at: AT + seconds * 1_000 });
    const reason = seconds < 0 ? 'timestamp_too_old' : 'timestamp_too_new';
    const diagnosis = await under.diagnose({ headers, body: BODY, reason, scheme: 'stripe' });
    expect(diagnosis.wouldPass).toMatchObject([
      {
        kinds: ['clock'],
        what: expect.stringContaining(`7000 s ${seconds < 0 ? 'before' : 'after'} it came`),
      },
    ]);
  });

  test('is off, and the secret is another one', async () => {
    under.serve({ signature: 'slack', secret: 'SLACK' });
    await under.give(KEY, 'SLACK', 'the-one-of-this-endpoint');
    await under.give(OTHER, 'SLACK', SECRET);
    const { headers } = sign('slack', { at: AT - 3_600_000 });
    const diagnosis = await under.diagnose({
      headers,
      body: BODY,
      reason: 'timestamp_too_old',
      scheme: 'slack',
    });
    expect(kindsOf(diagnosis)).toContain('secret+clock');
  });

  test.each([
    ['ms', 's', 'milliseconds, not as seconds'],
    ['s', 'ms', 'seconds, not as milliseconds'],
  ] as const)('is written in %s in place of %s', async (sent, wanted, words) => {
    const rowOf = (unit: 's' | 'ms') => hmac({ header: 'X-Sig', timestamp: { header: 'X-Time', unit } });
    under.serve({ signature: rowOf(wanted), secret: 'OWN' });
    await under.give(KEY, 'OWN', SECRET);
    const diagnosis = await under.diagnose({
      headers: sign(rowOf(sent)).headers,
      body: BODY,
      reason: sent === 's' ? 'timestamp_too_old' : 'timestamp_too_new',
    });
    expect(diagnosis.wouldPass[0]).toMatchObject({
      kinds: ['time-unit'],
      what: expect.stringContaining(words),
    });
  });
});

test('of several modes the one that fails is named, and an address that may not ask needs no more', async () => {
  under.serve([
    { signature: 'github', secret: 'GITHUB' },
    { token: { header: 'X-Door' }, secret: 'DOOR' },
    { allowFrom: ['192.0.2.0/24'] },
  ]);
  await under.give(KEY, 'GITHUB', SECRET);
  await under.give(KEY, 'DOOR', 'open-sesame');
  const { headers } = sign('github');
  const diagnosis = await under.diagnose({
    headers: { ...headers, 'X-Door': 'open-sesame\u00a0'.trim().toUpperCase() },
    body: BODY,
    reason: 'wrong_credential',
  });
  expect(diagnosis.wouldPass).toMatchObject([{ kinds: ['secret-form'], secret: { name: 'DOOR' } }]);
  const outside = await under.diagnose({ headers, body: BODY, reason: 'address_not_allowed' });
  expect(outside).toMatchObject({ tried: 0, wouldPass: [], next: [expect.stringContaining('allowFrom')] });
});

test('an endpoint that is gone is judged by what refused it', async () => {
  await under.give(OTHER, 'GITHUB', SECRET);
  const diagnosis = await under.diagnose({ headers: sign('github').headers, body: BODY });
  expect(diagnosis.wouldPass[0]).toMatchObject({ kinds: ['secret'], secret: { plugin: OTHER } });
  expect(diagnosis.seen[0]).toContain('not served any more');
});

test('of a receipt it says what verified it', async () => {
  const endpoint = hook('/github', () => {});
  under.engine.put(KEY, [endpoint]);
  const verified = { scheme: 'github', secretId: 's-1', at: AT, bodySigned: true };
  const { receiptId } = await under.engine.inbox.accept(draftOf(KEY, endpoint, { request: { verified } }));
  expect(await under.doctor().diagnose(receiptId)).toMatchObject({
    kind: 'receipt',
    name: 'POST /github',
    summary: 'It was let in: github verified it with the secret s-1.',
  });
  await expect(under.doctor().diagnose('1-AAAAAAAAAAAAAAAA')).rejects.toMatchObject({
    code: 'inbox/not-found',
  });
});

test('the overview has a line for the latest of each endpoint', async () => {
  await github();
  await under.refuse({ headers: {}, reason: 'missing_signature', at: AT - 5 });
  await under.refuse({ headers: sign('github', { secret: `${SECRET}\n` }).headers, body: BODY });
  const { refusals } = await under.doctor().overview(KEY);
  expect(refusals).toMatchObject([
    { reason: 'bad_signature', count: 2, summary: expect.stringContaining('line end') },
  ]);
  expect(await under.doctor().overview('acme.none')).toEqual({ refusals: [], more: 0 });
});

test('the work is bounded, and others get their turns meanwhile', async () => {
  await github('the-one-of-this-endpoint');
  for (let number = 0; number < 12; number += 1)
    await under.give(OTHER, `S${number}`, `some-secret-${number}`);
  const body = JSON.stringify({ text: 'x'.repeat(400_000), list: Array.from({ length: 2_000 }, () => 1) });
  const id = await under.refuse({ headers: { 'X-Hub-Signature-256': `sha256=${'0'.repeat(64)}` }, body });
  let turns = 0;
  let isGoing = true;
  const count = () => {
    turns += 1;
    if (isGoing) setImmediate(count);
  };
  setImmediate(count);
  const diagnosis = await under.doctor().diagnose(id);
  isGoing = false;
  expect(diagnosis.wouldPass).toEqual([]);
  expect(diagnosis.tried).toBeLessThanOrEqual(4_000);
  expect(turns).toBeGreaterThan(20);
});

test.each([
  ['nothing', [], ''],
  ['half a header', ['x-hub-signature-256'], ''],
  [
    'garbage',
    ['X-Hub-Signature-256', 'sha256=\u00ff,\u0001=', 'content-encoding', 'gzip', 'host', '[[['],
    'not gzip',
  ],
  ['deep JSON', ['content-type', 'application/json'], '['.repeat(50_000) + ']'.repeat(50_000)],
  ['broken escapes', ['forwarded', 'host="', 'x-original-uri', '%zz'], '{"a":"\\ud800"}'],
])('a request of %s is judged, too', async (_, headers, body) => {
  under.serve([
    { signature: 'github', secret: 'GITHUB' },
    { signature: 'square', secret: 'GITHUB' },
  ]);
  await under.give(KEY, 'GITHUB', SECRET);
  const diagnosis = await under.diagnose({ headers, body, target: '/hook?%zz=%' });
  expect(diagnosis.summary).toMatch(/^bad_signature: /);
});
