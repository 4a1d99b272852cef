import { createHmac } from 'node:crypto';
import type { Diagnosis } from '../../src/core/ports/doctor';
import { hmac, sharedSecret } from '../../src/signatures/parametric-rows';
import { signRequest, type SigningOptions } from '../../src/signatures/sign-request';
import { signatureRow } from '../../src/signatures/signature-rows';
import { endpointOf } from '../core/plain-mount';
import { AT, BASE, DoctorUnderTest, KEY, LIMITS, OTHER } from './doctor-under-test';
import { createDoctor } from '../../src/signatures/doctor/doctor';

const SECRET = 'correct-horse-battery-staple';
const BODY = '{"id":7}';

let under: DoctorUnderTest;
beforeAll(async () => {
  under = await DoctorUnderTest.open();
});
afterEach(() => under.reset());
afterAll(() => under.close());

const sign = (scheme: string, more: Partial<SigningOptions> = {}) =>
  signRequest(signatureRow(scheme), {
    ...{ secret: SECRET, body: BODY, at: AT, method: 'POST', target: '/hook', publicBase: BASE },
    ...more,
  });
const textOf = (diagnosis: Diagnosis) => JSON.stringify(diagnosis);

describe('a set-up request that was refused', () => {
  const asana = { headers: { 'X-Hook-Secret': 'what-asana-chose' }, body: '{}', scheme: 'asana' };
  const notion = {
    headers: { 'content-type': 'application/json' },
    body: '{"verification_token":"what-notion-chose"}',
    scheme: 'notion',
  };

  test.each([
    ['asana', asana],
    ['notion', notion],
  ])('of %s while the secret has a value says how to make room', async (signature, refused) => {
    under.serve({ signature, secret: 'CHOSEN' });
    await under.give(KEY, 'CHOSEN', SECRET);
    const diagnosis = await under.diagnose(refused);
    expect(diagnosis.summary).toBe(
      'bad_signature: it is a set-up request that brings a secret, and CHOSEN has a value already',
    );
    expect(diagnosis.wouldPass).toMatchObject([{ kinds: ['set-up'] }]);
    expect(diagnosis.next).toEqual([
      expect.stringMatching(/`gatehouse secrets remove acme\.ci CHOSEN`.*another endpoint/),
    ]);
  });

  test('while another value waits names both ways out', async () => {
    under.serve({ signature: 'asana', secret: 'CHOSEN' });
    const id = await under.secrets.propose(KEY, 'CHOSEN', 'what-another-chose');
    const diagnosis = await under.diagnose(asana);
    expect(diagnosis.summary).toContain('another value for CHOSEN waits for approval');
    expect(diagnosis.next.join()).toContain(`gatehouse secrets approve acme.ci CHOSEN --id ${id}`);
    expect(diagnosis.next.join()).toContain('--dismiss');
    expect(textOf(diagnosis)).not.toMatch(/what-an|what-as/);
    await under.secrets.dismiss(KEY, 'CHOSEN');
  });

  test('while nothing is in its way any more is to be sent again', async () => {
    under.serve({ signature: 'asana', secret: 'CHOSEN' });
    const diagnosis = await under.diagnose(asana);
    expect(diagnosis.wouldPass).toMatchObject([{ kinds: ['nothing'] }]);
    expect(diagnosis.next).toEqual([expect.stringContaining('set the webhook up again')]);
  });

  test('while another of its secrets has a value names that one; one from a wrong address is no set-up', async () => {
    under.serve({ signature: 'asana', secret: ['CHOSEN', 'FORMER'] });
    await under.give(KEY, 'FORMER', SECRET);
    expect((await under.diagnose(asana)).next[0]).toContain('`gatehouse secrets remove acme.ci FORMER`');
    const outside = await under.diagnose({ ...asana, reason: 'address_not_allowed' });
    expect(outside.wouldPass).toEqual([]);
  });

  test('is not what its author answers, nor a delivery', async () => {
    under.serve({ signature: 'asana', secret: 'CHOSEN', handshake: false });
    await under.give(KEY, 'CHOSEN', SECRET);
    expect((await under.diagnose(asana)).summary).not.toContain('set-up');
    under.serve({ signature: 'asana', secret: 'CHOSEN' });
    const delivery = await under.diagnose({ headers: { 'X-Hook-Signature': '00' }, body: BODY });
    expect(delivery.summary).not.toContain('set-up');
  });
});

