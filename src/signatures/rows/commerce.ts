import type { SignatureRow } from '../../core/signature-row';
import { bodyMac, header, json, signed, timedMac, unconfirmed, unsigned } from './shorthand';

/** Shops, and what leaves them. */
export const commerceRows: readonly SignatureRow[] = [
  {
    ...bodyMac('shopify', 'Shopify', { header: 'X-Shopify-Hmac-Sha256', encoding: 'base64' }),
    signature: {
      from: header('X-Shopify-Hmac-Sha256'),
      alternatives: [header('shopify-hmac-sha256')],
      parse: 'whole',
      encoding: 'base64',
    },
    delivery: [unsigned(header('X-Shopify-Event-Id')), unsigned(header('X-Shopify-Webhook-Id'))],
    event: [header('X-Shopify-Topic')],
    ack: { deadlineMs: 5_000 },
    notes: [
      'The secret is the app’s client secret; webhooks made by hand in the admin are signed with another one. 8 retries in 4 h, then a subscription made by API is deleted.',
    ],
    source: 'https://shopify.dev/docs/apps/build/webhooks/subscribe/https',
  },
  bodyMac(
    'woocommerce',
    'WooCommerce',
    { header: 'X-WC-Webhook-Signature', encoding: 'base64' },
    {
      delivery: [unsigned(header('X-WC-Webhook-Delivery-ID'))],
      event: [header('X-WC-Webhook-Topic')],
      source: 'https://developer.woocommerce.com/docs/webhooks/',
    },
  ),
  bodyMac(
    'commercelayer',
    'Commerce Layer',
    { header: 'X-CommerceLayer-Signature', encoding: 'base64' },
    {
      event: [header('X-CommerceLayer-Topic')],
      ack: { deadlineMs: 5_000 },
      notes: ['Up to 10 retries; 30 failures in a row disable the webhook.'],
      source: 'https://docs.commercelayer.io/core/callbacks-security',
    },
  ),
  bodyMac(
    'picqer',
    'Picqer',
    { header: 'X-Picqer-Signature', encoding: 'base64' },
    {
      event: [json('event')],
      ack: { status: 200, deadlineMs: 10_000 },
      notes: ['15 retries over 17 h. Signed only where a secret was set.'],
      source: 'https://picqer.com/en/api/webhooks#validating-webhooks',
    },
  ),
  bodyMac(
    'shiphero',
    'ShipHero',
    { header: 'x-shiphero-hmac-sha256', encoding: 'base64' },
    {
      delivery: [unsigned(header('X-Shiphero-Message-ID'))],
      event: [json('webhook_type')],
      ack: {
        status: 200,
        type: 'application/json',
        body: '{"code":"200","Status":"Success"}',
        deadlineMs: 10_000,
      },
      source: 'https://developer.shiphero.com/webhooks/#webhook_verification',
    },
  ),
  bodyMac(
    'shopline',
    'SHOPLINE',
    { header: 'X-Shopline-Hmac-Sha256' },
    {
      delivery: [unsigned(header('X-Shopline-Webhook-Id'))],
      event: [header('X-Shopline-Topic')],
      ack: { deadlineMs: 5_000 },
      notes: ['Hex, although its documents show base64. 19 retries over 48 h, then removed.'],
      source:
        'https://developer.shopline.com/docs/apps/api-instructions-for-use/generate-and-verify-signatures/',
    },
  ),
  bodyMac(
    'nuvemshop',
    'Nuvemshop',
    { header: 'x-linkedstore-hmac-sha256' },
    {
      event: [json('event')],
      ack: { deadlineMs: 3_000 },
      notes: ['18 attempts over 48 h.'],
      source: 'https://tiendanube.github.io/api-documentation/resources/webhook',
    },
  ),
  bodyMac(
    'uber',
    'Uber Eats',
    { header: 'X-Uber-Signature' },
    {
      delivery: [signed(json('event_id'))],
      event: [json('event_type')],
      ack: { status: 200, deadlineMs: 10_000 },
      notes: ['The secret is the client secret.', unconfirmed('deadline')],
      source: 'https://developer.uber.com/docs/eats/guides/webhooks#webhook-security',
    },
  ),
  timedMac(
    'webflow',
    'Webflow',
    {
      header: 'x-webflow-signature',
      moment: 'x-webflow-timestamp',
      unit: 'ms',
      between: ':',
    },
    {
      event: [json('triggerType')],
      notes: ['Webhooks made in the dashboard are not signed.'],
      source: 'https://developers.webflow.com/data/docs/working-with-webhooks#validating-request-signatures',
    },
  ),
];
