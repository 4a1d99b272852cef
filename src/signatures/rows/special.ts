import type { SignatureRow } from '../../core/signature-row';
import { DAY_MS, header, json, signed, unconfirmed, unsigned, type Facts } from './shorthand';

/** What a table can say of a sender whose signatures take code: where it looks, and how it behaves. */
function special(
  id: string,
  title: string,
  from: SignatureRow['signature']['from'],
  facts: Facts,
): SignatureRow {
  return {
    id,
    title,
    kind: 'special',
    signature: { from, parse: 'whole', encoding: 'base64' },
    key: { encoding: 'utf8' },
    signed: [],
    delivery: [],
    event: [],
    ...facts,
  };
}

/** Senders that no row can verify. */
export const specialRows: readonly SignatureRow[] = [
  special('twilio', 'Twilio', header('X-Twilio-Signature'), {
    delivery: [unsigned(header('I-Twilio-Idempotency-Token'))],
    ack: { deadlineMs: 15_000 },
    notes: [
      'Signs the public address and the sorted fields. The secret is the auth token.',
      unconfirmed('deadline'),
    ],
    source: 'https://www.twilio.com/docs/usage/webhooks/webhooks-security',
  }),
  special('paypal', 'PayPal', header('PayPal-Transmission-Sig'), {
    delivery: [signed(header('PayPal-Transmission-Id'))],
    event: [json('event_type')],
    dedupeWindowMs: 4 * DAY_MS,
    notes: [
      'The secret is the webhook’s id; the certificate is fetched from PayPal. `expect.environment`: `live` (default) or `sandbox`.',
      'Of the body only a CRC-32 is signed: it counts as unsigned. Read amounts back from PayPal before acting on them.',
      unconfirmed('hosts and name of the certificate: from published SDKs'),
      unconfirmed('25 retries in 3 days'),
    ],
    source: 'https://developer.paypal.com/api/rest/webhooks/rest/',
  }),
  special('sns', 'AWS SNS', json('Signature'), {
    delivery: [signed(json('MessageId'))],
    event: [header('x-amz-sns-message-type')],
    handshake: 'sns',
    ack: { deadlineMs: 15_000 },
    notes: [
      'Comes as text/plain. Raw delivery is not signed and is refused; `MessageAttributes` are not signed.',
    ],
    source: 'https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html',
  }),
  special('netlify', 'Netlify', header('X-Webhook-Signature'), {
    notes: ['The signature carries no time: only the dedupe window keeps a copy out.'],
    event: [header('X-Netlify-Event')],
    source: 'https://docs.netlify.com/deploy/deploy-notifications/',
  }),
  special('pubsub', 'Google Pub/Sub push', header('Authorization'), {
    delivery: [unsigned(json('message.messageId'))],
    dedupeWindowMs: 8 * DAY_MS,
    notes: [
      'The token does not cover the body. Retries until the retention ends (7 days).',
      unconfirmed('retention'),
    ],
    source: 'https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions',
  }),
  special('graph-rich', 'Microsoft Graph with resource data', json('validationTokens[*]'), {
    event: [json('value[*].changeType')],
    handshake: 'graph',
    ack: { status: 202, deadlineMs: 3_000 },
    notes: [
      'Secrets: the `clientState`, and the private key (PEM) that opens the content, which the handler finds as `decryptedContent` of its item.',
      'Only the sealed content is signed: read what else matters back from Graph.',
    ],
    source: 'https://learn.microsoft.com/en-us/graph/change-notifications-with-resource-data',
  }),
  special('atlassian-connect', 'Atlassian Connect', header('Authorization'), {
    notes: [
      'The token covers method, path and query, not the body. Install hooks count where `expect.baseUrl` is given.',
    ],
    source: 'https://developer.atlassian.com/cloud/confluence/understanding-jwt/',
  }),
  special('lark-encrypted', 'Lark / Feishu, encrypted', header('X-Lark-Signature'), {
    handshake: 'lark',
    ack: { deadlineMs: 3_000 },
    source: 'https://open.larksuite.com/document/server-docs/event-subscription-guide/overview',
  }),
  special(
    'wecom',
    'WeCom',
    { query: 'msg_signature' },
    {
      handshake: 'wecom',
      ack: { deadlineMs: 5_000 },
      notes: ['Three retries.', unconfirmed('deadline, retries')],
      source: 'https://developer.work.weixin.qq.com/document/path/90968',
    },
  ),
  special(
    'dingtalk',
    'DingTalk',
    { query: 'signature' },
    {
      handshake: 'dingtalk',
      ack: { status: 200, deadlineMs: 1_500 },
      notes: ['The answer itself is encrypted.'],
      source: 'https://open.dingtalk.com/document/orgapp/configure-event-subcription',
    },
  ),
];
