// "Missing idempotency for replays"
import { createHmac } from 'node:crypto';
import { timingSafeEqual } from 'gatehouse';
import { Extension } from 'gatehouse/compat';

export const ext = new Extension('my-app', {
  display_name: 'My App',
  description: 'My App — manage resources with AI assistance.',
  icon: 'icon.svg',
  actions_explicit: true,
});

// WRONG — creates duplicate records on retry
ext.webhook(
  'order',
  'POST',
)(async function non_idempotent(ctx, _headers, body) {
  const payload = JSON.parse(body);
  await ctx.store.create('orders', payload); // called twice on retry = two docs
  return { status: 'ok' };
});

// CORRECT — idempotent via event ID
ext.webhook(
  'order_v2',
  'POST',
  'X-Order-Sig',
)(async function idempotent(ctx, headers, body) {
  const secret = await ctx.config.require('order_webhook_secret');
  const received = headers['x-order-sig'] ?? '';
  const expected = createHmac('sha256', secret).update(body).digest('hex');
  if (!received || !timingSafeEqual(received, expected))
    return { status_code: 401, error: 'invalid signature' };

  const payload = JSON.parse(body);
  const event_id = payload.event_id ?? '';
  if (!event_id) return { status_code: 400, error: 'missing event_id' };

  const existing = await ctx.store.get('orders', event_id);
  if (existing) return { status: 'already_processed' };

  await ctx.store.create('orders', { ...payload, id: event_id });
  return { status: 'ok' };
});

ext.webhook('count', 'GET')(async (ctx) => ({ count: (await ctx.store.list('orders')).length }));
