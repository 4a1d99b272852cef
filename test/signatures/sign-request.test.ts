import { generateKeyPairSync } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { signRequest } from '../../src/signatures/sign-request';
import { sampleSecret } from '../../src/signatures/signing-key';
import { signatureRow } from '../../src/signatures/signature-rows';
import { AT, judge, reasonOf, sampleOf } from './samples';

const sign = (id: string, options: Partial<Parameters<typeof signRequest>[1]> = {}) =>
  signRequest(signatureRow(id), { secret: 'secret', body: '{}', at: AT, ...options });

describe('signing a request', () => {
  test('writes the headers as the sender spells them', () => {
    expect(sign('github', { event: 'push', deliveryId: 'g-1' }).headers).toEqual({
      'X-GitHub-Delivery': 'g-1',
      'X-GitHub-Event': 'push',
      'X-Hub-Signature-256': expect.stringMatching(/^sha256=[0-9a-f]{64}$/),
    });
    expect(sign('stripe').headers).toEqual({
      'Stripe-Signature': expect.stringMatching(/^t=1700000000,v1=[0-9a-f]{64}$/),
    });
    expect(sign('paddle').headers).toEqual({
      'Paddle-Signature': expect.stringMatching(/^ts=1700000000;h1=[0-9a-f]{64}$/),
    });
    expect(sign('docusign').headers).toEqual({ 'X-DocuSign-Signature-1': expect.any(String) });
    expect(sign('chargebee', { secret: 'user:pass' }).headers).toEqual({
      Authorization: 'Basic dXNlcjpwYXNz',
    });
  });

  test('keeps further headers, and leaves a body alone that is not signed inside', () => {
    const body = Buffer.from([0xff, 0]);
    const sample = sign('line', { body, headers: { 'content-type': 'application/json' } });
    expect(sample.headers['content-type']).toBe('application/json');
    expect(sample.body).toEqual(body);
  });

  test('puts what is signed inside the body there', () => {
    const { body } = sign('mailgun', { body: '{"event-data":{"event":"opened"}}' });
    expect(JSON.parse(body.toString())).toEqual({
      'event-data': { event: 'opened' },
      signature: {
        timestamp: 1_700_000_000,
        token: expect.stringMatching(/^[0-9a-f]{32}$/),
        signature: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
    expect(JSON.parse(sign('linear').body.toString())).toEqual({ webhookTimestamp: AT });
  });

  test('takes an Ed25519 key as PEM or as its seed', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    const both = Buffer.concat([seed, raw]).toString('base64');
    const row = signatureRow('standard-v1a');
    for (const secret of [pem, `whsk_${seed.toString('base64')}`, `whsk_${both}`, seed.toString('hex')]) {
      const sample = sampleOf(row, { secret });
      expect(reasonOf(judge(sample, { secret: `whpk_${raw.toString('base64')}` }))).toBe('ok');
    }
  });

  test('makes secrets that other packages take', () => {
    const { secret, signingSecret } = sampleSecret(signatureRow('standard'));
    expect(signingSecret).toBe(secret);
    expect(secret).toMatch(/^whsec_/);
    expect(new Webhook(secret).sign('m', new Date(AT), 'x')).toMatch(/^v1,/);
    expect(sampleSecret(signatureRow('chargebee')).secret).toMatch(/^sender:[0-9a-f]{64}$/);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['for a sender that takes code', () => sign('paypal'), /code of its own/],
    ['without the public address', () => sign('square'), /no_public_url/],
    ['with a key that is none', () => sign('discord', { secret: 'nope' }), /no private key/],
    ['with a secret of another encoding', () => sign('standard', { secret: 'whsec_!' }), /not base64/],
    ['with an empty secret', () => sign('github', { secret: '' }), /not utf8/],
    ['inside a body that is no JSON', () => sign('mailgun', { body: 'x' }), /JSON body/],
  ])('is refused %s', (_what, signing, why) => {
    expect(signing).toThrow(
      expect.objectContaining({ code: 'signatures/cannot-sign', message: expect.stringMatching(why) }),
    );
  });

  test('tells nothing of a key that it could not read', () => {
    const secret = 'c2VjcmV0IHRoYXQgaXMgbm8ga2V5';
    let told = '';
    try {
      sign('sendgrid', { secret });
    } catch (error) {
      told = `${String(error)} ${String((error as Error).cause)}`;
    }
    expect(told).toContain('no private key');
    expect(told).not.toContain(secret.slice(0, 8));
  });
});
