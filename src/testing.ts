import { startHost as start } from './host';
import { infoOfPlugin, isPluginFolder } from './plugins/given-plugin';
import { signRequest } from './signatures/sign-request';
import { signatureRow } from './signatures/signature-rows';
import { createRequest, type RequestPlugin } from './testing/plugin-request';
import { createSigned, type Signed } from './testing/signed';
import { createStartGivenHost, createStartHost, type StartTestHost } from './testing/test-host';

export { fakeClock, type FakeClock } from './testing/fake-clock';
export { testChannel, type TestChannel, type TestMessage } from './testing/test-channel';
export type { LogLine } from './testing/collected-log';
export type { GivenPlugin, PluginAgent, PluginRequestOptions } from './testing/plugin-request';
export type { SignedOptions, SignedTestRequest } from './testing/signed';
export type { TestHost, TestHostOptions } from './testing/test-host';
export type { TestSecrets, TestSettings } from './testing/test-settings';
export type { SignatureRow } from './core/signature-row';

const parts = { start, isPlugin: isPluginFolder };

/**
 * Signs a request as a sender does: `await fetch(host.urlOf('acme.ci', '/github'), signed('github', { secret, body }))`. The
 * sender is named as in an endpoint's `access`, or given as a row. Senders whose signatures take code cannot be signed for.
 * @throws testing/cannot-sign, signatures/unknown-row, signatures/cannot-sign
 */
export const signed: Signed = createSigned({ rowOf: signatureRow, sign: signRequest });

/**
 * Starts a whole host in this process: the plugins are loaded as in production, the log is collected, everything else is
 * usual. Resolves once every plugin is live. Stop it, or the process does not end.
 * @throws testing/plugin-failed, testing/no-plugin, testing/unknown-plugin, testing/unknown-secret, testing/clock-needs-sqlite,
 * settings/invalid
 */
export const startHost: StartTestHost = createStartHost(parts);

/**
 * Supertest for one plugin, mounted in a host of its own: `const agent = await request(plugin)`, then
 * `await agent.get('/tasks').expect(200)`. The plugin is the object of the test itself, not loaded anew. Needs supertest.
 * @throws testing/not-a-plugin, testing/no-supertest, testing/plugin-failed
 */
export const request: RequestPlugin = createRequest({
  start: createStartGivenHost(parts),
  signed,
  infoOf: infoOfPlugin,
});
