import { endpoint, startGateway, type GatewayUnderTest } from './gateway-under-test';

let host: GatewayUnderTest;
beforeEach(async () => {
  host = await startGateway();
});
afterEach(() => host.close());

const steps = (path: string) => host.gateway.explain('GET', path).steps;

test('what runs before a handler is told, since it may refuse', () => {
  const step = (name: string) => ({ name, needsBody: false, make: () => 1 });
  host.seat(
    'dev.demo',
    endpoint('GET', '/a', () => 1, { provide: [step('user'), step('org')], use: [() => undefined] }),
    endpoint('GET', '/b', () => 1, { use: [() => undefined, () => undefined] }),
    endpoint('GET', '/c', () => 1),
  );
  expect(steps('/api/plugin/dev.demo/a')).toContain(
    'its own code may still refuse: provides user, org, uses 1 middleware',
  );
  expect(steps('/api/plugin/dev.demo/b')).toContain('its own code may still refuse: uses 2 middleware');
  expect(steps('/api/plugin/dev.demo/c').join()).not.toContain('its own code');
});

test.each([
  ['docs', 'the page of its description (routes.docs) of dev.demo'],
  ['openapi.json', 'the description (routes.docs) of dev.demo'],
  ['__webui__/settings', 'the settings page of dev.demo'],
  ['__webui__/', 'the page of dev.demo'],
])('whose the address %s is, is told', (rest, what) => {
  host.seat(
    'dev.demo',
    endpoint('GET', '/a', () => 1),
  );
  expect(steps(`/api/plugin/dev.demo/${rest}`)).toContain(
    `/api/plugin/dev.demo/${rest} is the host’s own: ${what}`,
  );
});
