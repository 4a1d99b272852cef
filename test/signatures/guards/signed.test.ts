import type { EndpointAccess } from '../../../src/core/access';
import { hmac, sharedSecret } from '../../../src/signatures/parametric-rows';
import { plainRequest } from '../../../src/signatures/plain-request';
import { signatureRow } from '../../../src/signatures/signature-rows';
import { signMessage } from '../../../src/signatures/message-signature/sign-message';
import { signRequest } from '../../../src/signatures/sign-request';
import { CI } from '../../state/secrets-under-test';
import { AT, BODY, requestOf, sampleOf } from '../samples';
import { signedRequest } from '../special-request';
import { GuardYard, reasonOf } from './guard-yard';
import { SENDERS_TEXTS, SPECIAL_AT, specialSamples } from './special-samples';

let yard: GuardYard;
beforeEach(async () => {
  yard = await GuardYard.open();
  yard.under.time = AT;
  for (const [url, text] of SENDERS_TEXTS) yard.texts.set(url, text);
});
afterEach(() => yard.close());
const secrets = () => yard.under.secrets;
const github = { signature: 'github', secret: 'GITHUB' } as const;
const sample = (secret: string, id = 'github') => sampleOf(signatureRow(id), { secret });
const judge = (access: EndpointAccess, request = requestOf(sample('horse')), at = AT) =>
  yard.guard(access).judge?.(request, at);
const sync = (judged: ReturnType<typeof judge>) => {
  if (judged === undefined || !('ok' in judged)) throw new Error('not at once');
  return judged;
};

describe('a signature', () => {
  test('says at once who sent the request, by which secret, and what makes it the same one', async () => {
    const id = await secrets().set(CI, 'GITHUB', 'horse');
    const headers = { ...sample('horse').headers, 'X-GitHub-Event': 'push', 'X-GitHub-Delivery': 'd-7' };
    expect(sync(judge(github, requestOf({ ...sample('horse'), headers })))).toEqual({
      ok: true,
      verified: {
        ...{ scheme: 'github', secretId: id, at: AT, bodySigned: true },
        event: 'push',
        deliveryId: 'd-7',
      },
      dedupeKey: expect.stringMatching(/^github:sha256:[0-9a-f]{64}$/),
    });
    expect(yard.guard(github)).toMatchObject({
      scheme: 'github',
      challenge: 'Bearer',
      isWebhook: true,
      head: undefined,
      ownQuery: ['app_token'],
    });
  });

  test('by another secret, over another body, or without a secret here is refused', async () => {
    expect(reasonOf(sync(judge(github)))).toBe('no_secret');
    await secrets().set(CI, 'GITHUB', 'other');
    expect(reasonOf(sync(judge(github)))).toBe('bad_signature');
    await secrets().set(CI, 'GITHUB', 'horse');
    expect(reasonOf(sync(judge(github)))).toBe('ok');
    expect(reasonOf(sync(judge(github, requestOf(sample('horse'), { body: Buffer.from('{}') }))))).toBe(
      'bad_signature',
    );
  });

  test('counts by a rotated secret until the overlap is over, and by whichever name', async () => {
    const old = await secrets().set(CI, 'GITHUB', 'horse');
    await secrets().rotate(CI, 'GITHUB', 'next', 60_000);
    expect(sync(judge(github))).toMatchObject({ ok: true, verified: { secretId: old } });
    expect(reasonOf(sync(judge(github, undefined, AT + 60_000)))).toBe('ok');
    expect(reasonOf(sync(judge(github, undefined, AT + 60_001)))).toBe('bad_signature');
    const both = { signature: 'github', secret: ['GITHUB', 'SECOND'] } as const;
    const second = await secrets().set(CI, 'SECOND', 'horse');
    expect(sync(judge(both, undefined, AT + 60_001))).toMatchObject({
      ok: true,
      verified: { secretId: second },
    });
  });

  test('makes no dedupe key where duplicates are not looked for', async () => {
    await secrets().set(CI, 'GITHUB', 'horse');
    expect(sync(judge({ ...github, dedupe: false }))).toMatchObject({ ok: true, dedupeKey: undefined });
  });

  test('can be of a row of one’s own, as it was when the guard was made', async () => {
    await secrets().set(CI, 'MINE', 'horse');
    const row = hmac({ header: 'X-Mine', prefix: 'v1=' });
    const signed = signRequest(row, { secret: 'horse', body: BODY, at: AT });
    const request = plainRequest({ headers: signed.headers, body: signed.body });
    const guard = yard.guard({ signature: row, secret: 'MINE' });
    (row.signed as unknown[]).length = 0;
    expect(guard.judge?.(request, AT)).toMatchObject({ ok: true, verified: { scheme: 'hmac:x-mine' } });
    const token = sharedSecret({ header: 'X-Key' });
    const keyed = plainRequest({ headers: { 'X-Key': 'horse' } });
    expect(sync(judge({ signature: token, secret: 'MINE' }, keyed))).toMatchObject({
      ...{ ok: true, verified: { scheme: 'secret:x-key', bodySigned: false }, dedupeKey: undefined },
    });
  });

  test('tells what its kind of sender demands and how long it tries again', () => {
    const stripe = signatureRow('stripe');
    expect(yard.guard({ signature: 'stripe', secret: 'A' })).toMatchObject({
      ...{ ack: stripe.ack, dedupeWindowMs: stripe.dedupeWindowMs },
    });
  });
});

