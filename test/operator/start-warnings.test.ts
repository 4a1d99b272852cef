import { startWarnings } from '../../src/operator/start-warnings';

const settings = (given: Partial<Parameters<typeof startWarnings>[0]>) =>
  ({
    host: '127.0.0.1',
    publicUrl: undefined,
    trustProxy: false,
    routes: { docs: 'operator' },
    ...given,
  }) as Parameters<typeof startWarnings>[0];

test.each([
  {},
  { host: '::1' },
  { host: 'localhost' },
  { publicUrl: 'http://localhost:8080' },
  { publicUrl: 'http://[::1]:8080/gate' },
  { host: '0.0.0.0', trustProxy: 1 },
  { host: '0.0.0.0', publicUrl: 'https://hooks.example.org' },
])('nothing is said of %j', (given) => {
  expect(startWarnings(settings(given))).toEqual([]);
});

test.each(['0.0.0.0', '::', '192.0.2.7', 'gatehouse.internal'])('others can reach %s without TLS', (host) => {
  const [warning, ...others] = startWarnings(settings({ host }));
  expect(warning).toContain(`${host} without TLS`);
  expect(warning).toContain('set publicUrl and trustProxy');
  expect(others).toEqual([]);
});

test('a public address without TLS is told, with what follows', () => {
  const warnings = startWarnings(settings({ publicUrl: 'http://hooks.example.org' }));
  expect(warnings).toEqual([expect.stringContaining('nobody can sign in at the console')]);
});

test('descriptions for everybody are told', () => {
  expect(startWarnings(settings({ routes: { docs: 'public' } }))).toEqual([
    expect.stringContaining('routes.docs is public'),
  ]);
});
