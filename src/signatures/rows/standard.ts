import type { SignatureRow } from '../../core/signature-row';
import { DAY_MS, header, json, signed, unconfirmed, type Facts } from './shorthand';

const SPECIFICATION =
  'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md';
const RETRIES =
  'Retries after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and more up to about 3 days; 410 disables, 429 and `Retry-After` are honoured.';

/** Standard Webhooks 1.0.0: `id.timestamp.body`, the version before each signature, ids stable over retries. */
function standard(id: string, title: string, names: string, facts: Facts = {}): SignatureRow {
  return {
    id,
    title,
    kind: 'hmac',
    signature: {
      from: header(`${names}-signature`),
      parse: 'list',
      separator: ' ',
      prefix: 'v1,',
      encoding: 'base64',
    },
    key: { encoding: 'base64', strip: 'whsec_' },
    signed: [header(`${names}-id`), { literal: '.' }, 'timestamp', { literal: '.' }, 'body'],
    time: { from: header(`${names}-timestamp`), unit: 's', past: 300, future: 300 },
    delivery: [signed(header(`${names}-id`))],
    event: [json('type')],
    dedupeWindowMs: 4 * DAY_MS,
    ack: { deadlineMs: 15_000 },
    source: SPECIFICATION,
    ...facts,
  };
}

/** The senders of one of its two spellings, by id. */
const sender = (id: string, title: string, names: 'webhook' | 'svix', source: string, facts: Facts = {}) =>
  standard(id, title, names, { source, notes: [RETRIES], ...facts });

const v1 = standard('standard', 'Standard Webhooks', 'webhook', { notes: [RETRIES] });

/** Standard Webhooks, its Ed25519 form, and who sends either. */
export const standardRows: readonly SignatureRow[] = [
  v1,
  {
    ...v1,
    id: 'standard-v1a',
    title: 'Standard Webhooks, asymmetric',
    kind: 'ed25519',
    signature: { ...v1.signature, prefix: 'v1a,' },
    key: { encoding: 'ed25519-base64', strip: 'whpk_' },
  },
  standard('svix', 'Svix', 'svix', {
    source: 'https://docs.svix.com/receiving/verifying-payloads/how-manual',
    notes: [RETRIES],
  }),
  sender('clerk', 'Clerk', 'svix', 'https://clerk.com/docs/integrations/webhooks/overview'),
  sender('resend', 'Resend', 'svix', 'https://resend.com/docs/webhooks'),
  sender('openai', 'OpenAI', 'webhook', 'https://platform.openai.com/docs/guides/webhooks', {
    ack: { deadlineMs: 5_000 },
    notes: [unconfirmed('deadline, retries (up to 72 h)')],
  }),
  sender('replicate', 'Replicate', 'webhook', 'https://replicate.com/docs/webhooks', {
    event: [json('status')],
  }),
  sender('lithic', 'Lithic', 'webhook', 'https://docs.lithic.com/docs/events-api', {
    event: [json('event_type')],
  }),
  sender('shipbob', 'ShipBob', 'webhook', 'https://developer.shipbob.com/2026-01/webhooks', {
    event: [header('x-webhook-topic')],
  }),
  sender(
    'gemini',
    'Google Gemini (static webhooks)',
    'webhook',
    'https://ai.google.dev/gemini-api/docs/webhooks',
    {
      notes: ['Dynamic webhooks carry an RS256 JWT instead and are not verified by this row.'],
    },
  ),
  sender('polar', 'Polar', 'webhook', 'https://polar.sh/docs/integrate/webhooks/delivery', {
    key: { encoding: 'utf8' },
    ack: { deadlineMs: 10_000 },
    notes: ['The secret is used as it stands, not decoded. Up to 10 retries, then the endpoint is disabled.'],
  }),
];