describe('a scheme that is code', () => {
  test.each(specialSamples().map((each) => [each.id, each] as const))('verifies %s', async (id, each) => {
    if (each.secret !== undefined) await secrets().set(CI, 'SENDER', each.secret);
    const access = {
      signature: id,
      expect: each.expect,
      ...(each.secret !== undefined && { secret: 'SENDER' }),
    };
    expect(yard.guards().issues({ access } as never)).toEqual([]);
    const judged = await judge(access, signedRequest(each.request), SPECIAL_AT);
    expect(judged).toMatchObject({ ok: true, verified: { scheme: id, at: SPECIAL_AT } });
    const later = await judge(access, signedRequest({ ...each.request, body: 'x', headers: {} }), SPECIAL_AT);
    expect(reasonOf(later)).not.toBe('ok');
  });

  test('that has a secret is not verified without it', async () => {
    for (const { id, secret, expect: needed, request } of specialSamples()) {
      if (secret === undefined) continue;
      const access = { signature: id, secret: 'UNSET', expect: needed };
      expect([id, reasonOf(await judge(access, signedRequest(request), SPECIAL_AT))]).toEqual([
        id,
        'no_secret',
      ]);
    }
  });

  test('hands on what was sealed, and the answer that the sender demands', async () => {
    const each = specialSamples().find(({ id }) => id === 'dingtalk');
    await secrets().set(CI, 'SENDER', each?.secret ?? '');
    const access = { signature: 'dingtalk', secret: 'SENDER', expect: { receiver: 'corp' } };
    const judged = await judge(access, signedRequest(each?.request), SPECIAL_AT);
    expect(judged).toMatchObject({ plain: Buffer.from('{"EventType":"user_add","eventId":"e1"}') });
    expect(judged).toMatchObject({ answer: { status: 200, body: { encrypt: expect.any(String) } } });
  });

  test('whose keys cannot be had is ours to mend', async () => {
    yard.texts.clear();
    const each = specialSamples().find(({ id }) => id === 'sns');
    const access = { signature: 'sns', expect: each?.expect ?? {} };
    expect(reasonOf(await judge(access, signedRequest(each?.request), SPECIAL_AT))).toBe('unavailable');
  });
});

describe('a message signature', () => {
  const access = { messageSignature: { keys: { k1: { algorithm: 'hmac-sha256', secret: 'KEY' } } } } as const;
  const signed = (key: string) => {
    const parts = { method: 'POST', target: '/hook', publicBase: 'https://hooks.example.com', body: BODY };
    const headers = signMessage(
      { method: 'POST', url: 'https://hooks.example.com/hook', body: Buffer.from(BODY) },
      { keyId: 'k1', algorithm: 'hmac-sha256', key, at: AT },
    );
    return plainRequest({ ...parts, headers });
  };

  test('is judged by the key that its keyid names', async () => {
    const request = signed('horse');
    expect(reasonOf(sync(judge(access, request)))).toBe('no_secret');
    const id = await secrets().set(CI, 'KEY', 'horse');
    expect(sync(judge(access, request))).toMatchObject({
      ...{ ok: true, verified: { scheme: 'message-signature', secretId: id, bodySigned: true } },
    });
    expect(reasonOf(sync(judge(access, signed('other'))))).toBe('bad_signature');
  });
});

