import { sign } from 'node:crypto';
import { crc32 } from 'node:zlib';
import https from 'node:https';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import MessageValidator from 'sns-validator';
import { FetchCache } from '../../src/signatures/special/fetch-cache';
import { createSpecialSchemes } from '../../src/signatures/special/special-schemes';
import { AT, secret, signedRequest } from './special-request';
import { Authority, Network, type Certificate } from './special-servers';

const LIVE = 'messageverificationcerts.paypal.com';
// A minute on: certificates made by the tests begin at the second of their making.
const now = Date.now() + 60_000;
const authority = new Authority();
const stranger = new Authority();
const intermediate = authority.issue({ name: 'Test Intermediate', by: authority.root, authority: true });
const leafOf = (more: Partial<Parameters<Authority['issue']>[0]> = {}) =>
  authority.issue({ name: LIVE, by: intermediate, alternative: LIVE, usage: 'serverAuth', ...more });
const chainOf = (...certificates: Certificate[]) =>
  certificates.map(({ certificate }) => certificate).join('');
const leaf = leafOf();
let network: Network;

beforeAll(async () => {
  network = await Network.open(authority);
});
afterAll(async () => {
  await network.close();
  authority.remove();
  stranger.remove();
});
beforeEach(() => {
  network.texts.clear();
  network.asked.length = 0;
});
const refused = (reason: string) => ({ ok: false, reason });
const schemes = () =>
  createSpecialSchemes({ fetchText: network.fetchText, roots: [authority.root.certificate] });

