// "Using == for signature comparison"
import { createHmac } from 'node:crypto';
import { timingSafeEqual } from 'gatehouse';
import { Extension } from 'gatehouse/compat';

export const ext = new Extension('my-app', {
  display_name: 'My App',
  description: 'My App — manage resources with AI assistance.',
  icon: 'icon.svg',
  actions_explicit: true,
});

// WRONG — timing-vulnerable comparison
ext.webhook(
  'events',
  'POST',
  'X-My-Sig',
)(async function timing_vulnerable(ctx, headers, body) {
  const secret = await ctx.config.require('webhook_secret');
  const expected = createHmac('sha256', secret).update(body).digest('hex');
  const received = headers['x-my-sig'] ?? '';
  if (received === expected) {
    // WRONG — short-circuits; timing attack possible
    return { status: 'ok' };
  }
  return { status_code: 401, error: 'invalid signature' };
});

// CORRECT — constant-time comparison
ext.webhook(
  'events_v2',
  'POST',
  'X-My-Sig',
)(async function timing_safe(ctx, headers, body) {
  const secret = await ctx.config.require('webhook_secret');
  const expected = createHmac('sha256', secret).update(body).digest('hex');
  const received = headers['x-my-sig'] ?? '';
  if (timingSafeEqual(received, expected)) {
    // constant-time
    return { status: 'ok' };
  }
  return { status_code: 401, error: 'invalid signature' };
});
