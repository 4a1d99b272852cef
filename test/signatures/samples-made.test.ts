import type { EndpointAccess } from '../../src/core/access';
import type { InvalidReason, MadeSample, SampleTarget, WantedSample } from '../../src/core/ports/samples';
import type { SignatureRow } from '../../src/core/signature-row';
import { compileRow } from '../../src/signatures/compile-row';
import { verifyMessage } from '../../src/signatures/message-signature/verify-message';
import { hmac, sharedSecret } from '../../src/signatures/parametric-rows';
import { plainRequest } from '../../src/signatures/plain-request';
import { sampledSchemes, sampleEvents, sampleOf } from '../../src/signatures/samples/sample-events';
import { createSamples } from '../../src/signatures/samples/samples';
import { sampleSecret } from '../../src/signatures/signing-key';
import { signatureRow, signatureRows } from '../../src/signatures/signature-rows';
import { createSpecialSchemes } from '../../src/signatures/special/special-schemes';
import { AT, reasonOf, secretsOf } from './samples';

const BASE = 'https://hooks.example.com';
const TARGET = '/api/plugin/acme.ci/hook?a=1%2B2';
const samples = createSamples();
const schemes = createSpecialSchemes({ fetchText: () => Promise.reject(new Error('asks nobody')) });

function make(
  wanted: WantedSample,
  access: EndpointAccess,
  secret: string | undefined,
  more: Partial<SampleTarget> = {},
): MadeSample {
  return samples.make(wanted, {
    ...{ access, method: 'POST', target: TARGET, publicBase: BASE, at: AT },
    ...{ secretOf: () => secret, urlToken: 'url-token', operatorToken: 'operator-token', ...more },
  });
}

const requestOf = ({ method, target, headers, body }: MadeSample) =>
  plainRequest({ method, target, publicBase: BASE, headers, body });

async function judge(row: SignatureRow, made: MadeSample, secret: string, at = AT) {
  if (row.kind !== 'special') return compileRow(row)(requestOf(made), secretsOf(secret), at);
  const scheme = schemes.get(row.id);
  if (scheme === undefined) throw new Error(`${row.id} has no code`);
  return scheme.verify(requestOf(made), secretsOf(secret), at, {});
}

const every = sampledSchemes.flatMap((scheme) => sampleEvents(scheme).map((event) => ({ scheme, event })));
const signable = every.filter(({ scheme }) => scheme !== 'paypal');

/** What the row reads, where it is not what the sample is called. */
const READ_AS: Readonly<Record<string, string | undefined>> = {
  'gitlab push': 'Push Hook',
  'gitlab merge_request': 'Merge Request Hook',
  'gitlab pipeline': 'Pipeline Hook',
  'gitlab-token push': 'Push Hook',
  'gitlab-token merge_request': 'Merge Request Hook',
  'gitlab-token pipeline': 'Pipeline Hook',
  'discord APPLICATION_COMMAND': '2',
  'whatsapp statuses': 'messages',
  'typeform form_response_scored': 'form_response',
  'telegram message': undefined,
  'telegram edited_message': undefined,
  'telegram callback_query': undefined,
};
/** Senders that give a delivery no id. */
const NAMELESS = ['zoom', 'meta', 'facebook', 'whatsapp', 'hubspot', 'hubspot-v1', 'hubspot-v2', 'calendly'];
const isNameless = (scheme: string, event: string) =>
  NAMELESS.includes(scheme) || (scheme === 'discord' && event !== 'APPLICATION_COMMAND');

