import { AddressesUnderTest } from '../support/addresses-under-test';

let host: AddressesUnderTest;
beforeAll(async () => {
  host = await AddressesUnderTest.start({
    old: `
    plugin.get('/github', () => 'own');
    plugin.mountWebhookMethod({ endpoint: '/github', ...signed }, () => 'old');
    plugin.mountWebhookMethod({ endpoint: '/free', ...signed }, () => 'free');`,
  });
});
afterAll(() => host.close());

test.each([
  ['/free', 'free'],
  ['/webhook/free', 'free'],
  ['/webhook/github', 'old'],
])('of a webhook method, %s has the token that it needs: %s answers', async (path, answers) => {
  expect(await host.asked('old', path, 'POST')).toEqual([answers, 401]);
});

test('the path that a webhook method yielded has none', async () => {
  expect(await host.told('old', '/github')).toBe('/api/plugin/acme.old/github');
});