describe('by its request id', () => {
  test('the latest refusal is found, and shown', async () => {
    under.serve({ signature: 'github', secret: 'GITHUB' });
    const requestId = 'r-of-two';
    await under.refuse({ headers: {}, requestId, at: AT });
    const id = await under.refuse({ headers: {}, requestId, at: AT + 1 });
    await under.refuse({ headers: {} });
    expect(await under.doctor().diagnose(requestId)).toMatchObject({ id });
    expect(await under.engine.quarantineDesk.refusal(requestId)).toMatchObject({ id, requestId });
  });

  test('one that has the form of an id of ours is found, too', async () => {
    under.serve({ signature: 'github', secret: 'GITHUB' });
    const id = await under.refuse({ headers: {}, requestId: '1-AAAAAAAAAAAAAAAA' });
    expect(await under.doctor().diagnose('1-AAAAAAAAAAAAAAAA')).toMatchObject({ id });
  });

  test('nothing is found where there is none, and the list is named', async () => {
    await expect(under.doctor().diagnose('')).rejects.toMatchObject({ code: 'inbox/not-found' });
    await expect(under.doctor().diagnose('r-none')).rejects.toThrow(
      'There is no request r-none; `gatehouse doctor --list` tells which refused ones are kept.',
    );
  });
});

describe('a shown secret', () => {
  test('that is asked for in the query and came in a header is found there', async () => {
    under.serve({ token: { query: 'key' }, secret: 'DOOR' });
    await under.give(KEY, 'DOOR', SECRET);
    const diagnosis = await under.diagnose({
      headers: { Authorization: `Bearer ${SECRET}` },
      ...{ reason: 'missing_credential', scheme: 'token' },
    });
    expect(diagnosis.summary).toBe(
      'missing_credential: the secret stands in the header authorization behind "Bearer ", not in ?key=',
    );
    expect(diagnosis.seen).toContainEqual(expect.stringMatching(/^`\?key=` did not come/));
    expect(textOf(diagnosis)).not.toMatch(/gatehouse-query-token|signature|sign/);
  });

  test('that is asked for in a header and came in the query is found there', async () => {
    under.serve({ token: { header: 'X-Door' }, secret: 'DOOR' });
    await under.give(KEY, 'DOOR', SECRET);
    const target = `/hook?a=1&door=${SECRET}`;
    const diagnosis = await under.diagnose({ headers: {}, target, reason: 'missing_credential' });
    expect(diagnosis.summary).toContain('the secret stands in ?door=, not in the header X-Door');
  });

  test('that stands in any other header is found, and nobody speaks of signing', async () => {
    under.serve({ signature: sharedSecret({ header: 'X-Shared' }), secret: 'DOOR' });
    await under.give(KEY, 'DOOR', SECRET);
    const other = await under.diagnose({ headers: { 'X-Other': SECRET }, reason: 'missing_signature' });
    expect(other.summary).toContain('the secret stands in the header x-other, not in the header X-Shared');
    const wrong = await under.diagnose({ headers: { 'X-Shared': 'wrong' } });
    expect(wrong.summary).toBe('bad_signature: the credential is not the one');
    const form = await under.diagnose({ headers: { 'X-Shared': SECRET.toUpperCase() } });
    expect(form.summary).toContain('the sender shows the secret in upper case');
    for (const diagnosis of [other, wrong, form])
      expect(textOf({ ...diagnosis, reason: undefined, seen: [], summary: '' })).not.toMatch(/\bsign/);
  });
});

