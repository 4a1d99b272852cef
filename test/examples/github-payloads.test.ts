import { createHmac } from 'node:crypto';
import path from 'node:path';
import {
  deliver,
  githubDeliveries,
  hangUp,
  tampered,
  type GithubDelivery,
} from '../support/github-deliveries';
import { root, startProcessHost, type ProcessHost } from '../support/process-host';

const secret = 'a secret of the tests';
const configured = { GATEHOUSE_CONFIG_EXAMPLE_GITHUB_GITHUB_WEBHOOK_SECRET: secret };
const examples = path.join(root, 'plugins-example');
const address = '/api/plugin/example.github/github';

describe('the github example', () => {
  let host: ProcessHost;
  beforeAll(async () => {
    const env = { ...configured, GATEHOUSE_CONFIG_EXAMPLE_GITHUB_NOTIFICATION_CHAT_KEY: 'console-ci' };
    host = await startProcessHost({ plugins: [examples], env });
  });
  afterAll(async () => {
    hangUp();
    expect(await host.stop()).toBe(0);
  });

  test('takes every payload GitHub publishes, as sent and pretty-printed, and refuses each with one byte changed', async () => {
    const wrong: unknown[] = [];
    let count = 0;
    for await (const delivery of githubDeliveries(secret)) {
      count += 1;
      const taken = await deliver(host.base + address, delivery);
      const refused = await deliver(host.base + address, tampered(delivery));
      if (
        taken.status !== 200 ||
        taken.body.message !== `Event '${delivery.event}' received and acknowledged.`
      )
        wrong.push({ ...taken, version: delivery.version, event: delivery.event });
      if (refused.status !== 403 || refused.body.detail !== 'Invalid signature')
        wrong.push({ ...refused, version: delivery.version, event: delivery.event });
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(1_000);
  }, 120_000);

  test('announces a push in the configured chat', async () => {
    await host.logged(/Code push event/);
  });

  test('refuses a delivery without a signature as a bad request', async () => {
    const response = await fetch(host.base + address, { method: 'POST', body: '{}' });
    expect(response.status).toBe(400);
  });
});

describe('the github example without a secret', () => {
  let host: ProcessHost;
  beforeAll(async () => {
    host = await startProcessHost({ plugins: [examples] });
  });
  afterAll(async () => {
    hangUp();
    expect(await host.stop()).toBe(0);
  });

  test('answers 503 to everyone, signed or not: never open', async () => {
    const forEmptySecret: GithubDelivery = {
      version: 'none',
      event: 'ping',
      body: '{}',
      signature: `sha256=${createHmac('sha256', '').update('{}').digest('hex')}`,
    };
    const signed = await deliver(host.base + address, forEmptySecret);
    expect([signed.status, signed.body.detail]).toEqual([503, 'Webhook secret not configured']);
    const unsigned = await fetch(host.base + address, { method: 'POST', body: '{}' });
    expect(unsigned.status).toBe(503);
  });
});
