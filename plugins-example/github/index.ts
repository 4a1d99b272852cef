import { createHmac, timingSafeEqual } from 'node:crypto';
import { HttpError, Plugin } from 'gatehouse';

interface Push {
  readonly repository?: { readonly full_name?: string };
  readonly pusher?: { readonly name?: string };
  readonly commits?: readonly { readonly message?: string }[];
}

export const plugin = new Plugin({
  author: 'example',
  module: 'github',
  name: 'GitHub',
  version: '1.0.0',
  description: 'Receives GitHub webhooks at a declared endpoint and tells a chat about pushes.',
});

plugin.endpoint({ method: 'POST', path: '/github' }, async (exchange) => {
  const secret: unknown = plugin.config.GITHUB_WEBHOOK_SECRET;
  if (typeof secret !== 'string' || secret === '') throw new HttpError(503, 'Webhook secret not configured');

  const signature = exchange.headers.get('X-Hub-Signature-256');
  if (signature === undefined) throw new HttpError(400, 'Missing signature');
  if (!isSigned(exchange.raw, secret, signature)) throw new HttpError(403, 'Invalid signature');

  const payload = exchange.json<Push>();
  const event = exchange.headers.get('X-GitHub-Event');
  const chatKey: unknown = plugin.config.NOTIFICATION_CHAT_KEY;
  if (event === 'push' && typeof chatKey === 'string')
    await plugin.message.sendText(chatKey, describe(payload));

  return { status: 'success', message: `Event '${event}' received and acknowledged.` };
});

function isSigned(body: Buffer, secret: string, signature: string): boolean {
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function describe({ repository, pusher, commits = [] }: Push): string {
  const latest = commits[0]?.message?.split('\n')[0];
  return [
    '📦 Code push event',
    `Repository: ${repository?.full_name ?? 'Unknown repository'}`,
    `Pusher: ${pusher?.name ?? 'Unknown pusher'}`,
    `Commits: ${commits.length}`,
    ...(latest === undefined ? [] : [`Latest commit: ${latest}`]),
  ].join('\n');
}
