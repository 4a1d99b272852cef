import { createHmac } from 'node:crypto';
import type { RowVerdict } from '../../src/core/signed-request';
import { compileRow } from '../../src/signatures/compile-row';
import { plainRequest } from '../../src/signatures/plain-request';
import { signatureRow } from '../../src/signatures/signature-rows';
import { AT, judge, requestOf, sampleOf, secretsOf } from './samples';

const keyOf = (verdict: RowVerdict) => (verdict.ok ? verdict.dedupeKey : undefined);
const sampled = (id: string, body?: string) => sampleOf(signatureRow(id), body === undefined ? {} : { body });

describe('what makes two deliveries the same one', () => {
  test('is an id inside the signed bytes, over retries that are signed anew', () => {
    const { row, secret, body } = sampled('stripe');
    const later = sampleOf(row, { secret, at: AT + 60_000, body });
    const first = compileRow(row)(requestOf(sampleOf(row, { secret })), secretsOf(secret), AT);
    const again = compileRow(row)(requestOf(later), secretsOf(secret), AT);
    expect(first).toMatchObject({ deliveryId: 'd-1', event: 'made', dedupeKey: 'stripe:id:d-1' });
    expect(keyOf(again)).toBe(keyOf(first));
  });

  test('is never an id in a header that is not signed: a replay would write another', () => {
    const github = sampled('github');
    const named = (id: string) => judge(github, { headers: { ...github.headers, 'X-GitHub-Delivery': id } });
    expect(named('one')).toMatchObject({ ok: true, deliveryId: 'one' });
    expect(named('two')).toMatchObject({ ok: true, deliveryId: 'two' });
    expect(keyOf(named('two'))).toBe(keyOf(named('one')));
    expect(keyOf(named('one'))).toMatch(/^github:sha256:[0-9a-f]{64}$/);
    expect(keyOf(judge(sampled('github', '{"other":1}')))).not.toBe(keyOf(named('one')));
  });

  test('is the same for each of two signatures, so that leaving one out is no new delivery', () => {
    const { row, headers, body } = sampled('pagerduty', '{"no":"id"}');
    const sign = (secret: string) => `v1=${createHmac('sha256', secret).update(body).digest('hex')}`;
    const judged = (signature: string) =>
      compileRow(row)(
        plainRequest({ headers: { ...headers, 'X-PagerDuty-Signature': signature }, body }),
        secretsOf('new', 'old'),
        AT,
      );
    const both = judged(`${sign('new')},${sign('old')}`);
    expect(both).toMatchObject({ ok: true, secretId: 's1' });
    expect(judged(sign('old'))).toMatchObject({ ok: true, secretId: 's2' });
    expect(keyOf(judged(sign('old')))).toBe(keyOf(both));
  });

  test('is made of all ids of a batch', () => {
    const line = sampled(
      'line',
      '{"events":[{"webhookEventId":"A","type":"message"},{"webhookEventId":"B"}]}',
    );
    expect(judge(line)).toMatchObject({ deliveryId: 'A,B', dedupeKey: 'line:id:A,B', event: 'message' });
    const many = Array.from({ length: 50 }, (_, index) => ({ webhookEventId: `event-${index}` }));
    expect(keyOf(judge(sampled('line', JSON.stringify({ events: many }))))).toMatch(
      /^line:id:sha256-[0-9a-f]{64}$/,
    );
  });

  test('holds no characters that a store would not take', () => {
    const stripe = sampled('stripe', JSON.stringify({ id: 'evt_\u0000' }));
    expect(keyOf(judge(stripe))).toMatch(/^stripe:id:sha256-[0-9a-f]{64}$/);
  });

  test('is the id beside a token, and nothing where there is none: a token tells no two deliveries apart', () => {
    expect(keyOf(judge(sampled('telegram', '{"update_id":7}')))).toBe('telegram:id:7');
    expect(judge(sampled('telegram', '{}'))).toMatchObject({
      ok: true,
      dedupeKey: undefined,
      bodySigned: false,
    });
  });
});

test('a signature that leaves the body out says so', () => {
  expect(judge(sampled('mailgun'))).toMatchObject({ ok: true, bodySigned: false });
  expect(judge(sampled('favro'))).toMatchObject({ ok: true, bodySigned: false });
  expect(judge(sampled('stripe'))).toMatchObject({ ok: true, bodySigned: true });
  expect(judge(sampled('tebex'))).toMatchObject({ ok: true, bodySigned: true });
});

test('one token of Mailgun is one delivery, whatever event is written around it', () => {
  const mailgun = sampled('mailgun', '{"signature":{"token":"t0"},"event-data":{"event":"opened"}}');
  const other = JSON.parse(mailgun.body.toString()) as Record<string, unknown>;
  other['event-data'] = { event: 'clicked' };
  const forged = judge(mailgun, { body: Buffer.from(JSON.stringify(other)) });
  expect(keyOf(judge(mailgun))).toBe('mailgun:id:t0');
  expect(keyOf(forged)).toBe('mailgun:id:t0');
});
