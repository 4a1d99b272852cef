import { run } from '../cli/command-line';
import { startHostUnderTest, TOKEN, type HostUnderTest } from '../support/running-host';

const SOURCE = `
  import { Plugin } from 'gatehouse';
  export const plugin = new Plugin({ author: 'acme', module: 'old', name: 'Old', version: '1.0.0', description: 'd' });
  plugin.mountWebhookMethod({ endpoint: '/github', name: 'GitHub' }, () => ({ ok: true }));
`;

let host: HostUnderTest;
beforeAll(async () => {
  host = await startHostUnderTest({ 'old/index.ts': SOURCE });
});
afterAll(() => host.close());

test('who used an old address stands there with the address to give them', async () => {
  await fetch(`${host.url}/api/webhook/github`, {
    method: 'POST',
    headers: { 'user-agent': 'GitHub-Hookshot/1' },
    body: '{}',
  });
  const { exitCode, out } = await run(['migrate', 'report', '--url', host.url, '--token', TOKEN]);
  expect(exitCode).toBe(0);
  expect(out).toMatch(/acme\.old +.*GitHub-Hookshot\/1 .*\/api\/plugin\/acme\.old\/github/);
});
