// "Returning sensitive data in the response body", the sender verified by the host
import { hmac } from 'gatehouse';
import { Extension } from 'gatehouse/compat';

export const ext = new Extension('my-app', {
  display_name: 'My App',
  description: 'My App — manage resources with AI assistance.',
  icon: 'icon.svg',
  actions_explicit: true,
});
const access = { signature: hmac({ header: 'X-Pay-Sig' }), secret: 'PAY_SECRET' };

// WRONG — returns internal identifiers to the external caller
ext.webhook('payment', { method: 'POST', secretHeader: 'X-Pay-Sig', access })(async function leaky_handler() {
  return { status: 'ok', internal_user_id: 'imp_u_abc123', secret: '...' };
});

// CORRECT — acknowledge only
ext.webhook('payment_v2', {
  method: 'POST',
  secretHeader: 'X-Pay-Sig',
  access,
})(async function clean_handler() {
  return { status: 'ok' };
});