describe('of a sender that signs the address', () => {
  test.each(['twilio', 'square', 'hubspot', 'trello'])('%s, the address is said', async (scheme) => {
    under.serve({ signature: scheme, secret: 'OWN' });
    await under.give(KEY, 'OWN', 'of-this-endpoint');
    const headers: Record<string, string> =
      scheme === 'twilio'
        ? { 'X-Twilio-Signature': createHmac('sha1', 'x').update('y').digest('base64') }
        : sign(scheme, { secret: 'unknown' }).headers;
    const diagnosis = await under.diagnose({ headers, body: '', target: '/hook?a=1', scheme });
    expect(diagnosis.wouldPass).toEqual([]);
    expect(diagnosis.next).toContain(
      'It signs the address; this host takes it to be https://hooks.example.com/hook?…: give the sender exactly that, or correct publicUrl (GATEHOUSE_PUBLIC_URL).',
    );
  });

  test('and of a host that was not told it, that is said', async () => {
    under.serve({ signature: 'square', secret: 'OWN' });
    await under.give(KEY, 'OWN', 'of-this-endpoint');
    const { kept, quarantineDesk: desk, table } = under.engine;
    const { secrets } = under;
    const host = { kept, desk, table, secrets, limits: LIMITS, specials: new Map(), publicBase: undefined };
    const { headers } = sign('square', { secret: 'unknown' });
    const id = await under.refuse({ headers, body: BODY, scheme: 'square' });
    const { next } = await createDoctor(host).diagnose(id);
    expect(next).toContainEqual(expect.stringMatching(/^It signs the address, and publicUrl is not set/));
  });

  test('Twilio is not told one address twice, with its own port and without', async () => {
    under.serve({ signature: 'twilio', secret: 'OWN' });
    await under.give(KEY, 'OWN', SECRET);
    const url = 'http://hooks.example.com/hook';
    const headers = { 'X-Twilio-Signature': createHmac('sha1', SECRET).update(url).digest('base64') };
    const { wouldPass } = await under.diagnose({ headers, scheme: 'twilio' });
    expect(wouldPass.map(({ what }) => what)).toEqual([`the sender was given the address ${url}`]);
  });
});

describe('a secret that is decoded', () => {
  const stored = `whsec_${Buffer.from('0123456789abcdef01234567').toString('base64')}`;
  const signedWith = (key: string) => {
    const content = `m1.${AT / 1_000}.${BODY}`;
    const mac = createHmac('sha256', key).update(content).digest('base64');
    return { 'webhook-id': 'm1', 'webhook-timestamp': String(AT / 1_000), 'webhook-signature': `v1,${mac}` };
  };
  test.each([stored, stored.slice('whsec_'.length)])('was used as written (%s)', async (key) => {
    under.serve({ signature: 'standard', secret: 'OWN' });
    await under.give(KEY, 'OWN', stored);
    const diagnosis = await under.diagnose({ headers: signedWith(key), body: BODY });
    expect(diagnosis.wouldPass[0]?.kinds).toEqual(['secret-form']);
    expect(diagnosis.summary).toContain('signs with the secret as written, not decoded');
    expect(diagnosis.next).toContainEqual(expect.stringContaining('decode what follows whsec_ from base64'));
  });
});

describe('the next step', () => {
  const mac = (encoding: 'hex' | 'base64') => createHmac('sha256', SECRET).update(BODY).digest(encoding);

  test('names what an author can write, where that is enough', async () => {
    under.serve({ signature: 'github', secret: 'OWN' });
    await under.give(KEY, 'OWN', SECRET);
    const headers = { 'X-Hub-Signature-256': `sha256=${mac('base64')}` };
    expect((await under.diagnose({ headers, body: BODY })).next[0]).toContain(
      "signature: hmac({ header: 'X-Hub-Signature-256', prefix: 'sha256=', encoding: 'base64' })",
    );
    under.serve({ signature: hmac({ header: 'X-Sig', timestamp: 'X-Time' }), secret: 'OWN' });
    const at = String(AT);
    const timed = createHmac('sha256', SECRET).update(`${at}.${BODY}`).digest('hex');
    const diagnosis = await under.diagnose({ headers: { 'X-Sig': timed, 'X-Time': at }, body: BODY });
    expect(diagnosis.next[0]).toContain(
      "signature: hmac({ header: 'X-Sig', timestamp: { header: 'X-Time', unit: 'ms' } })",
    );
  });
});

describe('the overview', () => {
  test('has one line for each endpoint, and says how many more there are', async () => {
    const paths = Array.from({ length: 23 }, (_, number) => `/hook-${number}`);
    under.engine.put(
      KEY,
      paths.map((path) => endpointOf(path, { method: 'POST', access: { signature: 'github', secret: 'G' } })),
    );
    for (const [number, path] of paths.entries())
      await under.refuse({ headers: {}, path, at: AT + number, reason: 'missing_signature' });
    await under.refuse({ headers: {}, path: '/hook-22', at: AT + 99, reason: 'bad_signature' });
    const { refusals, more } = await under.doctor().overview();
    expect([refusals.length, more]).toEqual([20, 3]);
    expect(refusals[0]).toMatchObject({ name: 'POST /hook-22', reason: 'bad_signature', count: 2 });
    expect(new Set(refusals.map(({ name }) => name)).size).toBe(20);
    expect(await under.doctor().overview(OTHER)).toEqual({ refusals: [], more: 0 });
  });
});
