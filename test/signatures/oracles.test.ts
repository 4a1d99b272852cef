import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { encodeSignatureHeader, isValidSignature } from '@sanity/webhook';
import { signWebhookPayload, verifyWebhookSignature } from '@notionhq/client';
import { Paddle } from '@paddle/paddle-node-sdk';
import { EventWebhook } from '@sendgrid/eventwebhook';
import { verifyKey } from 'discord-interactions';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { compileRow } from '../../src/signatures/compile-row';
import { plainRequest } from '../../src/signatures/plain-request';
import { signatureRow } from '../../src/signatures/signature-rows';
import { BODY, reasonOf, sampleOf, secretsOf, type Sample } from './samples';

const run = promisify(execFile);
async function github(...task: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [
    path.join(__dirname, '../support/github-judge.mjs'),
    ...task,
  ]);
  return stdout.trim();
}

const now = Date.now();
const text = BODY;
const sampled = (id: string) => sampleOf(signatureRow(id), { at: now });
const changed = (body: string | Buffer) => Buffer.concat([Buffer.from(body), Buffer.from(' ')]);

/** Whether the sender's own package takes it. */
async function accepted(check: () => unknown): Promise<boolean> {
  try {
    return (await check()) !== false;
  } catch {
    return false;
  }
}

interface Oracle {
  readonly id: string;
  verifies(sample: Sample, body: Buffer): unknown;
  signs?(secret: string, body: string): Record<string, string> | Promise<Record<string, string>>;
}

const stripe = new Stripe('sk_test_x');
const header = (sample: Sample, name: string) => sample.headers[name] ?? '';

const oracles: readonly Oracle[] = [
  {
    id: 'stripe',
    verifies: (sample, body) =>
      stripe.webhooks.constructEvent(body, header(sample, 'Stripe-Signature'), sample.secret),
    signs: (secret, payload) => ({
      'stripe-signature': stripe.webhooks.generateTestHeaderString({ payload, secret }),
    }),
  },
  ...['standard', 'openai', 'gitlab'].map((id) => ({
    id,
    verifies: (sample: Sample, body: Buffer) =>
      new Webhook(sample.secret).verify(body, sample.headers as Record<string, string>),
    signs: (secret: string, body: string) => ({
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(now / 1_000)),
      'webhook-signature': new Webhook(secret).sign('msg_1', new Date(now), body),
    }),
  })),
  {
    id: 'github',
    verifies: (sample, body) =>
      github('verify', sample.secret, body.toString(), header(sample, 'X-Hub-Signature-256')).then(
        (answer) => answer === 'true',
      ),
    signs: async (secret, body) => ({ 'X-Hub-Signature-256': await github('sign', secret, body) }),
  },
  {
    id: 'notion',
    verifies: (sample, body) =>
      verifyWebhookSignature({
        body: body.toString(),
        signature: header(sample, 'X-Notion-Signature'),
        verificationToken: sample.secret,
      }),
    signs: async (secret, body) => ({
      'x-notion-signature': await signWebhookPayload({ body, verificationToken: secret }),
    }),
  },
  {
    id: 'paddle',
    verifies: (sample, body) =>
      new Paddle('key').webhooks.isSignatureValid(
        body.toString(),
        sample.secret,
        header(sample, 'Paddle-Signature'),
      ),
  },
  {
    id: 'sanity',
    verifies: (sample, body) =>
      isValidSignature(body.toString(), header(sample, 'sanity-webhook-signature'), sample.secret),
    signs: async (secret, body) => ({
      'sanity-webhook-signature': await encodeSignatureHeader(body, now, secret),
    }),
  },
  {
    id: 'discord',
    verifies: (sample, body) =>
      verifyKey(
        body,
        header(sample, 'X-Signature-Ed25519'),
        header(sample, 'X-Signature-Timestamp'),
        sample.secret,
      ),
  },
  {
    id: 'sendgrid',
    verifies: (sample, body) => {
      const webhook = new EventWebhook();
      return webhook.verifySignature(
        webhook.convertPublicKeyToECDSA(sample.secret),
        body.toString(),
        header(sample, 'X-Twilio-Email-Event-Webhook-Signature'),
        header(sample, 'X-Twilio-Email-Event-Webhook-Timestamp'),
      );
    },
  },
];

describe.each(oracles)('the package of $id', (oracle) => {
  test('takes what is signed here, and refuses it changed', async () => {
    const sample = sampled(oracle.id);
    expect(await accepted(() => oracle.verifies(sample, sample.body))).toBe(true);
    expect(await accepted(() => oracle.verifies(sample, changed(sample.body)))).toBe(false);
  });
});

describe.each(oracles.filter(({ signs }) => signs !== undefined))('the package of $id', (oracle) => {
  test('signs what is taken here, and refused changed', async () => {
    const row = signatureRow(oracle.id);
    const { secret } = sampled(oracle.id);
    const headers = (await oracle.signs?.(secret, text)) ?? {};
    const verdictOf = (body: string | Buffer) =>
      reasonOf(compileRow(row)(plainRequest({ headers, body }), secretsOf('other', secret), now));
    // `other` is no base64 with `whsec_`: what remains is the secret of the sender.
    expect(verdictOf(text)).toBe('ok');
    expect(verdictOf(changed(text))).toBe('bad_signature');
  });
});

/** Where the packages are less strict, or lose bytes, the host decides for the safe side; each is seen here. */
describe('what the packages judge otherwise', () => {
  test('a body that starts with a byte order mark passes here, because its bytes are hashed', async () => {
    const sample = sampleOf(signatureRow('stripe'), { at: now, body: '\ufeff{"id":"evt_1"}' });
    const { row, headers, body, secret } = sample;
    expect(reasonOf(compileRow(row)(plainRequest({ headers, body }), secretsOf(secret), now))).toBe('ok');
    const stripes = stripe.webhooks.constructEvent;
    expect(
      await accepted(() => stripes.call(stripe.webhooks, body, header(sample, 'Stripe-Signature'), secret)),
    ).toBe(false);
  });

  test('a body that is no text passes here', async () => {
    const sample = sampleOf(signatureRow('standard'), { at: now, body: Buffer.from([0xff, 0, 0x80]) });
    const { row, headers, body, secret } = sample;
    expect(reasonOf(compileRow(row)(plainRequest({ headers, body }), secretsOf(secret), now))).toBe('ok');
    expect(await accepted(() => new Webhook(secret).verify(body, headers as Record<string, string>))).toBe(
      false,
    );
  });

  test('a moment far in the future is refused here', async () => {
    const sample = sampleOf(signatureRow('stripe'), { at: now + 86_400_000 });
    const { row, headers, body, secret } = sample;
    expect(
      await accepted(() => stripe.webhooks.constructEvent(body, header(sample, 'Stripe-Signature'), secret)),
    ).toBe(true);
    expect(reasonOf(compileRow(row)(plainRequest({ headers, body }), secretsOf(secret), now))).toBe(
      'timestamp_too_new',
    );
  });

  test('a minute in a queue does not make a delivery of Paddle too old here', async () => {
    const sample = sampleOf(signatureRow('paddle'), { at: now - 60_000 });
    const { row, headers, body, secret } = sample;
    expect(reasonOf(compileRow(row)(plainRequest({ headers, body }), secretsOf(secret), now))).toBe('ok');
    const { webhooks } = new Paddle('key');
    expect(await webhooks.isSignatureValid(body.toString(), secret, header(sample, 'Paddle-Signature'))).toBe(
      false,
    );
  });
});
