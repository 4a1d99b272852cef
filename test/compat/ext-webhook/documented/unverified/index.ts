// "Omitting HMAC verification entirely", and the same with the option that verifies.
import { hmac } from 'gatehouse';
import { Extension } from 'gatehouse/compat';

export const ext = new Extension('my-app', {
  display_name: 'My App',
  description: 'My App — manage resources with AI assistance.',
  icon: 'icon.svg',
  actions_explicit: true,
});

// WRONG — no verification; attacker can send arbitrary payloads
ext.webhook(
  'events',
  'POST',
  'X-My-Sig',
)(async function insecure_handler(ctx, _headers, body) {
  const payload = JSON.parse(body);
  await ctx.store.create('events', payload); // executed without any auth check
  return { status: 'ok' };
});

// CORRECT — the host verifies before the handler runs
ext.webhook('events_v2', {
  secretHeader: 'X-My-Sig',
  access: { signature: hmac({ header: 'X-My-Sig' }), secret: 'MY_SIG_SECRET' },
})(async (ctx, _headers, body) => {
  await ctx.store.create('events', JSON.parse(body));
  return { status: 'ok' };
});
