// What must and must not compile of who may ask; read by the type check, never run.
import { Router } from 'express';
import type { EndpointAccess } from '../../src/core/access';
import { PluginBase } from '../../src/plugins/plugin';
import { hmac, sharedSecret } from '../../src/signatures/parametric-rows';

const info = { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' };
const plugin = new PluginBase(info);

const rate = { requests: 5, perMs: 1_000 };
plugin
  .post(
    '/hook',
    { access: { signature: 'github', secret: ['NEW', 'OLD'] }, limits: { perAddress: rate } },
    () => 1,
  )
  .post('/own', { access: { signature: hmac({ header: 'X-Sum', timestamp: 'X-At' }), secret: 'S' } }, () => 1)
  .post('/key', { access: { signature: sharedSecret({ header: 'X-Key' }), secret: 'S' } }, () => 1)
  .post('/both', { access: [{ signedUrl: true }, { allowFrom: ['10.0.0.0/8'] }] }, () => 1)
  .post('/token', { access: { token: { query: 'key' }, secret: 'S' } }, () => 1)
  .post('/basic', { access: { basic: { realm: 'hooks' }, secret: 'S' } }, () => 1)
  .mountRouter(() => Router(), { access: 'operator', limits: { bodyBytes: 10, perEndpoint: rate } });
const access: EndpointAccess = [{ signature: 'stripe', secret: 'S' }, 'operator'];
plugin.post('/listed', { access }, () => 1);
// @ts-expect-error no such mode
plugin.post('/hook', { access: { signatur: 'github', secret: 'S' } }, () => 1);
// @ts-expect-error no such mode
plugin.mountRouter(() => Router(), { access: 'operators' });
// @ts-expect-error a token needs its secret
plugin.post('/hook', { access: { token: { header: 'X-Key' } } }, () => 1);
// @ts-expect-error in a header or in the query
plugin.post('/hook', { access: { token: { cookie: 'key' }, secret: 'S' } }, () => 1);
// @ts-expect-error a signed URL is or is not
plugin.post('/hook', { access: { signedUrl: false } }, () => 1);
// @ts-expect-error no such member
plugin.post('/hook', { access: { signature: 'github', secret: 'S', expects: {} } }, () => 1);
// @ts-expect-error one slip in a list
plugin.post('/hook', { access: ['operator', 'publik'] }, () => 1);
// @ts-expect-error a rate needs its time
plugin.post('/hook', { limits: { perAddress: { requests: 5 } } }, () => 1);
// @ts-expect-error no such limit
plugin.post('/hook', { limits: { bodyBytes: 5 } }, () => 1);
// @ts-expect-error a header's name is needed
hmac({ prefix: 'sha256=' });
