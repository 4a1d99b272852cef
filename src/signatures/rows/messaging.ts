import type { SignatureRow } from '../../core/signature-row';
import {
  bodyMac,
  DAY_MS,
  form,
  header,
  json,
  pairsMac,
  signed,
  timedMac,
  token,
  unconfirmed,
  unsigned,
} from './shorthand';

const metaRow = (id: string, title: string, source: string): SignatureRow =>
  bodyMac(
    id,
    title,
    { header: 'X-Hub-Signature-256', prefix: 'sha256=' },
    {
      event: [json('entry[*].changes[*].field'), json('object')],
      dedupeWindowMs: 7 * DAY_MS,
      handshake: 'meta',
      ack: { deadlineMs: 5_000 },
      notes: [
        'The secret is the app secret. Batches of up to 1,000, bodies up to 3 MB, retries for 36 h (WhatsApp 7 days).',
        unconfirmed('deadline'),
      ],
      source,
    },
  );

/** Where people talk. */
export const messagingRows: readonly SignatureRow[] = [
  timedMac(
    'slack',
    'Slack',
    {
      header: 'X-Slack-Signature',
      prefix: 'v0=',
      moment: 'X-Slack-Request-Timestamp',
      start: 'v0:',
      between: ':',
    },
    {
      delivery: [signed(json('event_id')), signed(form('trigger_id'))],
      event: [json('event.type'), json('type'), form('command')],
      handshake: 'slack',
      ack: { status: 200, deadlineMs: 3_000 },
      notes: ['Retries at once, after 1 min and 5 min. Forms are signed as the bytes they came as.'],
      source: 'https://docs.slack.dev/authentication/verifying-requests-from-slack',
    },
  ),
  {
    ...timedMac('discord', 'Discord', {
      header: 'X-Signature-Ed25519',
      moment: 'X-Signature-Timestamp',
      between: '',
      past: 600,
      future: 300,
    }),
    kind: 'ed25519',
    key: { encoding: 'ed25519-hex' },
    delivery: [signed(json('id'))],
    event: [json('event.type'), json('type')],
    handshake: 'discord',
    ack: { deadlineMs: 3_000 },
    notes: [
      'The secret is the application’s public key. Bad signatures must be answered 401: Discord probes with some.',
      'The sender names no window; ours is 10 minutes back and 5 ahead.',
    ],
    source: 'https://docs.discord.com/developers/interactions/overview',
  },
  metaRow('meta', 'Meta', 'https://developers.facebook.com/docs/graph-api/webhooks/getting-started'),
  metaRow('facebook', 'Facebook', 'https://developers.facebook.com/docs/graph-api/webhooks/getting-started'),
  metaRow(
    'whatsapp',
    'WhatsApp',
    'https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview',
  ),
  bodyMac(
    'line',
    'LINE',
    { header: 'x-line-signature', encoding: 'base64' },
    {
      delivery: [signed(json('events[*].webhookEventId'))],
      event: [json('events[*].type')],
      ack: { status: 200, deadlineMs: 2_000 },
      notes: ['Redelivery is opt-in; `deliveryContext.isRedelivery` tells it.', unconfirmed('deadline')],
      source: 'https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/',
    },
  ),
  timedMac(
    'zoom',
    'Zoom',
    { header: 'x-zm-signature', prefix: 'v0=', moment: 'x-zm-request-timestamp', start: 'v0:', between: ':' },
    {
      event: [json('event')],
      handshake: 'zoom',
      ack: { deadlineMs: 3_000 },
      notes: ['Three retries: after 5, 30 and 90 min. The address is validated again every 72 h.'],
      source: 'https://developers.zoom.us/docs/api/webhooks/#verify-webhook-events',
    },
  ),
  token('telegram', 'Telegram', header('X-Telegram-Bot-Api-Secret-Token'), {
    delivery: [unsigned(json('update_id'))],
    dedupeWindowMs: 2 * DAY_MS,
    notes: [
      'Retries until the update is a day old, honouring `Retry-After` up to an hour; 410 for 23 h closes the hook.',
    ],
    source: 'https://core.telegram.org/bots/api#setwebhook',
  }),
  {
    ...bodyMac('twitch', 'Twitch EventSub', {
      header: 'Twitch-Eventsub-Message-Signature',
      prefix: 'sha256=',
    }),
    signed: [header('Twitch-Eventsub-Message-Id'), 'timestamp', 'body'],
    time: { from: header('Twitch-Eventsub-Message-Timestamp'), unit: 'iso', past: 600, future: 300 },
    delivery: [signed(header('Twitch-Eventsub-Message-Id'))],
    event: [json('subscription.type'), header('Twitch-Eventsub-Subscription-Type')],
    handshake: 'twitch',
    ack: { deadlineMs: 5_000 },
    notes: ['Repeated failures revoke the subscription.', unconfirmed('deadline')],
    source: 'https://dev.twitch.tv/docs/eventsub/handling-webhook-events/#verifying-the-event-message',
  },
  {
    ...timedMac('lark', 'Lark / Feishu', {
      header: 'X-Lark-Signature',
      moment: 'X-Lark-Request-Timestamp',
      between: '',
      past: 3_600,
    }),
    kind: 'digest',
    signed: ['timestamp', header('X-Lark-Request-Nonce'), 'key', 'body'],
    delivery: [signed(json('header.event_id'))],
    event: [json('header.event_type')],
    handshake: 'lark',
    ack: { deadlineMs: 3_000 },
    notes: ['The secret is the Encrypt Key.', unconfirmed('retries after 15 s, 5 min, 1 h and 6 h')],
    source:
      'https://open.larksuite.com/document/server-docs/event-subscription-guide/event-subscription-configure-/encrypt-key-encryption-configuration-case',
  },
  bodyMac(
    'intercom',
    'Intercom',
    { header: 'X-Hub-Signature', prefix: 'sha1=', hash: 'sha1' },
    {
      delivery: [signed(json('id'))],
      event: [json('topic')],
      handshake: 'head',
      ack: { deadlineMs: 5_000 },
      notes: ['One retry after a minute.', unconfirmed('deadline, retry')],
      source: 'https://developers.intercom.com/docs/webhooks',
    },
  ),
  {
    ...timedMac('telnyx', 'Telnyx', {
      header: 'telnyx-signature-ed25519',
      encoding: 'base64',
      moment: 'telnyx-timestamp',
      between: '|',
    }),
    kind: 'ed25519',
    key: { encoding: 'ed25519-base64' },
    delivery: [signed(json('data.id'))],
    event: [json('data.event_type')],
    ack: { deadlineMs: 2_000 },
    notes: ['The secret is the account’s public key.'],
    source: 'https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks',
  },
  bodyMac(
    'x',
    'X (Twitter)',
    { header: 'x-twitter-webhooks-signature', prefix: 'sha256=', encoding: 'base64' },
    {
      handshake: 'crc-token',
      ack: { deadlineMs: 10_000 },
      source: 'https://docs.x.com/x-api/webhooks/quickstart',
    },
  ),
  timedMac(
    'front',
    'Front',
    {
      header: 'X-Front-Signature',
      encoding: 'base64',
      moment: 'X-Front-Request-Timestamp',
      unit: 'ms',
      between: ':',
    },
    {
      event: [json('type')],
      handshake: 'front',
      ack: { deadlineMs: 10_000 },
      notes: [
        'Application webhooks, not rules. Three retries, then disabled.',
        unconfirmed('the unit of the timestamp'),
      ],
      source: 'https://dev.frontapp.com/docs/application-webhooks',
    },
  ),
  timedMac(
    'pylon',
    'Pylon',
    { header: 'Pylon-Webhook-Signature', prefix: 'hs256=', moment: 'Pylon-Webhook-Timestamp', between: '.' },
    {
      notes: ['Five attempts over 31 h.'],
      source: 'https://getpylon.com/developers/guides/using-webhooks/#event-signatures',
    },
  ),
  timedMac(
    'customerio',
    'Customer.io',
    { header: 'X-CIO-Signature', moment: 'X-CIO-Timestamp', start: 'v0:', between: ':' },
    {
      delivery: [signed(json('event_id'))],
      event: [json('metric')],
      dedupeWindowMs: 8 * DAY_MS,
      ack: { deadlineMs: 4_000 },
      notes: ['Retries for 7 days, holding back what comes after.'],
      source: 'https://docs.customer.io/integrations/api/webhooks/',
    },
  ),
  pairsMac(
    'knock',
    'Knock',
    { header: 'x-knock-signature', keys: ['s'], encoding: 'base64', unit: 'ms' },
    {
      delivery: [signed(json('id'))],
      event: [json('type')],
      notes: ['Up to 8 attempts.'],
      source: 'https://docs.knock.app/developer-tools/outbound-webhooks/overview',
    },
  ),
  pairsMac(
    'courier',
    'Courier',
    { header: 'courier-signature', keys: ['signature'], unit: 'ms' },
    {
      event: [json('type')],
      source: 'https://www.courier.com/docs/guides/getting-started/outbound-webhooks/',
    },
  ),
  pairsMac(
    'tiktok',
    'TikTok',
    { header: 'TikTok-Signature', keys: ['s'] },
    {
      event: [json('event')],
      dedupeWindowMs: 4 * DAY_MS,
      source: 'https://developers.tiktok.com/doc/webhooks-verification',
    },
  ),
  {
    ...pairsMac('retell', 'Retell AI', {
      header: 'X-Retell-Signature',
      moment: 'v',
      keys: ['d'],
      unit: 'ms',
    }),
    signed: ['body', 'timestamp'],
    event: [json('event')],
    ack: { deadlineMs: 10_000 },
    notes: ['Three retries.'],
    source: 'https://docs.retellai.com/features/secure-webhook',
  },
  token('ringcentral', 'RingCentral', header('Verification-Token'), {
    event: [json('event')],
    handshake: 'ringcentral',
    source: 'https://developers.ringcentral.com/guide/notifications/webhooks/receiving',
  }),
  token('graph', 'Microsoft Graph', json('value[*].clientState'), {
    event: [json('value[*].changeType')],
    handshake: 'graph',
    ack: { status: 202, deadlineMs: 3_000 },
    notes: [
      'Every notification of a batch must carry the state. Slow answers are throttled; retries for up to 4 h.',
    ],
    source: 'https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks',
  }),
];
