import type { Exchange } from '../../src/core/exchange';
import type { InvalidReason } from '../../src/core/ports/samples';
import { reply } from '../../src/core/reply';
import { connectOperator } from '../../src/operator/operator-client';
import { Secret } from '../../src/core/secret';
import { sampleSecret } from '../../src/signatures/signing-key';
import { signatureRow } from '../../src/signatures/signature-rows';
import { CI } from '../state/secrets-under-test';
import { startOperatorHost } from './operator-host';
import { PUBLIC_URL, startSendHost, TOKEN, type SendHost } from './send-host';

let host: SendHost;
beforeAll(async () => {
  host = await startSendHost();
});
afterAll(() => host.close());
beforeEach(() => {
  host.refused.length = 0;
});

const sending = () => connectOperator({ url: host.url, token: new Secret(TOKEN) }).sending;
const SECRET = 'correct-horse-battery-staple';
/** What comes back tells all that the handler saw, credentials included. */
const tellAll = ({ method, url, headers, verified, text }: Exchange) =>
  headers.get('x-fail') === undefined
    ? { ...{ method, url, verified }, headers: [...headers], body: text() }
    : reply(422, { why: 'as it was asked to' });

describe('a sample that is sent to an endpoint', () => {
  beforeAll(async () => {
    await host.under.secrets.set(CI, 'KEY', SECRET);
    await host.signedUrls.provide(CI, '/url');
    host.serve(
      {
        '/github': { signature: 'github', secret: 'KEY' },
        '/stripe': { signature: 'stripe', secret: 'KEY' },
        '/square': { signature: 'square', secret: 'KEY' },
        '/twilio': { signature: 'twilio', secret: 'KEY' },
        '/header': { token: { header: 'X-Key' }, secret: 'KEY' },
        '/query': { token: { query: 'key' }, secret: 'KEY' },
        '/basic': { basic: {}, secret: 'KEY' },
        '/url': { signedUrl: true },
        '/both': [
          { signature: 'github', secret: 'KEY' },
          { token: { query: 'key' }, secret: 'KEY' },
        ],
        '/message': { messageSignature: { keys: { k1: { algorithm: 'hmac-sha256', secret: 'KEY' } } } },
        '/operator': 'operator',
        '/open': 'public',
        '/in/:team': { signature: 'github', secret: 'KEY' },
        '/unset': { signature: 'github', secret: 'NOT_SET' },
        '/sendgrid': { signature: 'sendgrid', secret: 'SENDGRID' },
      },
      tellAll,
    );
  });

  test.each([
    ['github', 'push', '/github', 'github'],
    ['stripe', 'invoice.payment_failed', '/stripe', 'stripe'],
    ['square', 'payment.created', '/square', 'square'],
    ['twilio', 'received', '/twilio', 'twilio'],
    ['telegram', 'message', '/header', 'token'],
    ['github', 'push', '/query', 'token'],
    ['github', 'push', '/basic', 'basic'],
    ['github', 'push', '/url', 'signed-url'],
    ['github', 'push', '/both', undefined],
    ['github', 'push', '/message', undefined],
    ['github', 'push', '/operator', undefined],
    ['github', 'push', '/open', undefined],
    ['github', 'push', '/in/blue?a=1%2B2', 'github'],
  ])('%s %s arrives at %s, and no secret comes back', async (sender, event, to, scheme) => {
    const sent = await sending().send({ sender, event, to: `acme.ci${to}` });
    expect(sent).toMatchObject({
      plugin: 'acme.ci',
      isAsExpected: true,
      answer: { status: 200, isCut: false },
    });
    if (scheme !== undefined) expect(sent.answer.body).toContain(`"scheme":"${scheme}"`);
    const shown = JSON.stringify(sent);
    const token = host.signedUrls.current(CI, '/url', Date.now()) ?? '';
    for (const hidden of [SECRET, TOKEN, token, Buffer.from(SECRET).toString('base64')])
      expect(shown).not.toContain(hidden);
    expect(host.refused).toEqual([]);
  });

  test.each<[string, string, InvalidReason]>([
    ['github', '/github', 'missing_signature'],
    ['github', '/github', 'malformed_signature'],
    ['github', '/github', 'bad_signature'],
    ['github', '/github', 'bad_encoding'],
    ['github', '/github', 'duplicate_header'],
    ['stripe', '/stripe', 'missing_timestamp'],
    ['stripe', '/stripe', 'malformed_timestamp'],
    ['stripe', '/stripe', 'timestamp_too_old'],
    ['stripe', '/stripe', 'timestamp_too_new'],
    ['twilio', '/twilio', 'bad_signature'],
    ['github', '/header', 'missing_credential'],
    ['github', '/header', 'wrong_credential'],
    ['github', '/header', 'duplicate_header'],
    ['github', '/basic', 'bad_encoding'],
    ['github', '/basic', 'wrong_credential'],
    ['github', '/query', 'wrong_credential'],
    ['github', '/url', 'missing_credential'],
    ['github', '/url', 'wrong_credential'],
    ['github', '/both', 'bad_signature'],
    ['github', '/message', 'timestamp_too_old'],
    ['github', '/operator', 'wrong_credential'],
  ])('%s to %s is refused for %s when it is to be', async (sender, to, invalid) => {
    const sent = await sending().send({ sender, to: `acme.ci${to}`, invalid });
    expect(sent).toMatchObject({ isAsExpected: true, answer: { status: 401 } });
    if (to !== '/operator') expect(host.refused.map(({ reason }) => reason)).toEqual([invalid]);
  });

  test('an answer other than the expected one is told as such', async () => {
    const body = Buffer.from([0x7b, 0xff]);
    const headers = { 'x-fail': 'yes' };
    const sent = await sending().send({
      sender: 'github',
      event: 'mine',
      body,
      headers,
      to: '/api/plugin/acme.ci/open',
    });
    expect(sent).toMatchObject({
      isAsExpected: false,
      answer: { status: 422 },
      request: { body: '{\ufffd' },
    });
    expect(sent.request.headers).toContainEqual(['X-GitHub-Event', 'mine']);
  });

  test('what is signed is the public address, and what is asked is the host itself', async () => {
    const { request } = await sending().send({ sender: 'square', to: 'acme.ci/square' });
    expect(request.url).toBe(`${host.url}/api/plugin/acme.ci/square`);
    expect(request.headers.map(([name]) => name.toLowerCase())).toContain('x-square-hmacsha256-signature');
    const failed = sending().send({ sender: 'square', to: 'acme.ci/square', isPublic: true });
    await expect(failed).rejects.toMatchObject({ code: 'samples/not-delivered' });
    await expect(failed).rejects.toThrow(`${PUBLIC_URL}/api/plugin/acme.ci/square did not answer: `);
  });

  test('a key pair signs with the secret that holds its private key', async () => {
    const { secret, signingSecret } = sampleSecret(signatureRow('sendgrid'));
    await host.under.secrets.set(CI, 'SENDGRID', secret);
    await host.under.secrets.set(CI, 'SENDGRID_PRIVATE', signingSecret);
    const wanted = { sender: 'sendgrid', to: 'acme.ci/sendgrid' };
    await expect(sending().send(wanted)).rejects.toMatchObject({ code: 'samples/cannot-sign' });
    await expect(sending().send(wanted)).rejects.toThrow(
      'signing the private one. Name a secret that holds it.',
    );
    const sent = await sending().send({ ...wanted, secretName: 'SENDGRID_PRIVATE' });
    expect(sent).toMatchObject({ isAsExpected: true, answer: { status: 200 } });
    expect(JSON.stringify(sent)).not.toContain(signingSecret.split('\n')[1]);
  });

  test.each([
    [{ sender: 'githab', to: 'acme.ci/github' }, 'samples/unknown-sender'],
    [{ sender: 'github', event: 'pusch', to: 'acme.ci/github' }, 'samples/unknown-event'],
    [{ sender: 'xero', to: 'acme.ci/github' }, 'samples/none'],
    [{ sender: 'github', to: 'acme.ci/nothing' }, 'samples/no-endpoint'],
    [{ sender: 'github', to: 'acme.cd/github' }, 'samples/no-endpoint'],
    [{ sender: 'github', to: '/healthz' }, 'samples/no-endpoint'],
    [{ sender: 'github', to: 'acme.ci/a b' }, 'samples/bad-request'],
    [{ sender: 'github', to: 'acme.ci/unset' }, 'samples/no-secret'],
    [{ sender: 'github', to: 'acme.ci/open', secretName: 'KEY' }, 'samples/bad-request'],
    [
      { sender: 'github', to: 'acme.ci/github', invalid: 'timestamp_too_old' as const },
      'samples/cannot-spoil',
    ],
    [{ sender: 'github', to: 'acme.ci/github', headers: { 'a b': '1' } }, 'samples/bad-request'],
  ])('%j is answered with %s', async (wanted, code) => {
    await expect(sending().send(wanted)).rejects.toMatchObject({ code });
  });

  test('the host tells its own addresses, those of this machine and the public one', async () => {
    const { port } = new URL(host.url);
    expect(await sending().addresses()).toEqual([
      ...['127.0.0.1', '[::1]', 'localhost'].map((name) => `http://${name}:${port}`),
      PUBLIC_URL,
    ]);
  });

  test('what is there is listed', async () => {
    expect(await sending().list()).toContainEqual(
      expect.objectContaining({ sender: 'stripe', title: 'Stripe' }),
    );
  });
});