describe('several signatures', () => {
  const request = async (...by: string[]) => {
    const [one, two] = [sample('one'), sample('two', 'dropbox')];
    const headers = { ...(by.includes('github') && one.headers), ...(by.includes('dropbox') && two.headers) };
    return requestOf({ ...one, headers });
  };
  const access = [github, { signature: 'dropbox', secret: 'DROPBOX', dedupe: false }] as const;

  test('must all hold; the first one says who it was', async () => {
    await secrets().set(CI, 'GITHUB', 'one');
    await secrets().set(CI, 'DROPBOX', 'two');
    expect(sync(judge(access, await request('github', 'dropbox')))).toMatchObject({
      ...{ ok: true, verified: { scheme: 'github' }, dedupeKey: expect.stringMatching(/^github:/) },
    });
    expect(reasonOf(sync(judge(access, await request('github'))))).toBe('missing_signature');
    expect(reasonOf(sync(judge(access, await request('dropbox'))))).toBe('missing_signature');
    expect(reasonOf(sync(judge([...access].reverse(), await request('github'))))).toBe('missing_signature');
  });

  test('must all hold where one of them takes time', async () => {
    await secrets().set(CI, 'KEY', 'horse');
    const [pubsub] = specialSamples().filter(({ id }) => id === 'pubsub');
    if (pubsub === undefined) throw new Error('no sample');
    const slow = { signature: 'pubsub', expect: pubsub.expect } as const;
    const quick = { signature: sharedSecret({ header: 'X-Key' }), secret: 'KEY' } as const;
    const ask = async (headers: Record<string, string>, modes: EndpointAccess) =>
      judge(
        modes,
        signedRequest({ ...pubsub.request, headers: { ...pubsub.request.headers, ...headers } }),
        SPECIAL_AT,
      );
    for (const modes of [
      [slow, quick],
      [quick, slow],
      [quick, slow, quick],
    ] as const) {
      expect(await ask({ 'X-Key': 'horse' }, modes)).toMatchObject({ ok: true, dedupeKey: 'm1' });
      expect(reasonOf(await ask({ 'X-Key': 'hors' }, modes))).toBe('bad_signature');
      expect(reasonOf(await ask({}, modes))).toBe('missing_signature');
      expect(reasonOf(await ask({ 'X-Key': 'horse', Authorization: 'Bearer x' }, modes))).not.toBe('ok');
    }
  });

  test('leave the head to the modes that are judged by it', async () => {
    const guard = yard.guard([{ signedUrl: true }, github]);
    expect(guard.head).toBeDefined();
    expect(guard).toMatchObject({ scheme: 'signed-url+github', ownQuery: ['token', 'app_token'] });
  });
});

test.each([
  ['square', { signature: 'square', secret: 'A' }],
  ['twilio', { signature: 'twilio', secret: 'A' }],
  ['message-signature', { messageSignature: { keys: { k: { algorithm: 'hmac-sha256', secret: 'A' } } } }],
] as const)('what signs the public address, %s, is warned about while nobody knows it', (scheme, access) => {
  yard.guard(access);
  expect(yard.lines).toEqual([]);
  yard.settings.publicUrl = undefined;
  yard.guard(access);
  expect(yard.lines).toEqual([expect.stringMatching(new RegExp(`publicUrl.*"scheme":"${scheme}"`))]);
  yard.guard({ signature: 'github', secret: 'A' });
  expect(yard.lines).toHaveLength(1);
});

test('a request whose own parts throw is refused, and whoever can mend it is told', async () => {
  await secrets().set(CI, 'LINEAR', 'horse');
  const broken = {
    ...requestOf(sample('horse')),
    get rawHeaders(): never {
      throw new Error('broken');
    },
  };
  const access = [
    { signature: 'netlify', secret: 'LINEAR' },
    { messageSignature: { keys: { k: { algorithm: 'hmac-sha256', secret: 'LINEAR' } } } },
  ] as const;
  for (const mode of access) expect(sync(judge(mode, broken as never)).ok).toBe(false);
  expect(yard.lines.join('')).toContain('a request could not be judged');
});
