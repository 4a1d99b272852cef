// "GitHub webhook with hex signature verification"
import { createHmac } from 'node:crypto';
import { timingSafeEqual } from 'gatehouse';
import { Extension } from 'gatehouse/compat';

export const ext = new Extension('ci-bridge', {
  version: '1.0.0',
  display_name: 'CI Bridge',
  description: 'CI Bridge — surface GitHub CI events inside your workspace.',
  icon: 'icon.svg',
  actions_explicit: true,
});

ext.webhook(
  'github',
  'POST',
  'X-Hub-Signature-256',
)(async function handle_github(ctx, headers, body) {
  const secret = await ctx.config.require('github_webhook_secret');

  const raw_sig = headers['x-hub-signature-256'] ?? '';
  if (!raw_sig.startsWith('sha256='))
    return { status_code: 400, error: 'missing or malformed X-Hub-Signature-256' };

  const received_hex = raw_sig.slice('sha256='.length);
  const expected_hex = createHmac('sha256', secret).update(body).digest('hex');

  if (!timingSafeEqual(received_hex, expected_hex)) {
    await ctx.log('github webhook: signature mismatch', { level: 'warning' });
    return { status_code: 401, error: 'invalid signature' };
  }

  const event_name = headers['x-github-event'] ?? '';
  const payload = JSON.parse(body);
  const repo = payload.repository?.full_name ?? '';
  await ctx.log(`github webhook: ${event_name} on ${repo}`);

  if (event_name === 'push') {
    const branch = (payload.ref ?? '').replace('refs/heads/', '');
    const pusher = payload.pusher?.name ?? '';
    await ctx.log(`github: push to ${branch} by ${pusher}`);
  }

  return { status: 'ok' };
});

// The same sender, verified by the host: what `secretHeader` only declares, `access` does.
ext.webhook(
  'verified',
  { secretHeader: 'X-Hub-Signature-256', access: { signature: 'github', secret: 'GITHUB_WEBHOOK_SECRET' } },
  async (_ctx, headers) => ({ event: headers['x-github-event'] }),
);
