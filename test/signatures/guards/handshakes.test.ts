import { reply } from '../../../src/core/reply';
import type { EndpointAccess, SignatureAccess } from '../../../src/core/access';
import type { Endpoint } from '../../../src/core/declaration';
import { signatureRow } from '../../../src/signatures/signature-rows';
import { CI } from '../../state/secrets-under-test';
import { AT, requestOf, sampleOf } from '../samples';
import { signedRequest, type RequestParts } from '../special-request';
import { GuardYard } from './guard-yard';
import { SENDERS_TEXTS, snsMessage, SPECIAL_AT, TOPIC } from './special-samples';

let yard: GuardYard;
beforeEach(async () => {
  yard = await GuardYard.open();
  for (const [url, text] of SENDERS_TEXTS) yard.texts.set(url, text);
});
afterEach(() => yard.close());
const secrets = () => yard.under.secrets;
const json = (value: object): RequestParts => ({ body: JSON.stringify(value) });

const FROM = { ip: '203.0.113.9', requestId: 'request-1' };

/** As the gateway asks: judged first, then answered. */
async function ask(
  access: EndpointAccess,
  parts: RequestParts | ReturnType<typeof signedRequest>,
  at = AT,
  more: Partial<Endpoint> = {},
) {
  const guard = yard.guard(access, more);
  const request = 'rawTarget' in parts ? parts : signedRequest(parts);
  const judgement = (await guard.judge?.(request, at)) ?? ({ ok: true, verified: undefined } as const);
  return guard.handshake?.answer(request, judgement, at, FROM);
}

test('a sender’s challenge is answered by the kind that the endpoint declares, and by no other', async () => {
  const dropbox = { signature: 'dropbox', secret: 'A' } as const;
  const challenge = { method: 'GET', target: '/hook?challenge=abc' };
  expect(yard.guard(dropbox).handshake?.methods).toEqual(['GET']);
  expect(await ask(dropbox, challenge)).toMatchObject({ status: 200, body: 'abc' });
  expect(await ask(dropbox, { method: 'GET', target: '/hook' })).toBeUndefined();
  expect(await ask({ signature: 'slack', secret: 'A' }, challenge)).toBeUndefined();
  expect(yard.guard({ signature: 'github', secret: 'A' }).handshake).toBeUndefined();
  expect(yard.guard({ ...dropbox, handshake: false }).handshake).toBeUndefined();
});

test('a challenge that must be signed is answered only when it is', async () => {
  await secrets().set(CI, 'SLACK', 'horse');
  const body = '{"type":"url_verification","challenge":"c"}';
  const signed = requestOf(sampleOf(signatureRow('slack'), { secret: 'horse', body }));
  const access = { signature: 'slack', secret: 'SLACK' } as const;
  expect(await ask(access, signed)).toMatchObject({ status: 200, body: 'c' });
  expect(await ask(access, { body })).toBeUndefined();
});

test('a token that the author expects is compared, and an answer never tells it', async () => {
  const meta = { signature: 'meta', secret: 'META', expect: { verifyToken: 'horse' } } as const;
  const target = (token: string) => `/hook?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=11`;
  expect(await ask(meta, { method: 'GET', target: target('horse') })).toMatchObject({
    status: 200,
    body: '11',
  });
  expect(await ask(meta, { method: 'GET', target: target('hors') })).toEqual({ refused: 'bad_signature' });
});

test('several modes leave the handshake to the one that has one', async () => {
  const access = [
    { signedUrl: true },
    { signature: 'github', secret: 'A' },
    { signature: 'dropbox', secret: 'B' },
  ] as const;
  expect(yard.guard(access).handshake?.methods).toEqual(['GET']);
});

