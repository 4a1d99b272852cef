// "Generic JSON webhook with shared-secret verification"
import { timingSafeEqual } from 'gatehouse';
import { Extension } from 'gatehouse/compat';

export const ext = new Extension('notify-bridge', {
  version: '1.0.0',
  display_name: 'Notify Bridge',
  description: 'Notify Bridge — receive events from external notification systems.',
  icon: 'icon.svg',
  actions_explicit: true,
});

ext.webhook(
  'inbound',
  'POST',
  'X-Notify-Secret',
)(async function handle_inbound(ctx, headers, body) {
  const expected_secret = await ctx.config.require('notify_shared_secret');
  const received_secret = headers['x-notify-secret'] ?? '';

  // Compare with constant-time algorithm — even for plain shared secrets
  if (!received_secret || !timingSafeEqual(received_secret, expected_secret)) {
    await ctx.log('inbound webhook: auth failure', { level: 'warning' });
    return { status_code: 401, error: 'unauthorized' };
  }

  const payload = JSON.parse(body);
  const event_id = payload.id ?? '';

  // Idempotency: skip if already processed
  const existing = await ctx.store.get('inbound_events', event_id);
  if (existing) return { status: 'already_processed' };

  await ctx.store.create('inbound_events', { id: event_id, data: payload });
  await ctx.log(`inbound: stored event ${event_id}`);
  return { status: 'ok' };
});

ext.webhook('count', 'GET')(async (ctx) => ({ count: (await ctx.store.list('inbound_events')).length }));
