import { Secret } from '../../src/core/secret';
import { createOperator, type Operator } from '../../src/operator/operator';
import { plainExplainer, PlainRegistry, pluginStatus } from './plain-registry';
import { connectOperator } from '../../src/operator/operator-client';
import { startOperatorHost, TOKEN, type OperatorHost } from './operator-host';

let host: OperatorHost;
beforeEach(async () => {
  host = await startOperatorHost();
});
afterEach(() => host.close());

const ways: [string, () => Operator][] = [
  ['in the process', () => host.operator],
  ['through the local socket', () => connectOperator({ socketPath: host.socketPath })],
  ['at an address with the token', () => connectOperator({ url: host.url, token: new Secret(TOKEN) })],
];

describe.each(ways)('an operator %s', (_, connect) => {
  test('lists every plugin and finds one', async () => {
    const plugins = await connect().plugins();
    expect(plugins).toEqual(JSON.parse(JSON.stringify(host.registry.list())));
    expect(await connect().plugin('acme.ci')).toMatchObject({ key: 'acme.ci', state: 'live' });
  });

  test('disables, enables and reloads', async () => {
    const operator = connect();
    expect(await operator.disable('acme.ci')).toEqual({
      key: 'acme.ci',
      ok: true,
      state: 'disabled',
      generation: 0,
    });
    expect(await operator.enable('acme.ci')).toMatchObject({ ok: true, state: 'live' });
    expect(await operator.reload('acme.ci')).toMatchObject({ ok: true, generation: 2 });
    expect(host.registry.find('acme.ci')).toMatchObject({ state: 'live', generation: 2 });
  });

  test('gets a failed reload as a value with its stack, the old generation serving', async () => {
    expect(await connect().reload('acme.broken')).toMatchObject({
      ok: false,
      generation: 1,
      failure: { code: 'plugin/load-failed', stack: expect.stringContaining('index.ts:3:1') },
    });
  });

  test('is told of an unknown plugin by every verb, hostile keys included', async () => {
    for (const key of ['no.such', '../../etc', 'a/b?c#d', '__proto__'])
      for (const verb of ['plugin', 'enable', 'disable', 'reload'] as const)
        await expect(connect()[verb](key)).rejects.toMatchObject({ code: 'plugin/unknown' });
  });

  test('asks why a request is answered as it is, odd paths included', async () => {
    const path = '/api/plugin/a.b/x?q=1&r=%2F#z';
    expect(await connect().explain('POST', path)).toEqual({
      method: 'POST',
      path,
      status: 404,
      steps: [`nothing is at ${path}`],
    });
  });

  test('sees what is deprecated and still used', async () => {
    expect(await connect().deprecations()).toMatchObject([{ plugin: 'acme.ci', count: 2 }]);
  });
});

test('answers that broke their schema are told by plugin, where there were any', async () => {
  const counts = [
    { key: 'acme.ci', endpoint: 'GET /a', count: 2 },
    { key: 'acme.ci', endpoint: 'GET /b', count: 1 },
  ];
  const registry = new PlainRegistry([pluginStatus('acme.ci'), pluginStatus('acme.calm')]);
  const operator = createOperator({ registry, explainer: plainExplainer, brokenResponses: () => counts });
  expect((await operator.plugins()).map(({ brokenResponses }) => brokenResponses)).toEqual([3, undefined]);
  expect(await operator.plugin('acme.ci')).toMatchObject({ brokenResponses: 3 });
  expect(await operator.plugin('acme.calm')).not.toHaveProperty('brokenResponses');
});
