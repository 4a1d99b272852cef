import { createHmac } from 'node:crypto';
import { timingSafeEqual, z } from 'gatehouse';
import { Extension } from 'gatehouse/compat';

export const ext = new Extension('my-app', {
  version: '1.0.0',
  display_name: 'My App',
  description: 'Receives events at an address of the Extension dialect, and verifies them by hand.',
  icon: 'icon.svg',
  actions_explicit: true,
  config: z.object({ webhook_secret: z.string().optional().meta({ secret: true }) }),
});

ext.webhook('events', { method: 'POST', secretHeader: 'X-My-Signature-256' }, async (ctx, headers, body) => {
  // 1. Retrieve the shared secret from admin config (never hardcode)
  const secret = await ctx.config.require('webhook_secret');

  // 2. Read the signature header the provider sent
  const received_sig = headers['x-my-signature-256'] ?? '';
  if (!received_sig) {
    await ctx.log('webhook: missing signature header', { level: 'warning' });
    return { status_code: 401, error: 'missing signature' };
  }

  // 3. Compute the expected signature over the raw body
  const expected_sig = createHmac('sha256', secret).update(body).digest('hex');

  // 4. Constant-time comparison — rejects timing attacks
  if (!timingSafeEqual(received_sig, expected_sig)) {
    await ctx.log('webhook: signature mismatch', { level: 'warning' });
    return { status_code: 401, error: 'invalid signature' };
  }

  // 5. Signature verified — safe to process
  const payload = JSON.parse(body) as { readonly type?: string };
  await ctx.log(`webhook: received ${payload.type ?? ''}`);
  return { status: 'ok' };
});

// One-time URL verification: a second registration, for GET, at the same path
ext.webhook('events', { method: 'GET' }, async (_ctx, _headers, _body, query_params) => ({
  challenge: query_params['challenge'] ?? '',
}));

// The same sender, verified by the host: the handler sees verified requests only
ext.webhook(
  'verified',
  { secretHeader: 'X-Hub-Signature-256', access: { signature: 'github', secret: 'EVENTS_SECRET' } },
  async (ctx, headers) => {
    await ctx.log(`webhook: received ${headers['x-github-event']}`);
    return { status: 'ok', url: ctx.webhookUrl('verified') };
  },
);
