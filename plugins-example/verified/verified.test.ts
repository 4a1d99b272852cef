import { signed, startHost, testChannel, type TestHost } from 'gatehouse/testing';

const secret = 'a secret of this test';
const channel = testChannel();
let host: TestHost;

beforeAll(async () => {
  host = await startHost({
    plugins: __dirname,
    secrets: { 'example.verified': { GITHUB_WEBHOOK_SECRET: secret } },
    channel,
  });
});
afterAll(() => host.stop());

const push = { ref: 'refs/heads/main', repository: { full_name: 'octocat/hello-world' } };
const deliver = (request: RequestInit) => fetch(host.urlOf('example.verified', '/github'), request);

test('a push is announced', async () => {
  const answer = await deliver(signed('github', { secret, event: 'push', body: push }));
  expect(await answer.json()).toEqual({ announced: 'refs/heads/main' });
  expect(channel.messages.map(({ text }) => text)).toEqual(['octocat/hello-world: push to refs/heads/main']);
});

test('another event is not', async () => {
  const answer = await deliver(signed('github', { secret, event: 'star', body: { action: 'created' } }));
  expect(await answer.json()).toEqual({ ignored: 'star' });
});

test('what GitHub did not sign never reaches the plugin', async () => {
  const before = channel.messages.length;
  const forged = await deliver(signed('github', { secret: 'another', event: 'push', body: push }));
  const unsigned = await deliver({ method: 'POST', body: JSON.stringify(push) });
  expect([forged.status, unsigned.status]).toEqual([401, 401]);
  expect(channel.messages).toHaveLength(before);
});
