// What must and must not compile of old webhooks; read by the type check, never run.
import { Plugin } from '../../src/index';

const info = { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' };
const plugin = new Plugin(info);
const rate = { requests: 5, perMs: 1_000 };

plugin.mountWebhookMethod(
  { endpoint: '/gh', access: { signature: 'github', secret: 'S' }, limits: { perEndpoint: rate } },
  (request) => request.verify('stripe', 's'),
);
// @ts-expect-error no such mode
plugin.mountWebhookMethod({ endpoint: '/gh', access: { signed: 'github' } }, () => 1);
// @ts-expect-error no such mode
plugin.mountWebhookMethod({ endpoint: '/gh', access: 'operators' }, () => 1);