describe('paypal', () => {
  const url = 'https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270';
  const body = '{"id":"WH-1","event_type":"PAYMENT.SALE.COMPLETED","summary":"ü"}';
  const time = new Date(now).toISOString();
  const headersOf = (by: Certificate, more: Record<string, string> = {}) => ({
    'PAYPAL-TRANSMISSION-ID': 'tx-1',
    'PAYPAL-TRANSMISSION-TIME': time,
    'PAYPAL-CERT-URL': url,
    'PAYPAL-AUTH-ALGO': 'SHA256withRSA',
    'PAYPAL-TRANSMISSION-SIG': sign(
      'sha256',
      Buffer.from(`tx-1|${time}|WEBHOOK|${crc32(Buffer.from(body))}`),
      by.key,
    ).toString('base64'),
    ...more,
  });
  const ask = async (
    headers: Record<string, string | string[]>,
    { text = body, expect: expectations = {}, at = now, ids = ['OTHER', 'WEBHOOK'] } = {},
  ) =>
    schemes()
      .get('paypal')
      ?.verify(
        signedRequest({ headers, body: text }),
        ids.map((id, index) => secret(id, `k${index}`)),
        at,
        expectations,
      );

  test('the checksum is the one the vendor means', () => {
    expect(crc32('123456789').toString(16)).toBe('cbf43926');
  });

  test('a signature by a certificate that leads to a root is accepted; the certificate is read once', async () => {
    network.texts.set(url, chainOf(leaf, intermediate));
    const verify = schemes().get('paypal');
    for (const _ of [1, 2, 3]) {
      await expect(
        verify?.verify(signedRequest({ headers: headersOf(leaf), body }), [secret('WEBHOOK')], now, {}),
      ).resolves.toMatchObject({
        ok: true,
        bodySigned: false,
        event: 'PAYMENT.SALE.COMPLETED',
        deliveryId: 'WH-1',
        dedupeKey: 'tx-1',
      });
    }
    expect(network.asked).toEqual([url]);
  });

  test('another body, webhook, time or header is refused', async () => {
    network.texts.set(url, chainOf(leaf, intermediate));
    const headers = headersOf(leaf);
    await expect(ask(headers)).resolves.toMatchObject({ ok: true, secretId: 'k1' });
    await expect(ask(headers, { text: `${body} ` })).resolves.toEqual(refused('bad_signature'));
    await expect(ask(headers, { ids: ['OTHER'] })).resolves.toEqual(refused('bad_signature'));
    await expect(ask(headers, { ids: [''] })).resolves.toEqual(refused('no_secret'));
    await expect(ask(headers, { at: now + 5 * 86_400_000 })).resolves.toEqual(refused('timestamp_too_old'));
    await expect(ask(headers, { at: now - 301_000 })).resolves.toEqual(refused('timestamp_too_new'));
    await expect(ask({ ...headers, 'PAYPAL-AUTH-ALGO': 'SHA1withRSA' })).resolves.toEqual(
      refused('malformed_signature'),
    );
    await expect(ask({ ...headers, 'PAYPAL-TRANSMISSION-ID': ['tx-1', 'tx-1'] })).resolves.toEqual(
      refused('duplicate_header'),
    );
    for (const name of Object.keys(headers)) {
      const { [name as keyof typeof headers]: _, ...rest } = headers;
      await expect(ask(rest)).resolves.toEqual(refused('missing_signature'));
    }
    await expect(ask(headers, { expect: { environment: 'sandbox' } })).resolves.toEqual(
      refused('bad_signature'),
    );
    await expect(ask(headers, { expect: { environment: 'constructor' } })).resolves.toEqual(
      refused('no_secret'),
    );
  });

  test.each([
    'http://api.paypal.com/v1/notifications/certs/C',
    'https://api.paypal.com.evil.test/v1/notifications/certs/C',
    'https://evil.test/v1/notifications/certs/C',
    'https://api.paypal.com@evil.test/v1/notifications/certs/C',
    'https://api.paypal.com:8443/v1/notifications/certs/C',
    'https://api.paypal.com/v1/notifications/certs/../../x',
    'https://www.paypal.com/v1/notifications/certs/C',
    'not an address',
  ])('nothing is fetched from %s', async (address) => {
    await expect(ask(headersOf(leaf, { 'PAYPAL-CERT-URL': address }))).resolves.toMatchObject({ ok: false });
    expect(network.asked).toEqual([]);
  });

  test.each<[string, () => string | undefined, string]>([
    ['that cannot be had', () => undefined, 'unavailable'],
    ['that is none', () => 'hello', 'unavailable'],
    ['that signs itself', () => chainOf(authority.issue({ name: LIVE, alternative: LIVE })), 'bad_signature'],
    ['without its intermediate', () => chainOf(leaf), 'bad_signature'],
  ])('a certificate %s', async (_, text, reason) => {
    const chain = text();
    if (chain !== undefined) network.texts.set(url, chain);
    await expect(ask(headersOf(leaf))).resolves.toEqual(refused(reason));
  });

  test.each<[string, () => Certificate[]]>([
    ['for another name', () => [leafOf({ name: 'evil.test', alternative: 'evil.test' }), intermediate]],
    ['with the name only as its common name', () => [leafOf({ alternative: undefined }), intermediate]],
    ['with the name only as an alternative', () => [leafOf({ name: 'evil.test' }), intermediate]],
    ['for code', () => [leafOf({ usage: 'codeSigning' }), intermediate]],
    ['of 1,024 bits', () => [leafOf({ bits: 1024 }), intermediate]],
    ['that is an authority', () => [leafOf({ authority: true }), intermediate]],
    ['by somebody who is no authority', () => [leafOf({ by: leaf }), leaf, intermediate]],
    ['of another root', () => [leafOf({ by: stranger.root })]],
  ])('a certificate %s is refused', async (_, make) => {
    const [own, ...others] = make();
    if (own === undefined) throw new Error('no certificate');
    network.texts.set(url, chainOf(own, ...others));
    await expect(ask(headersOf(own))).resolves.toEqual(refused('bad_signature'));
  });

  test('unless told otherwise, only roots that Node trusts count', async () => {
    network.texts.set(url, chainOf(leaf, intermediate, authority.root));
    const paypal = createSpecialSchemes({ fetchText: network.fetchText }).get('paypal');
    const request = signedRequest({ headers: headersOf(leaf), body });
    await expect(paypal?.verify(request, [secret('WEBHOOK')], now, {})).resolves.toEqual(
      refused('bad_signature'),
    );
  });

  test('a certificate that has ended is refused', async () => {
    const short = leafOf({ days: 1 });
    network.texts.set(url, chainOf(short, intermediate));
    const late = now + 2 * 86_400_000;
    await expect(ask(headersOf(short))).resolves.toMatchObject({ ok: true });
    await expect(ask(headersOf(short), { at: late })).resolves.toEqual(refused('bad_signature'));
  });
});

