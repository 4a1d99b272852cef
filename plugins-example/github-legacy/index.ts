import { createHmac, timingSafeEqual } from 'node:crypto';
import { Plugin } from 'gatehouse';
import { context, core, HTTPException, message } from 'gatehouse/compat';

interface Push {
  readonly repository?: { readonly full_name?: string };
  readonly pusher?: { readonly name?: string };
  readonly commits?: readonly { readonly message?: string }[];
}

export const plugin = new Plugin({
  author: 'example',
  module: 'github_legacy',
  name: 'GitHub, the old way',
  version: '1.0.0',
  description: 'Receives GitHub webhooks as the deprecated webhook documentation shows.',
});

plugin.mountWebhookMethod(
  {
    endpoint: '/github',
    name: 'GitHub Webhook Handler',
    description: 'Receive and handle webhooks of GitHub.',
  },
  async (request) => {
    core.logger.info(`Plugin '${plugin.info.name}' received a GitHub webhook.`);
    const webhook_secret = plugin.config.GITHUB_WEBHOOK_SECRET;
    if (!webhook_secret) throw new HTTPException(503, 'Webhook secret not configured');

    const github_signature = request.headers.get('X-Hub-Signature-256');
    if (!github_signature) throw new HTTPException(400, 'Missing signature');
    const request_body = await request.body();
    if (!verify_github_signature(request_body, webhook_secret, github_signature))
      throw new HTTPException(403, 'Invalid signature');

    const payload = await request.json<Push>();
    const event_type = request.headers.get('X-GitHub-Event');
    if (event_type === 'push') {
      const commits = payload.commits ?? [];
      let notification_message =
        `📦 Code push event\n` +
        `Repository: ${payload.repository?.full_name ?? 'Unknown repository'}\n` +
        `Pusher: ${payload.pusher?.name ?? 'Unknown pusher'}\n` +
        `Commits: ${commits.length}`;
      const latest_commit_message = commits[0]?.message;
      if (latest_commit_message)
        notification_message += `\nLatest commit: ${latest_commit_message.split('\n')[0]}`;

      const target_chat_key = plugin.config.NOTIFICATION_CHAT_KEY;
      if (target_chat_key) {
        const _ctx = await context.create_temp_ctx(target_chat_key);
        await message.send_text(target_chat_key, notification_message, _ctx);
      }
    }
    return { status: 'success', message: `Event '${event_type}' received and acknowledged.` };
  },
);

function verify_github_signature(payload_body: Buffer, secret: string, signature_header: string): boolean {
  const expected_signature = Buffer.from(
    'sha256=' + createHmac('sha256', secret).update(payload_body).digest('hex'),
  );
  const given = Buffer.from(signature_header);
  return given.length === expected_signature.length && timingSafeEqual(given, expected_signature);
}
