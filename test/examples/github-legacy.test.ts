import { createHmac } from 'node:crypto';
import path from 'node:path';
import { deliver, githubDeliveries, hangUp, tampered } from '../support/github-deliveries';
import { root, startProcessHost, type ProcessHost } from '../support/process-host';

const secret = 'a secret of the tests';
const plugins = [path.join(root, 'plugins-example')];
const old = '/api/plugin/example.github_legacy/webhook/github';
const declared = '/api/plugin/example.github/github';

describe('the github-legacy example', () => {
  let host: ProcessHost;
  beforeAll(async () => {
    const env = {
      GATEHOUSE_CONFIG_EXAMPLE_GITHUB_GITHUB_WEBHOOK_SECRET: secret,
      GATEHOUSE_CONFIG_EXAMPLE_GITHUB_LEGACY_GITHUB_WEBHOOK_SECRET: secret,
      GATEHOUSE_CONFIG_EXAMPLE_GITHUB_LEGACY_NOTIFICATION_CHAT_KEY: 'console-old',
    };
    host = await startProcessHost({ plugins, env });
  });
  afterAll(async () => {
    hangUp();
    expect(await host.stop()).toBe(0);
  });

  test('answers every payload GitHub publishes as its declared twin does, taken and refused alike', async () => {
    const wrong: unknown[] = [];
    let count = 0;
    for await (const delivery of githubDeliveries(secret)) {
      count += 1;
      const [was, is] = [
        await deliver(host.base + old, delivery),
        await deliver(host.base + declared, delivery),
      ];
      const refused = await deliver(host.base + old, tampered(delivery));
      if (was.status !== 200 || JSON.stringify(was) !== JSON.stringify(is))
        wrong.push({ event: delivery.event, was, is });
      if (refused.status !== 403 || refused.body.detail !== 'Invalid signature') wrong.push(refused);
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(1_000);
  }, 120_000);

  test('announces a push in the configured chat', async () => {
    await host.logged(/Code push event/);
  });

  test('signed JSON that does not parse is a 400 on both', async () => {
    const body = '{"zen":';
    const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    for (const address of [old, declared]) {
      const answer = await deliver(host.base + address, { version: 'none', event: 'ping', body, signature });
      expect([address, answer.status]).toEqual([address, 400]);
    }
  });
});

describe('the github-legacy example without a secret', () => {
  test('answers 503: never open', async () => {
    const host = await startProcessHost({ plugins });
    const signature = `sha256=${createHmac('sha256', '').update('{}').digest('hex')}`;
    const answer = await deliver(host.base + old, { version: 'none', event: 'ping', body: '{}', signature });
    hangUp();
    expect(await host.stop()).toBe(0);
    expect([answer.status, answer.body.detail]).toEqual([503, 'Webhook secret not configured']);
  });
});
