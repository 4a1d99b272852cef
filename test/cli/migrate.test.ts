import { startHostUnderTest, TOKEN, type HostUnderTest } from '../support/running-host';
import { run } from './command-line';

let host: HostUnderTest;
beforeAll(async () => {
  host = await startHostUnderTest({});
});
afterAll(() => host.close());

test('a host whose old addresses nobody used says so, and lists nothing as JSON', async () => {
  const line = ['migrate', 'report', '--url', host.url, '--token', TOKEN];
  const { exitCode, out } = await run(line);
  expect([exitCode, out]).toEqual([0, 'No deprecated address was used since the host started.\n']);
  expect(JSON.parse((await run([...line, '--json'])).out)).toEqual({ deprecations: [] });
});