describe('samples', () => {
  test('there are three or more of each of more than 20 senders', () => {
    expect(sampledSchemes.length).toBeGreaterThan(20);
    for (const scheme of sampledSchemes)
      expect([scheme, sampleEvents(scheme).length >= 3]).toEqual([scheme, true]);
    expect(samples.list()).toContainEqual({
      ...{ sender: 'bitbucket', title: 'Bitbucket Cloud' },
      events: ['repo:push', 'pullrequest:created', 'issue:created'],
    });
  });

  test.each(signable)('$scheme $event, signed, is taken as what it is', async ({ scheme, event }) => {
    const row = signatureRow(scheme);
    const { secret, signingSecret } = sampleSecret(row);
    const made = make({ sender: scheme, event }, { signature: scheme, secret: 'S' }, signingSecret);
    const name = `${scheme} ${event}`;
    await expect(judge(row, made, secret)).resolves.toMatchObject({
      ok: true,
      scheme,
      event: name in READ_AS ? READ_AS[name] : event,
      deliveryId: isNameless(scheme, event) ? undefined : expect.stringMatching(/^.{4,}$/),
    });
  });

  test.each(signable)('$scheme $event is no duplicate of one sent before', async ({ scheme, event }) => {
    const row = signatureRow(scheme);
    const { secret, signingSecret } = sampleSecret(row);
    const made = () => make({ sender: scheme, event }, { signature: scheme, secret: 'S' }, signingSecret);
    const [one, other] = [await judge(row, made(), secret), await judge(row, made(), secret)];
    const idOf = (verdict: typeof one) => (verdict.ok ? verdict.deliveryId : 'refused');
    if (isNameless(scheme, event)) expect(idOf(one)).toBeUndefined();
    else expect(idOf(one)).not.toBe(idOf(other));
  });

  test('none of them holds what looks like a key', () => {
    for (const { scheme, event } of every) {
      const { body, headers } = sampleOf(scheme, event);
      const text = JSON.stringify(headers) + body.toString();
      expect(text).not.toMatch(/-----BEGIN|whsec_|sk_live|sk_test|xox[abp]-|gh[ps]_|AKIA/);
      expect(Object.keys(headers).map((name) => name.toLowerCase())).toContain('content-type');
    }
  });

  test('bodies are written as the sender writes them', () => {
    expect(sampleOf('stripe').body.toString()).toMatch(/^\{\n {2}"id": "evt_\w{23}"/);
    expect(sampleOf('meta', 'feed').body.toString()).toContain('Sch\\u00f6ne Zahnr\\u00e4der');
    expect(sampleOf('slack', '/gears').body.toString()).toContain('text=quiet+*please*');
    expect(sampleOf('github', 'push').headers).toMatchObject({ 'X-GitHub-Event': 'push' });
  });

  test('a name is found whatever its case and punctuation; another is answered with what there is', () => {
    expect(sampleOf('github', 'Pull-Request').headers).toMatchObject({ 'X-GitHub-Event': 'pull_request' });
    expect(() => sampleOf('github', 'pusch')).toThrow(
      /did you mean "push"\?\); see `gatehouse send github --list`/,
    );
    expect(() => sampleOf('xero', 'invoice')).toThrow(/no sample of xero/);
    expect(() => make({ sender: 'githab' }, 'public', undefined)).toThrow(/did you mean "github"/);
  });
});

describe('what is invalid on purpose', () => {
  const reasons: readonly InvalidReason[] = [
    ...(['missing_signature', 'malformed_signature', 'bad_signature', 'bad_encoding'] as const),
    ...(['missing_timestamp', 'malformed_timestamp', 'timestamp_too_old', 'timestamp_too_new'] as const),
    'duplicate_header',
  ];
  const rows = signatureRows.filter(({ id, kind }) => kind !== 'special' || id === 'twilio');
  const body = Buffer.from('{"id":"d-1","value":[{"n":1}]}');

  test.each(rows)('$id is refused for the reason that was asked for', async (row) => {
    const { secret, signingSecret } = sampleSecret(row);
    const access = { signature: row.id, secret: 'S' };
    let made = 0;
    for (const invalid of reasons) {
      let request: MadeSample;
      try {
        request = make({ sender: row.id, body, invalid }, access, signingSecret);
      } catch (error) {
        expect((error as Error).message).toMatch(/^No request can be made that is refused for /);
        continue;
      }
      made += 1;
      expect([row.id, invalid, reasonOf(await judge(row, request, secret))]).toEqual([
        row.id,
        invalid,
        invalid,
      ]);
    }
    expect(made).toBeGreaterThanOrEqual(row.kind === 'token' ? 3 : 4);
    const valid = make({ sender: row.id, body }, access, signingSecret);
    expect(reasonOf(await judge(row, valid, secret))).toBe('ok');
  });

  test('a row with a signed moment can be refused for all of them', () => {
    for (const invalid of reasons)
      expect(() =>
        make({ sender: 'stripe', invalid }, { signature: 'stripe', secret: 'S' }, 'k'),
      ).not.toThrow();
  });

  test('what cannot be made so is answered with what can', () => {
    expect(() => make({ sender: 'github', invalid: 'timestamp_too_old' }, { signature: 'github', secret: 'S' }, 'k'))
      .toThrow('where the access is signature github; what can be: bad_encoding, bad_signature, duplicate_header,'); // prettier-ignore
    expect(() => make({ sender: 'github', invalid: 'bad_signature' }, 'public', undefined)).toThrow(
      'can be: nothing',
    );
  });
});

