import { isRecorded } from '../../src/core/durable-answer';
import type { Endpoint } from '../../src/core/declaration';
import { operatorAccess } from '../../src/plugins/operator-access';
import { PlainPlugin } from './plain-plugin';

const GITHUB = { signature: 'github', secret: 'GITHUB' } as const;
const RATE = { requests: 5, perMs: 1_000 };

function declared(options: object, handler: object | (() => unknown) = () => 1): Endpoint[] {
  const plugin = new PlainPlugin();
  plugin.mountWebhookMethod({ endpoint: '/gh', ...options }, handler as () => unknown);
  return plugin.endpoints;
}

test('a webhook method says who may ask as an endpoint does', () => {
  expect(declared({ access: GITHUB, limits: { perAddress: RATE } })).toMatchObject([
    { access: GITHUB, isAccessChosen: true, quotas: { perAddress: RATE } },
  ]);
  expect(declared({})[0]).toMatchObject({ access: 'public' });
  expect(declared({})[0]).not.toHaveProperty('isAccessChosen');
});

test('its slips are named at their place', () => {
  const options = {
    access: { signature: 'github', secert: 'GITHUB' },
    limits: { perAddress: { requests: 1 } },
  };
  expect(() => declared(options)).toThrow(
    /needs requests and perMs[^]*access\.secert is not known \(did you mean "secret"\?\)/,
  );
});

test('it is recorded whoever may ask', () => {
  expect([...declared({}), ...declared({ access: GITHUB })].map(isRecorded)).toEqual([true, true]);
});

test('the operator verifies senders of an unchanged plugin, whatever the method', () => {
  const lines: string[] = [];
  const revise = operatorAccess({
    defaultAccess: 'operator',
    perPlugin: { 'dev.demo': { endpoints: { 'gh/': { access: GITHUB } } } },
    logger: { warn: ((line: string) => void lines.push(line)) as never },
  });
  const found = [...revise('dev.demo' as never, declared({}, { GET: () => 1, POST: () => 2 }))] as Endpoint[];
  expect(found.map(({ method, access }) => [method, access])).toEqual([
    ['GET', GITHUB],
    ['POST', GITHUB],
  ]);
  expect([...revise('dev.other' as never, declared({}))]).toMatchObject([{ access: 'operator' }]);
  expect(lines).toEqual([]);
});