describe('a secret that the sender chooses', () => {
  const asana = { signature: 'asana', secret: ['ASANA', 'OTHER'] } as const;
  const hello = (secret: string) => ({ headers: { 'X-Hook-Secret': secret } });
  const waiting = () =>
    secrets()
      .proposals(CI)
      .map(({ name }) => name);

  test('is echoed, and waits for the operator: nothing is verified by it before', async () => {
    expect(await ask(asana, hello('correct-horse'))).toMatchObject({
      status: 200,
      headers: { 'x-hook-secret': 'correct-horse' },
    });
    expect(secrets().proposals(CI)).toMatchObject([{ name: 'ASANA', from: FROM }]);
    const request = requestOf(sampleOf(signatureRow('asana'), { secret: 'correct-horse' }));
    expect(yard.guard(asana).judge?.(request, AT)).toEqual({ ok: false, reason: 'no_secret' });
    const id = await secrets().approve(CI, 'ASANA');
    expect(yard.guard(asana).judge?.(request, AT)).toMatchObject({ ok: true, verified: { secretId: id } });
    expect([...yard.lines, ...yard.under.lines].join('\n')).not.toContain('horse');
  });

  test('is the same one when the sender asks again; another one is refused while it waits', async () => {
    await ask(asana, hello('first'));
    expect(await ask(asana, hello('first'))).toMatchObject({ status: 200 });
    expect(await ask(asana, hello('second'))).toEqual({ refused: 'bad_signature' });
    await secrets().approve(CI, 'ASANA');
    expect(
      secrets()
        .live(CI, 'ASANA', AT)
        .map(({ value }) => value),
    ).toEqual(['first']);
  });

  test('is refused as soon as the endpoint has one', async () => {
    await secrets().set(CI, 'OTHER', 'set by hand');
    expect(await ask(asana, hello('mine'))).toEqual({ refused: 'bad_signature' });
    expect(waiting()).toEqual([]);
  });

  test('comes in the body from Notion', async () => {
    const notion = { signature: 'notion', secret: 'NOTION' } as const;
    expect(await ask(notion, json({ verification_token: 'secret_1' }))).toEqual(
      reply(200, undefined, { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }),
    );
    expect(waiting()).toEqual(['NOTION']);
  });

  test('that cannot be kept now is ours to mend', async () => {
    const guard = yard.guard(asana);
    const request = signedRequest(hello('mine'));
    await yard.under.database.close();
    expect(await guard.handshake?.answer(request, { ok: false, reason: 'no_secret' }, AT, FROM)).toEqual({
      refused: 'unavailable',
    });
  });
});

describe('a subscription of Amazon’s', () => {
  const access: SignatureAccess = { signature: 'sns', expect: { topicArn: TOPIC } };
  const url = `https://sns.eu-west-1.amazonaws.com/?${new URLSearchParams({ Action: 'ConfirmSubscription', TopicArn: TOPIC, Token: 'correct-horse' }).toString()}`;
  const message = {
    Type: 'SubscriptionConfirmation',
    Message: 'm',
    Token: 'correct-horse',
    SubscribeURL: url,
  };

  test('is confirmed by reading the signed address, once it was verified', async () => {
    yard.texts.set(url, '<ConfirmSubscriptionResponse/>');
    expect(await ask(access, { body: snsMessage(message) }, SPECIAL_AT)).toMatchObject({ status: 200 });
    expect(yard.asked).toContain(url);
    expect(yard.lines.join('')).toContain('a subscription was confirmed');
  });

  test('is not confirmed when the address cannot be read: 503, and the token is not logged', async () => {
    expect(await ask(access, { body: snsMessage(message) }, SPECIAL_AT)).toEqual({ refused: 'unavailable' });
    expect(yard.lines.join('')).toContain('cannot be read');
    expect(yard.lines.join('')).not.toContain('horse');
  });

  test('that was not signed is no handshake, and nothing is read', async () => {
    yard.texts.set(url, '<ConfirmSubscriptionResponse/>');
    const forged = JSON.stringify({ ...(JSON.parse(snsMessage(message)) as object), Message: 'changed' });
    expect(await ask(access, { body: forged }, SPECIAL_AT)).toBeUndefined();
    expect(yard.asked).not.toContain(url);
  });

  test('that has ended is said to whoever runs the host', async () => {
    const end = { ...message, Type: 'UnsubscribeConfirmation' };
    expect(await ask(access, { body: snsMessage(end) }, SPECIAL_AT)).toMatchObject({ status: 200 });
    expect(yard.asked).not.toContain(url);
    expect(yard.lines.join('')).toContain('will send no more');
  });
});
