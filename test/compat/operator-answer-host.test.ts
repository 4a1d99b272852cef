import request from 'supertest';
import { startHostUnderTest } from '../support/running-host';

const plugin = `
  import { Plugin } from 'gatehouse';
  export const plugin = new Plugin({ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: 'd' });
  plugin.mountWebhookMethod({ endpoint: '/github' }, () => [{ ok: true }, 201]);
  plugin.mountWebhookMethod({ endpoint: '/slack' }, () => [{ ok: true }, 201]);
  plugin.mountWebhookMethod({ endpoint: '/own', answer: 'handler' }, () => [{ ok: true }, 201]);
`;

test('a host puts the webhook methods of a plugin that says nothing on what its settings say', async () => {
  const file = {
    compat: { webhookMethods: { answer: 'accept' } },
    plugins: { 'acme.ci': { endpoints: { '/slack': { answer: { ackWithinMs: 60_000 } } } } },
  };
  const host = await startHostUnderTest({ 'ci/index.ts': plugin }, { file });
  try {
    const post = (path: string) => request(host.url).post(`/api/plugin/acme.ci/webhook/${path}`).send({});
    const accepted = await post('github').expect(202);
    expect(accepted.body).toEqual({ id: expect.any(String), status: 'accepted' });
    await request(host.url)
      .get(accepted.headers['location'] as string)
      .expect(200);
    await post('slack').expect(201, { ok: true });
    await post('own').expect(201, { ok: true });
  } finally {
    await host.close();
  }
});
