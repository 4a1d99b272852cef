// "Stripe webhook with HMAC-SHA256 verification"
import { createHmac } from 'node:crypto';
import { timingSafeEqual } from 'gatehouse';
import { Extension } from 'gatehouse/compat';

export const ext = new Extension('billing-sync', {
  version: '1.0.0',
  display_name: 'Billing Sync',
  description: 'Billing Sync — keeps your billing records in sync with Stripe.',
  icon: 'icon.svg',
  actions_explicit: true,
});

const STRIPE_TOLERANCE_SECONDS = 300;

ext.webhook(
  'stripe',
  'POST',
  'Stripe-Signature',
)(async function handle_stripe(ctx, headers, body) {
  const stripe_secret = await ctx.config.require('stripe_webhook_secret');

  const sig_header = headers['stripe-signature'] ?? '';
  if (!sig_header) return { status_code: 400, error: 'missing Stripe-Signature' };

  // Parse: t=<ts>,v1=<sig1>[,v1=<sig2>]
  const parts = new Map<string, string[]>();
  for (const chunk of sig_header.split(',')) {
    if (!chunk.includes('=')) continue;
    const k = chunk.slice(0, chunk.indexOf('=')).trim();
    const v = chunk.slice(chunk.indexOf('=') + 1).trim();
    parts.set(k, [...(parts.get(k) ?? []), v]);
  }

  const timestamp_strs = parts.get('t') ?? [];
  const signatures = parts.get('v1') ?? [];
  if (timestamp_strs.length === 0 || signatures.length === 0)
    return { status_code: 400, error: 'malformed Stripe-Signature' };

  const event_timestamp = Number(timestamp_strs[0]);
  if (!Number.isInteger(event_timestamp)) return { status_code: 400, error: 'non-integer timestamp' };

  // Replay protection: reject events older than tolerance window
  const now = Math.floor(Date.now() / 1000);
  if (Math.abs(now - event_timestamp) > STRIPE_TOLERANCE_SECONDS) {
    await ctx.log('stripe webhook: replay rejected', { level: 'warning' });
    return { status_code: 400, error: 'timestamp out of tolerance' };
  }

  // Reconstruct the signed payload: "<timestamp>.<raw_body>"
  const signed_payload = `${event_timestamp}.${body}`;
  const expected = createHmac('sha256', stripe_secret).update(signed_payload).digest('hex');

  if (!signatures.some((sig) => timingSafeEqual(expected, sig))) {
    await ctx.log('stripe webhook: signature mismatch', { level: 'warning' });
    return { status_code: 401, error: 'invalid signature' };
  }

  const event = JSON.parse(body);
  const event_type: string = event.type ?? '';
  await ctx.log(`stripe webhook: ${event_type}`);

  if (event_type === 'invoice.payment_succeeded') {
    const customer_id: string = event.data?.object?.customer ?? '';
    await ctx.log(`stripe: payment succeeded for customer ${customer_id}`);
    // Retrieve the internal user id you stored when the user connected Stripe
    const doc = await ctx.store.get<{ imperal_id?: string }>('stripe_customers', customer_id);
    if (doc) {
      const user_ctx = ctx.as_user(doc.data.imperal_id ?? '');
      await user_ctx.notify('Your payment was processed successfully.');
    }
  }

  return { status: 'ok' };
});

// "when the user connected Stripe": what a test plays
ext.webhook('connected', async (ctx, _headers, body) => {
  await ctx.store.create('stripe_customers', JSON.parse(body));
  return {};
});
