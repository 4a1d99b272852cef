import http from 'node:http';
import { localSocketPath } from '../src/operator/local-socket';
import { startHostUnderTest, TOKEN, type HostUnderTest } from './support/running-host';

const source = `
  import { Plugin } from 'gatehouse';
  export const plugin = new Plugin({ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: 'd' });
  plugin.get('/', () => 'here');
`;
const PLUGINS = '/api/operator/plugins';
let host: HostUnderTest | undefined;
afterEach(async () => {
  await host?.close();
  host = undefined;
});

const headers = { authorization: `Bearer ${TOKEN}` };
const statusOf = async (address: string) => (await fetch(`${host?.url}${address}`, { headers })).status;

test('networks that the host names hold for plugins and for its own API, not for its health', async () => {
  host = await startHostUnderTest({ 'ci/index.ts': source }, { file: { allowFrom: ['203.0.113.0/24'] } });
  const addresses = ['/api/plugin/acme.ci/', PLUGINS, '/api/receipts/x', '/healthz', '/readyz'];
  expect(await Promise.all(addresses.map(statusOf))).toEqual([401, 401, 401, 200, 200]);
  // Whoever may open it is the operator, wherever they are.
  const socketPath = localSocketPath(host.settings.data);
  const status = await new Promise((resolve, reject) => {
    http
      .get({ socketPath, path: PLUGINS }, (response) => resolve(response.resume().statusCode))
      .on('error', reject);
  });
  expect(status).toBe(200);
});

test('callers of these networks get everything', async () => {
  host = await startHostUnderTest(
    { 'ci/index.ts': source },
    { file: { allowFrom: ['203.0.113.0/24', '127.0.0.0/8'] } },
  );
  expect(await Promise.all(['/api/plugin/acme.ci/', PLUGINS].map(statusOf))).toEqual([200, 200]);
});