test('a header that cannot be written is said in words, without its value', async () => {
  await host.under.secrets.set(CI, 'KEY', 'two\nlines');
  const failed = sending().send({ sender: 'github', to: 'acme.ci/header' });
  await expect(failed).rejects.toMatchObject({
    code: 'samples/not-delivered',
    message: expect.stringMatching(/did not answer: Invalid character in header content/),
  });
  await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining('lines') });
});

test('a host without samples says so', async () => {
  const { operator, close } = await startOperatorHost();
  expect(() => operator.sending).toThrow(expect.objectContaining({ code: 'operator/sends-nothing' }));
  await close();
});

describe('the face of it', () => {
  const post = (body: unknown, headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` }) =>
    fetch(`${host.url}/api/operator/send`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  test('nobody but the operator sends anything', async () => {
    expect((await post({ sender: 'github', to: 'acme.ci/github' }, {})).status).toBe(401);
  });

  test.each([
    ['{'],
    [[]],
    [{ sender: 'github' }],
    [{ sender: 'github', to: 'acme.ci/github', url: 'http://169.254.169.254' }],
    [{ sender: 'github', to: 'acme.ci/github', invalid: 'no_secret' }],
    [{ sender: 'github', to: 'acme.ci/github', headers: [1] }],
    [{ sender: 'github', to: 'acme.ci/github', headers: { a: 'b\r\nc: d' } }],
    [{ sender: 'github', to: 'acme.ci/github', bodyBase64: 1 }],
    [{ sender: 'github', to: 'http://169.254.169.254/' }],
  ])('%j is no question', async (body) => {
    const response = await post(body);
    const { code } = (await response.json()) as { code: string };
    expect([400, 404]).toContain(response.status);
    expect(code).toMatch(/^samples\/(bad-request|no-endpoint)$/);
  });
});
