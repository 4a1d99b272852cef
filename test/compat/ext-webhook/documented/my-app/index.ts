// "Where it lives" and "Signature": the folder is `my-app`, whatever is typed below.
import { Extension, ActionResult, ChatExtension } from 'gatehouse/compat';

export const ext = new Extension('another-name', {
  version: '1.0.0',
  display_name: 'My App',
  description: 'My App — AI-powered tool for managing your resources.',
  icon: 'icon.svg',
  actions_explicit: true,
});
const chat = new ChatExtension(ext, { tool_name: 'my_app', description: 'My App assistant' });

ext.webhook('events', { method: 'POST', secretHeader: 'X-My-Signature-256' }, async () => {
  return { status: 'ok' };
});

// ctx.webhook_url
ext.webhook(
  'urls',
  'GET',
)(async (ctx) => ({
  urls: ['/callback', 'callback', '/oauth/return'].map((path) => ctx.webhook_url(path)),
}));

// "To accept both methods on the same path, register two handlers"; several segments.
ext.webhook(
  '/oauth/return',
  'GET',
)(async (_ctx, _headers, _body, query_params) => ({
  challenge: query_params['challenge'],
  first: query_params['many'],
}));
ext.webhook('oauth/return', 'POST')(async () => ({ status: 'taken' }));

// "Handler signature" and "Return value"
ext.webhook('echo', async (ctx, headers, body) => ({
  status_code: 202,
  headers,
  body,
  raw: ctx.rawBody.toString('hex'),
}));
ext.webhook('nothing', async () => undefined);
ext.webhook('text', async () => 'ok' as unknown as object);
ext.webhook('odd', async () => ({ status_code: 999 }));

chat.function({ description: 'Says where events go.', action_type: 'read' })(async function where(ctx) {
  return ActionResult.success({ url: ctx.webhookUrl('events') }, { summary: 'There.' });
});