describe('sns', () => {
  const url = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem';
  const topicArn = 'arn:aws:sns:eu-west-1:123456789012:orders';
  const host = authority.issue({ name: 'sns.amazonaws.com' });
  const notification = {
    Type: 'Notification',
    MessageId: 'm-1',
    TopicArn: topicArn,
    Subject: 'S',
    Message: 'Hello\nworld ü',
    Timestamp: new Date(now).toISOString(),
    SignatureVersion: '2',
    SigningCertURL: url,
  };
  const confirmation = {
    ...notification,
    Type: 'SubscriptionConfirmation',
    Token: 't',
    SubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription',
  };

  function signed(message: Record<string, string>): Record<string, string> {
    const names =
      message['Type'] === 'Notification'
        ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
        : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
    const text = names
      .flatMap((name) => (message[name] === undefined ? [] : [`${name}\n${message[name]}\n`]))
      .join('');
    const hash = message['SignatureVersion'] === '1' ? 'sha1' : 'sha256';
    return { ...message, Signature: sign(hash, Buffer.from(text), host.key).toString('base64') };
  }
  const ask = async (
    message: unknown,
    { headers = {}, expect: expectations = { topicArn } as Record<string, string>, at = now } = {},
  ) =>
    schemes()
      .get('sns')
      ?.verify(signedRequest({ headers, body: JSON.stringify(message) }), [], at, expectations);

  beforeEach(() => {
    network.texts.set(url, host.certificate);
  });

  test.each(['1', '2'])(
    'messages of both kinds are accepted in version %s, as sns-validator does',
    async (version) => {
      const original = https.get;
      // The judge fetches by itself; it is given the same certificate.
      (https as { get: unknown }).get = (_: string, done: (response: PassThrough) => void) => {
        const response = Object.assign(new PassThrough(), { statusCode: 200 });
        done(response);
        response.end(host.certificate);
        return response;
      };
      try {
        for (const message of [notification, { ...notification, Subject: undefined as unknown as string }]) {
          // The judge counts confirmations' `Subject`, which Amazon does not send.
          const { Subject: _, ...plainConfirmation } = confirmation;
          for (const each of [message, plainConfirmation]) {
            const text = JSON.parse(JSON.stringify(signed({ ...each, SignatureVersion: version }))) as Record<
              string,
              string
            >;
            await expect(ask(text)).resolves.toMatchObject({ ok: true, event: each.Type, deliveryId: 'm-1' });
            await expect(
              new Promise((resolve, reject) =>
                new MessageValidator().validate(text, (error, value) =>
                  error ? reject(error) : resolve(value),
                ),
              ),
            ).resolves.toBeTruthy();
          }
        }
      } finally {
        (https as { get: unknown }).get = original;
      }
    },
  );

  test('each signed field, the topic, the version and the time hold', async () => {
    const right = signed(notification);
    for (const name of ['Message', 'MessageId', 'Subject']) {
      await expect(ask({ ...right, [name]: 'changed' })).resolves.toEqual(refused('bad_signature'));
    }
    await expect(ask({ ...right, Timestamp: new Date(now - 1000).toISOString() })).resolves.toEqual(
      refused('bad_signature'),
    );
    await expect(ask(signed({ ...notification, TopicArn: `${topicArn}2` }))).resolves.toEqual(
      refused('bad_signature'),
    );
    await expect(ask({ ...right, SignatureVersion: '1' })).resolves.toEqual(refused('bad_signature'));
    await expect(ask({ ...right, SignatureVersion: '3' })).resolves.toEqual(refused('malformed_signature'));
    await expect(ask({ ...right, Type: 'toString' })).resolves.toEqual(refused('malformed_signature'));
    await expect(ask({ ...right, Signature: undefined })).resolves.toEqual(refused('missing_signature'));
    await expect(ask(right, { at: now + 4_300_000 })).resolves.toEqual(refused('timestamp_too_old'));
    await expect(ask(right, { expect: {} })).resolves.toEqual(refused('no_secret'));
    await expect(ask(right, { headers: { 'x-amz-sns-rawdelivery': 'true' } })).resolves.toEqual(
      refused('missing_signature'),
    );
    const old = signed({ ...notification, SignatureVersion: '1' });
    await expect(ask(old, { expect: { topicArn, signatureVersion: '2' } })).resolves.toEqual(
      refused('malformed_signature'),
    );
  });

  test('signed bytes cannot be read as another message than the one that was sent', async () => {
    // To the signer these two are one text.
    const sent = signed({ ...notification, Message: 'a\nMessageId\nforged\nSubject\nb' });
    const read = { ...sent, Message: 'a', MessageId: 'forged', Subject: `b\nMessageId\nm-1\nSubject\nS` };
    await expect(ask(sent)).resolves.toMatchObject({ ok: true, deliveryId: 'm-1', dedupeKey: 'm-1' });
    await expect(ask(read)).resolves.toEqual(refused('malformed_signature'));
  });

  test.each([
    'http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem',
    'https://sns.eu-west-1.amazonaws.com.evil.test/SimpleNotificationService-0.pem',
    'https://evil.test/SimpleNotificationService-0.pem',
    'https://sns.eu-west-1.amazonaws.com:444/SimpleNotificationService-0.pem',
    'https://a@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem',
    'https://sns.eu-west-1.amazonaws.com/x/evil.pem',
    'https://s3.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem',
  ])('nothing is fetched from %s', async (address) => {
    await expect(ask({ ...signed(notification), SigningCertURL: address })).resolves.toEqual(
      refused('bad_signature'),
    );
    expect(network.asked).toEqual([]);
  });

  test('forgeries that name ever new certificates make the host fetch only so often', async () => {
    const verify = schemes().get('sns');
    const right = signed(notification);
    const genuine = () =>
      verify?.verify(signedRequest({ body: JSON.stringify(right) }), [], now, { topicArn });
    await expect(genuine()).resolves.toMatchObject({ ok: true });
    for (let count = 0; count < 100; count += 1) {
      const SigningCertURL = url.replace('0123abcd', `${count}`);
      await verify?.verify(signedRequest({ body: JSON.stringify({ ...right, SigningCertURL }) }), [], now, {
        topicArn,
      });
    }
    expect(network.asked.length).toBeLessThanOrEqual(60);
    await expect(genuine()).resolves.toMatchObject({ ok: true });
  });
});

describe('the cache', () => {
  test('one failure is not repeated at once, and passes', async () => {
    let time = AT;
    const cache = new FetchCache({
      fetchText: network.fetchText,
      clock: { now: () => time },
      parse: (text) => text,
      freshMs: 1_000_000,
    });
    await expect(cache.get('https://a.test/x')).resolves.toBeUndefined();
    network.texts.set('https://a.test/x', 'there');
    await expect(cache.get('https://a.test/x')).resolves.toBeUndefined();
    expect(network.asked).toHaveLength(1);
    time += 10_000;
    await expect(cache.get('https://a.test/x')).resolves.toBe('there');
  });
});

test('no message makes a certificate scheme throw or accept', async () => {
  const made = schemes();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('sns', 'paypal'),
      fc.json(),
      fc.dictionary(fc.string(), fc.string()),
      async (id, body, headers) => {
        const verdict = await made
          .get(id)
          ?.verify(signedRequest({ body, headers }), [secret('W')], now, { topicArn: 'x' });
        expect(verdict?.ok).toBe(false);
      },
    ),
    { numRuns: 200 },
  );
});