describe('other accesses than the sender’s own', () => {
  const valueOf = ({ headers }: MadeSample, name: string) =>
    headers.flatMap((text, index) =>
      index % 2 === 0 && text.toLowerCase() === name ? [headers[index + 1]] : [],
    );

  test('the sample is the sender’s, the signature is the endpoint’s', async () => {
    const row = hmac({ header: 'X-Sum', prefix: 'mac=', timestamp: { header: 'X-At' } });
    const made = make({ sender: 'github', event: 'push' }, { signature: row, secret: 'S' }, 'k');
    expect(valueOf(made, 'x-github-event')).toEqual(['push']);
    expect(await judge(row, made, 'k')).toMatchObject({ ok: true });
    const shared = sharedSecret({ header: 'X-Key' });
    expect(valueOf(make({ sender: 'github' }, { signature: shared, secret: 'S' }, 'k1'), 'x-key')).toEqual([
      'k1',
    ]);
  });

  test('a secret that is no signing token of GitLab’s is sent as the plain one', async () => {
    const made = make({ sender: 'gitlab' }, { signature: 'gitlab', secret: 'S' }, 'plain-token');
    expect(valueOf(made, 'x-gitlab-token')).toEqual(['plain-token']);
    expect(made.credentials).toContain('plain-token');
    expect(await judge(signatureRow('gitlab'), made, 'plain-token')).toMatchObject({ ok: true });
  });

  test.each([
    [{ token: { header: 'X-Key' }, secret: 'S' } as const, 'x-key', 'a:b'],
    [{ basic: {}, secret: 'S' } as const, 'authorization', 'Basic YTpi'],
    ['operator' as const, 'authorization', 'Bearer operator-token'],
  ])('%j is met in a header, and spoiled there', (access, name, value) => {
    const made = (invalid?: InvalidReason) => make({ sender: 'github', invalid }, access, 'a:b');
    expect(valueOf(made(), name)).toEqual([value]);
    expect(made().credentials).toContain(value.split(' ').at(-1));
    expect(valueOf(made('missing_credential'), name)).toEqual([]);
    if (access === 'operator')
      expect(() => made('duplicate_header')).toThrow(/what can be: missing_credential, wrong/);
    else expect(valueOf(made('duplicate_header'), name)).toEqual([value, value]);
    expect(valueOf(made('wrong_credential'), name)).not.toContain(value);
    expect(valueOf(made('wrong_credential'), name)).toHaveLength(1);
  });

  test.each([
    [{ token: { query: 'key' }, secret: 'S' } as const, 'key=a%3Ab'],
    [{ signedUrl: true } as const, 'token=url-token'],
  ])('%j is met in the query, and spoiled there', (access, query) => {
    const made = (invalid?: InvalidReason) => make({ sender: 'github', invalid }, access, 'a:b').target;
    expect(made()).toBe(`${TARGET}&${query}`);
    expect(made('missing_credential')).toBe(TARGET);
    expect(made('wrong_credential')).toMatch(/^[^&]+&(key|token)=[\w-]{32}$/);
  });

  test('an address with a token is signed with it, where both are asked for', async () => {
    const access = [
      { signature: 'square', secret: 'S' },
      { signedUrl: true },
      { allowFrom: ['10.0.0.0/8'] },
    ] as const;
    const made = make({ sender: 'square' }, access, 'k');
    expect(made.target).toMatch(/token=url-token$/);
    expect(await judge(signatureRow('square'), made, 'k')).toMatchObject({ ok: true });
    const spoiled = make({ sender: 'square', invalid: 'wrong_credential' }, access, 'k');
    expect(await judge(signatureRow('square'), spoiled, 'k')).toMatchObject({ ok: true });
    expect(spoiled.target).not.toContain('url-token');
  });

  test('a message signature is made with the first key, and refused as asked', () => {
    const access = { messageSignature: { keys: { k1: { algorithm: 'hmac-sha256', secret: 'S' } } } } as const;
    const reasonsOf = (invalid?: InvalidReason) => {
      const request = requestOf(make({ sender: 'github', invalid }, access, 'k'));
      return reasonOf(verifyMessage(request, access.messageSignature, () => secretsOf('k'), AT));
    };
    expect(reasonsOf()).toBe('ok');
    for (const invalid of [
      'missing_signature',
      'bad_signature',
      'timestamp_too_old',
      'timestamp_too_new',
    ] as const)
      expect(reasonsOf(invalid)).toBe(invalid);
  });

  test('without a value, a token or a private key it is said what is missing', () => {
    const names = ['ONE', 'TWO'];
    expect(() => make({ sender: 'github' }, { signature: 'github', secret: names }, undefined)).toThrow(
      'ONE or TWO has no value',
    );
    expect(() => make({ sender: 'github' }, { signedUrl: true }, 'k', { urlToken: undefined })).toThrow(
      'no live token',
    );
    const { secret } = sampleSecret(signatureRow('sendgrid'));
    const failed = () => make({ sender: 'sendgrid' }, { signature: 'sendgrid', secret: 'S' }, secret);
    expect(failed).toThrow(/signing the private one\. Name a secret that holds it/);
    expect(failed).not.toThrow(secret);
    expect(() => make({ sender: 'paypal' }, { signature: 'paypal', secret: 'S' }, 'k')).toThrow(
      /PayPal \(paypal\) signs with/,
    );
  });

  test('one’s own body and headers go in place of the sample’s, and are signed', async () => {
    const body = Buffer.from([0x7b, 0xff, 0x7d]);
    const headers = { 'x-slack-retry-num': '1' };
    const made = make({ sender: 'slack', body, headers }, { signature: 'slack', secret: 'S' }, 'k');
    expect(made.body).toEqual(body);
    expect(valueOf(made, 'x-slack-retry-num')).toEqual(['1']);
    expect(await judge(signatureRow('slack'), made, 'k')).toMatchObject({ ok: true });
  });

  test('a GET carries no body', () => {
    expect(make({ sender: 'github' }, 'public', undefined, { method: 'GET' })).toMatchObject({
      body: Buffer.alloc(0),
    });
  });
});
