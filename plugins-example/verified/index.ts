import { HttpError, Plugin } from 'gatehouse';

interface Push {
  readonly ref?: string;
  readonly repository?: { readonly full_name?: string };
}

export const plugin = new Plugin({
  author: 'example',
  module: 'verified',
  name: 'Verified',
  version: '1.0.0',
  description: 'Receives GitHub webhooks that the host has verified.',
});

plugin.secret('GITHUB_WEBHOOK_SECRET', { description: 'Settings → Webhooks → Secret', required: true });

plugin.endpoint(
  { method: 'POST', path: '/github', access: { signature: 'github', secret: 'GITHUB_WEBHOOK_SECRET' } },
  async ({ verified, json }) => {
    // GitHub signs the body, not its headers: what the event is called is a hint, what the body holds is the truth.
    if (verified?.event !== 'push') return { ignored: verified?.event ?? 'unknown' };
    const { ref, repository } = json<Push>();
    if (ref === undefined) throw new HttpError(400, 'A push without a ref');
    await plugin.message.sendText('console-ci', `${repository?.full_name ?? 'a repository'}: push to ${ref}`);
    return { announced: ref };
  },
);
