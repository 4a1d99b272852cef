import type { SignatureRow } from '../../core/signature-row';
import {
  basic,
  bodyMac,
  DAY_MS,
  header,
  json,
  pairsMac,
  signed,
  timedMac,
  token,
  unconfirmed,
  unsigned,
} from './shorthand';

const HUBSPOT =
  'https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation';
const HUBSPOT_FACTS = {
  event: [json('[*].subscriptionType')],
  ack: { deadlineMs: 5_000 },
  source: HUBSPOT,
} as const;
const HUBSPOT_RETRIES = unconfirmed(
  'deadline, up to 10 retries in 24 h, the list of characters decoded in the address',
);

const hubspotDigest = (id: string, title: string, parts: SignatureRow['signed']): SignatureRow => ({
  ...bodyMac(id, title, { header: 'X-HubSpot-Signature' }),
  kind: 'digest',
  signed: parts,
  ...HUBSPOT_FACTS,
  notes: ['Signs no moment, so it may be replayed: use `hubspot`.'],
});

/** Customers, forms, documents and papers. */
export const businessRows: readonly SignatureRow[] = [
  {
    ...timedMac('hubspot', 'HubSpot v3', {
      header: 'X-HubSpot-Signature-v3',
      encoding: 'base64',
      moment: 'X-HubSpot-Request-Timestamp',
      unit: 'ms',
      between: '',
    }),
    signed: ['method', 'url', 'body', 'timestamp'],
    url: 'registered+hubspot-decode',
    ...HUBSPOT_FACTS,
    notes: [
      'The secret is the client secret; the address must be the one registered. Batches of up to 100.',
      HUBSPOT_RETRIES,
    ],
  },
  hubspotDigest('hubspot-v1', 'HubSpot v1', ['key', 'body']),
  hubspotDigest('hubspot-v2', 'HubSpot v2', ['key', 'method', 'url', 'body']),
  pairsMac(
    'calendly',
    'Calendly',
    { header: 'Calendly-Webhook-Signature', past: 180 },
    {
      event: [json('event')],
      ack: { deadlineMs: 10_000 },
      notes: [unconfirmed('deadline, retries for 24 h')],
      source: 'https://developer.calendly.com/api-docs/ZG9jOjQ2NDA2NA-webhook-signatures',
    },
  ),
  bodyMac(
    'typeform',
    'Typeform',
    { header: 'Typeform-Signature', prefix: 'sha256=', encoding: 'base64' },
    {
      delivery: [signed(json('event_id'))],
      event: [json('event_type')],
      ack: { deadlineMs: 30_000 },
      notes: ['404 and 410 disable; 423, 429, 408 and 503 are retried for 10 h.'],
      source: 'https://www.typeform.com/developers/webhooks/secure-your-webhooks/',
    },
  ),
  bodyMac(
    'notion',
    'Notion',
    { header: 'X-Notion-Signature', prefix: 'sha256=' },
    {
      delivery: [signed(json('id'))],
      event: [json('type')],
      handshake: 'notion',
      notes: [
        'The secret is the verification token of the handshake; `gatehouse secrets approve … --show` prints it, to be entered at Notion.',
        unconfirmed('up to 8 retries in 24 h'),
      ],
      source: 'https://developers.notion.com/reference/webhooks',
    },
  ),
  bodyMac(
    'dropbox',
    'Dropbox',
    { header: 'X-Dropbox-Signature' },
    {
      handshake: 'dropbox',
      ack: { deadlineMs: 10_000 },
      notes: ['The secret is the app secret.', unconfirmed('deadline, retries over about 10 minutes')],
      source: 'https://www.dropbox.com/developers/reference/webhooks',
    },
  ),
  {
    ...bodyMac('docusign', 'DocuSign Connect', { header: 'X-DocuSign-Signature-1', encoding: 'base64' }),
    signature: { from: { headerPattern: 'X-DocuSign-Signature-*' }, parse: 'whole', encoding: 'base64' },
    event: [json('event')],
    dedupeWindowMs: 16 * DAY_MS,
    notes: ['One header for each live key, of which the first 8 are tried. Retries for up to 15 days.'],
    source: 'https://developers.docusign.com/platform/webhooks/connect/validate/',
  },
  timedMac(
    'zendesk',
    'Zendesk',
    {
      header: 'X-Zendesk-Webhook-Signature',
      encoding: 'base64',
      moment: 'X-Zendesk-Webhook-Signature-Timestamp',
      unit: 'iso',
      between: '',
    },
    {
      // Triggers send bodies of their authors' making: an `id` there may be a ticket's.
      delivery: [unsigned(header('X-Zendesk-Webhook-Invocation-Id'))],
      event: [json('type')],
      ack: { deadlineMs: 12_000 },
      notes: [
        'Up to 5 retries. Test deliveries are signed with a secret that everybody knows: never set it.',
      ],
      source: 'https://developer.zendesk.com/documentation/webhooks/verifying/',
    },
  ),
  pairsMac(
    'workos',
    'WorkOS',
    { header: 'WorkOS-Signature', unit: 'ms', past: 180 },
    {
      delivery: [signed(json('id'))],
      event: [json('event')],
      source: 'https://workos.com/docs/events/data-syncing/webhooks',
    },
  ),
  bodyMac(
    'asana',
    'Asana',
    { header: 'X-Hook-Signature' },
    {
      handshake: 'x-hook-secret',
      ack: { deadlineMs: 10_000 },
      notes: [
        'Retries for 24 h, then the webhook is deleted; 410 deletes it at once. Empty heartbeats every 8 h.',
      ],
      source: 'https://developers.asana.com/docs/webhooks-guide#security',
    },
  ),
  bodyMac(
    'clio',
    'Clio',
    { header: 'X-Hook-Signature' },
    {
      event: [json('meta.event')],
      handshake: 'x-hook-secret',
      notes: ['Webhooks expire after 3 days unless renewed.'],
      source: 'https://docs.developers.clio.com/api-reference/#tag/Webhooks',
    },
  ),
  {
    ...bodyMac('airtable', 'Airtable', { header: 'X-Airtable-Content-MAC', prefix: 'hmac-sha256=' }),
    key: { encoding: 'base64' },
    ack: { status: 204, deadlineMs: 25_000 },
    notes: [
      'Only says that something changed. Webhooks expire after 7 days unless renewed; 13 retries over a day.',
    ],
    source: 'https://airtable.com/developers/web/api/webhooks-overview#webhook-notification-delivery',
  },
  bodyMac(
    'xero',
    'Xero',
    { header: 'x-xero-signature', encoding: 'base64' },
    {
      ack: { status: 200, deadlineMs: 5_000 },
      notes: ['Set-up sends good and bad signatures and wants 200 and 401 for them.'],
      source: 'https://developer.xero.com/documentation/guides/webhooks/configuring-your-server/',
    },
  ),
  bodyMac(
    'tally',
    'Tally',
    { header: 'Tally-Signature', encoding: 'base64' },
    {
      delivery: [signed(json('eventId'))],
      event: [json('eventType')],
      ack: { deadlineMs: 10_000 },
      notes: ['Retries after 5 min, 30 min, 1 h, 6 h and a day.'],
      source: 'https://tally.so/help/webhooks',
    },
  ),
  bodyMac(
    'linkedin',
    'LinkedIn',
    { header: 'X-LI-Signature' },
    {
      signed: [{ literal: 'hmacsha256=' }, 'body'],
      delivery: [signed(json('notificationId'))],
      event: [json('type'), json('eventType')],
      handshake: 'linkedin',
      notes: ['Every 5 minutes for up to 8 h.'],
      source: 'https://learn.microsoft.com/en-us/linkedin/shared/api-guide/webhook-validation',
    },
  ),
  {
    ...bodyMac('favro', 'Favro', { header: 'X-Favro-Webhook', encoding: 'base64', hash: 'sha1' }),
    signed: [json('payloadId'), 'url'],
    url: 'registered',
    bodyUnsigned: true,
    delivery: [signed(json('payloadId'))],
    event: [json('action')],
    source: 'https://favro.com/developer/#webhook-signatures',
  },
  token('okta', 'Okta event hooks', header('Authorization'), {
    delivery: [unsigned(json('eventId'))],
    event: [json('data.events[*].eventType')],
    handshake: 'okta',
    ack: { deadlineMs: 3_000 },
    notes: ['The secret is the whole header.', unconfirmed('one retry')],
    source: 'https://developer.okta.com/docs/guides/event-hook-implementation/',
  }),
  token('auth0', 'Auth0 log streams', header('Authorization'), {
    notes: ['The secret is the whole header.'],
    source: 'https://auth0.com/docs/customize/log-streams/custom-log-streams',
  }),
  basic('pipedrive', 'Pipedrive', {
    event: [json('meta.action')],
    notes: ['Retries after 3, 30 and 150 s; three days without success delete the webhook.'],
    source: 'https://pipedrive.readme.io/docs/guide-for-webhooks-v2',
  }),
  timedMac(
    'extend',
    'Extend',
    {
      header: 'x-extend-request-signature',
      moment: 'x-extend-request-timestamp',
      start: 'v0:',
      between: ':',
    },
    {
      delivery: [signed(json('eventId'))],
      event: [json('eventType')],
      dedupeWindowMs: 7 * DAY_MS,
      ack: { deadlineMs: 30_000 },
      notes: ['The secret keeps its `wss_`. Retries with back-off; duplicates happen.'],
      source: 'https://docs.extend.ai/developers/webhooks/configuration',
    },
  ),
];
