import { createHmac } from 'node:crypto';
import { isHttpError } from '../../src/core/http-error';
import { createCompatModule, verifyAndParse, WebhookSignatureVerificationError } from '../../src/compat';

const SECRET = 'wss_secret';
const AT = 1_700_000_000_000;
const BODY = '{"eventId":"e1","eventType":"run.completed","text":"é \\u00e9 $&"}';
const sign = (body: string | Buffer, time = '1700000000', secret = SECRET) =>
  createHmac('sha256', secret).update(`v0:${time}:`).update(body).digest('hex');
const signed = (body: string | Buffer = BODY, time = '1700000000') => ({
  'x-extend-request-timestamp': time,
  'x-extend-request-signature': sign(body, time),
});
const parse = (headers: object, body: string | Buffer = BODY, secret = SECRET, at = AT) =>
  verifyAndParse(body, headers as never, secret, () => at);

test('each plugin has it in its own gatehouse/compat', () => {
  const compat = createCompatModule(() => {
    throw new Error('not bound');
  });
  expect(compat.verifyAndParse).toBe(verifyAndParse);
  expect(compat.WebhookSignatureVerificationError).toBe(WebhookSignatureVerificationError);
});

describe('verifyAndParse', () => {
  test('gives the event of text or bytes, whatever the case of the headers and however they come', () => {
    const event = JSON.parse(BODY);
    expect(parse(signed())).toEqual(event);
    expect(parse(signed(), Buffer.from(BODY))).toEqual(event);
    expect(parse(new Headers(signed()))).toEqual(event);
    const upper = Object.fromEntries(
      Object.entries(signed()).map(([name, value]) => [name.toUpperCase(), [value]]),
    );
    expect(parse(upper)).toEqual(event);
  });

  test.each<[string, object, string?, string?, number?]>([
    ['no headers', {}],
    ['no signature', { ...signed(), 'x-extend-request-signature': undefined }],
    ['no moment', { ...signed(), 'x-extend-request-timestamp': '' }],
    ['a moment with letters', signed(BODY, '1700000000abc')],
    [
      'a signature that came twice',
      { ...signed(), 'X-Extend-Request-Signature': signed()['x-extend-request-signature'] },
    ],
    ['another body', signed(), `${BODY} `],
    ['another secret', signed(), BODY, 'wss_other'],
    ['its prefix taken off', signed(), BODY, 'secret'],
    [
      'an empty secret',
      { ...signed(), 'x-extend-request-signature': sign(BODY, '1700000000', '') },
      BODY,
      '',
    ],
    [
      'base64 for hex',
      { ...signed(), 'x-extend-request-signature': Buffer.from(sign(BODY), 'hex').toString('base64') },
    ],
    ['a moment five minutes ago and more', signed(), BODY, SECRET, AT + 300_001],
    ['a moment to come', signed(), BODY, SECRET, AT - 300_001],
    ['a body that was parsed', signed(), JSON.parse(BODY) as never],
  ])('refuses %s', (_what, ...given) => {
    let thrown: unknown;
    try {
      parse(...given);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(WebhookSignatureVerificationError);
    // Uncaught, it is a 401 that tells nothing.
    expect(isHttpError(thrown) && [thrown.status, thrown.detail]).toEqual([
      401,
      'The webhook could not be verified.',
    ]);
  });

  test('says that what it verified is no JSON', () => {
    expect(() => parse(signed('x'), 'x')).toThrow(expect.objectContaining({ status: 400 }));
  });

  test('judges by the clock where none is given', () => {
    const now = String(Math.floor(Date.now() / 1_000));
    expect(verifyAndParse(BODY, signed(BODY, now), SECRET)).toMatchObject({ eventId: 'e1' });
  });
});
