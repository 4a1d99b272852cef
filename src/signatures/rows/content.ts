import type { SignatureRow } from '../../core/signature-row';
import { basic, bodyMac, header, json, pairsMac, signed, timedMac, unconfirmed, unsigned } from './shorthand';

/** Mail, media, data and the machines that make them. */
export const contentRows: readonly SignatureRow[] = [
  {
    id: 'mailgun',
    title: 'Mailgun',
    kind: 'hmac',
    signature: { from: json('signature.signature'), parse: 'whole', encoding: 'hex' },
    key: { encoding: 'utf8' },
    signed: ['timestamp', json('signature.token')],
    bodyUnsigned: true,
    // Whether a retry is stamped anew is not known, so a retry after 8 hours must still pass; the token is used once.
    time: { from: json('signature.timestamp'), unit: 's', past: 9 * 3_600, future: 300 },
    delivery: [signed(json('signature.token'))],
    event: [json('event-data.event')],
    ack: { status: 200, deadlineMs: 10_000 },
    notes: [
      'Only a moment and a token are signed, not the event: look up what matters. Retries over 8 h; 406 stops them.',
      unconfirmed('deadline, whether retries carry a new timestamp'),
    ],
    source: 'https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks',
  },
  {
    id: 'sendgrid',
    title: 'SendGrid',
    kind: 'ecdsa',
    signature: {
      from: header('X-Twilio-Email-Event-Webhook-Signature'),
      parse: 'whole',
      encoding: 'base64',
    },
    key: { encoding: 'spki-base64' },
    signed: ['timestamp', 'body'],
    time: { from: header('X-Twilio-Email-Event-Webhook-Timestamp'), unit: 's', past: 3_600, future: 300 },
    delivery: [signed(json('[*].sg_event_id'))],
    event: [json('[*].event')],
    ack: { deadlineMs: 10_000 },
    notes: [
      'The secret is the public key shown with the setting.',
      unconfirmed('deadline, retries for 24 h'),
    ],
    source:
      'https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features',
  },
  basic('postmark', 'Postmark', {
    delivery: [unsigned(json('ID'))],
    event: [json('RecordType')],
    source: 'https://postmarkapp.com/developer/webhooks/webhooks-overview',
  }),
  pairsMac(
    'sanity',
    'Sanity',
    { header: 'sanity-webhook-signature', encoding: 'base64url', unit: 'ms' },
    {
      delivery: [unsigned(header('idempotency-key'))],
      ack: { deadlineMs: 30_000 },
      notes: ['Two retries, 30 s apart.'],
      source: 'https://github.com/sanity-io/webhook-toolkit',
    },
  ),
  {
    ...timedMac('cloudinary', 'Cloudinary', {
      header: 'x-cld-signature',
      moment: 'x-cld-timestamp',
      hash: 'sha1',
      between: '',
      past: 7_200,
      future: 300,
    }),
    kind: 'digest',
    signed: ['body', 'timestamp', 'key'],
    event: [json('notification_type')],
    notes: ['The secret is the account’s API secret. SHA-1 unless the account was changed to SHA-256.'],
    source: 'https://cloudinary.com/documentation/notification_signatures',
  },
  timedMac(
    'oura',
    'Oura',
    { header: 'x-oura-signature', moment: 'x-oura-timestamp', between: '' },
    {
      event: [json('event_type')],
      ack: { deadlineMs: 10_000 },
      notes: ['10 retries; 410 cancels.', unconfirmed('the unit of the timestamp')],
      source: 'https://cloud.ouraring.com/v2/docs#tag/Webhook-Subscription-Routes',
    },
  ),
  bodyMac(
    'smile',
    'Smile API',
    { header: 'Smile-Signature', hash: 'sha512' },
    {
      delivery: [signed(json('id'))],
      event: [json('type')],
      notes: ['Two retries within a minute or so.'],
      source: 'https://docs.getsmileapi.com/reference/webhooks#validating-payloads',
    },
  ),
  bodyMac(
    'nylas',
    'Nylas',
    { header: 'x-nylas-signature' },
    {
      delivery: [signed(json('id'))],
      event: [json('type')],
      handshake: 'nylas',
      ack: { status: 200, deadlineMs: 10_000 },
      notes: ['Compressed bodies are signed as compressed. Two retries on 408, 429, 502, 503, 504 and 507.'],
      source: 'https://developer.nylas.com/docs/cookbook/use-cases/build/verify-webhook-signatures/',
    },
  ),
  bodyMac(
    'smartcar',
    'Smartcar',
    { header: 'SC-Signature' },
    {
      delivery: [signed(json('eventId'))],
      event: [json('eventType')],
      handshake: 'smartcar',
      ack: { deadlineMs: 15_000 },
      source: 'https://smartcar.com/docs/integrations/webhooks/payload-verification',
    },
  ),
  bodyMac(
    'alchemy',
    'Alchemy',
    { header: 'X-Alchemy-Signature' },
    {
      delivery: [signed(json('id'))],
      event: [json('type')],
      source: 'https://www.alchemy.com/docs/reference/notify-api-quickstart',
    },
  ),
  timedMac(
    'statsig',
    'Statsig',
    {
      header: 'X-Statsig-Signature',
      prefix: 'v0=',
      moment: 'X-Statsig-Request-Timestamp',
      unit: 'ms',
      start: 'v0:',
      between: ':',
    },
    { source: 'https://docs.statsig.com/integrations/event_webhook#webhook-signature' },
  ),
  bodyMac(
    'hookdeck',
    'Hookdeck Event Gateway',
    { header: 'x-hookdeck-signature', encoding: 'base64' },
    {
      source: 'https://hookdeck.com/docs/verification',
    },
  ),
];
