import { constants, verify } from 'node:crypto';
import { isCurrent, isStrongRsa } from './certificate-chain';
import type { CertificateChains } from './paypal';
import {
  checkFresh,
  isoMoment,
  optionalHeader,
  Refusal,
  specialScheme,
  strictBase64,
  textMember,
  type SpecialScheme,
} from './special-scheme';

const NOTIFICATION = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const;
const SUBSCRIPTION = [
  'Message',
  'MessageId',
  'SubscribeURL',
  'Timestamp',
  'Token',
  'TopicArn',
  'Type',
] as const;
/** What is signed of each type, in this order. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Notification: NOTIFICATION,
  SubscriptionConfirmation: SUBSCRIPTION,
  UnsubscribeConfirmation: SUBSCRIPTION,
};
const HASHES: Readonly<Record<string, string>> = { '1': 'sha1', '2': 'sha256' };
const CERTIFICATE_PATH = /^\/SimpleNotificationService-[A-Za-z0-9]{1,128}\.pem$/;
/** A delivery policy may go on for an hour. */
const WINDOW = { pastMs: 4_200_000, futureMs: 300_000 };
const MOST_URL = 2_048;

/** True for `https://sns.<region>.amazonaws.com` and its Chinese form, with nothing that leads elsewhere. */
export function isSnsUrl(url: URL): boolean {
  if (url.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '')
    return false;
  return /^sns\.[a-z0-9-]{3,32}\.amazonaws\.com(?:\.cn)?$/.test(url.hostname);
}

/**
 * Amazon SNS over HTTPS: fields of the message signed by a certificate on Amazon's own host; only of the topic that the
 * endpoint expects, since anybody may make a topic.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
export function sns(chains: CertificateChains): SpecialScheme {
  return specialScheme(
    {
      id: 'sns',
      secret: undefined,
      expects: [
        { name: 'topicArn', required: true, meaning: 'the ARN of the one topic whose messages count' },
        { name: 'signatureVersion', required: false, meaning: '`2`: SHA-1 signatures are refused' },
      ],
    },
    async ({ request, at, expect }) => {
      if (optionalHeader(request, 'x-amz-sns-rawdelivery') === 'true') throw new Refusal('missing_signature');
      const message = request.json();
      const text = (name: string) => textMember(message, name);
      if (text('TopicArn') !== expect['topicArn']) throw new Refusal('bad_signature');
      const signed = canonical(message, text('Type') ?? '');
      const signature = strictBase64(text('Signature') ?? refuse('missing_signature'));
      const version = text('SignatureVersion') ?? '';
      const hash = Object.hasOwn(HASHES, version) ? HASHES[version] : undefined;
      if (hash === undefined || (expect['signatureVersion'] ?? version) !== version) {
        throw new Refusal('malformed_signature');
      }
      checkFresh(isoMoment(text('Timestamp')), at, WINDOW);
      const url = certificateUrl(text('SigningCertURL') ?? '');
      const [certificate] = (await chains.get(url)) ?? [];
      if (certificate === undefined) throw new Refusal('unavailable');
      const key = certificate.publicKey;
      const isRight =
        isCurrent(certificate, at) &&
        isStrongRsa(key) &&
        verify(hash, signed, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
      if (!isRight) throw new Refusal('bad_signature');
      return {
        ok: true,
        scheme: 'sns',
        secretId: url.slice(url.lastIndexOf('/') + 1),
        // `MessageAttributes` and `UnsubscribeURL` are not among what is signed.
        bodySigned: false,
        event: text('Type'),
        deliveryId: text('MessageId'),
        dedupeKey: text('MessageId'),
      };
    },
  );
}

/**
 * Names and values, each on its line. Only a subject may be absent. Only the message, which comes first, may have lines of
 * its own: with more of them one signed text could be read as several messages. Amazon allows none elsewhere.
 */
function canonical(message: unknown, type: string): Buffer {
  const fields = Object.hasOwn(FIELDS, type) ? FIELDS[type] : undefined;
  if (fields === undefined) throw new Refusal('malformed_signature');
  const lines = fields.flatMap((name) => {
    const value = textMember(message, name) ?? (name === 'Message' ? '' : undefined);
    if (value === undefined) return name === 'Subject' ? [] : malformed();
    return name !== 'Message' && value.includes('\n') ? malformed() : [name, value];
  });
  return Buffer.from(`${lines.join('\n')}\n`);
}

function malformed(): never {
  throw new Refusal('malformed_signature');
}

function certificateUrl(text: string): string {
  if (text.length > MOST_URL || !URL.canParse(text)) throw new Refusal('malformed_signature');
  const url = new URL(text);
  if (!isSnsUrl(url) || !CERTIFICATE_PATH.test(url.pathname)) throw new Refusal('bad_signature');
  return `https://${url.hostname}${url.pathname}`;
}

function refuse(reason: 'missing_signature'): never {
  throw new Refusal(reason);
}
