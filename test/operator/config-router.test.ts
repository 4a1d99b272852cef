import { Secret } from '../../src/core/secret';
import { connectOperator } from '../../src/operator/operator-client';
import { openConfigYard, TOKEN, type ConfigYard } from '../support/config-yard';

const SCHEMA = `
import { z } from 'zod';
const config = plugin.config(z.object({
  CHANNEL: z.string().min(3).describe('Where to send').default('console-ci'),
  retries: z.number().int().max(9).default(3),
  apiKey: z.string().min(8).optional().meta({ secret: true }),
  mail: z.object({ host: z.string(), password: z.string().meta({ secret: true }) }).optional(),
  MUST: z.enum(['a', 'b']),
}));
plugin.get('/values', () => ({ ...config, isFrozen: Object.isFrozen(plugin.config.mail ?? Object.freeze({})) }));
`;

let host: ConfigYard;
beforeEach(async () => {
  host = await openConfigYard();
  host.file['acme.ci'] = { MUST: 'a' };
  await host.yard.plugin('ci', 'acme.ci', SCHEMA);
  await host.yard.plugin('plain', 'acme.plain');
  await host.yard.reconciler.rescan();
});
afterEach(() => host.close());

const values = async () => (await fetch(`${host.url}/api/plugin/acme.ci/values`)).json() as Promise<any>;
const read = () => host.call('GET', 'acme.ci/config');
const put = (given: object, revision: unknown = 0) =>
  host.call('PUT', 'acme.ci/config', { values: given, revision });

test('schema, values, sources and revision are told', async () => {
  host.environment['GATEHOUSE_CONFIG_ACME_CI_RETRIES'] = '7';
  const { status, body } = await read();
  expect(status).toBe(200);
  expect(body.schema.properties.CHANNEL).toEqual({
    ...{ type: 'string', minLength: 3, description: 'Where to send', default: 'console-ci' },
  });
  expect(body.values).toEqual({ CHANNEL: 'console-ci', retries: 7, MUST: 'a', apiKey: { isSet: false } });
  expect(body.sources).toEqual({ CHANNEL: 'default', retries: 'environment', MUST: 'file' });
  expect(body.variables).toEqual({ retries: 'GATEHOUSE_CONFIG_ACME_CI_RETRIES' });
  expect(body.revision).toBe(0);
});

test('whether the plugin serves is told, and why not', async () => {
  expect((await read()).body).toMatchObject({ state: 'live' });
  delete host.file['acme.ci'];
  await host.yard.reconciler.rescan();
  await host.call('POST', 'acme.ci/disable');
  await host.call('POST', 'acme.ci/enable');
  const { state, failure } = (await read()).body;
  expect(state).toBe('failed');
  expect(failure).toEqual({
    code: 'plugin/invalid-config',
    message: expect.stringContaining('/api/plugin/acme.ci/__webui__/settings'),
  });
  expect(failure.message).toContain('GATEHOUSE_CONFIG_ACME_CI_MUST');
  expect(failure.message).toContain('plugins.acme.ci.config.MUST');
});

test('what is stored goes before the file, and the plugin is reloaded with it', async () => {
  expect(await values()).toMatchObject({ CHANNEL: 'console-ci', MUST: 'a', retries: 3 });
  const { status, body } = await put({ MUST: 'b', CHANNEL: 'console-b' });
  expect(status).toBe(200);
  expect(body).toMatchObject({ revision: 1, transition: { ok: true, state: 'live', generation: 2 } });
  expect(await values()).toMatchObject({ CHANNEL: 'console-b', MUST: 'b', isFrozen: true });
});

test('a variable goes before what is stored, and a change of the rest leaves what is stored under it', async () => {
  await put({ retries: 5 });
  host.environment['GATEHOUSE_CONFIG_ACME_CI_RETRIES'] = '7';
  const refused = await put({ retries: 6 }, 1);
  expect(refused.status).toBe(422);
  expect(refused.body.detail).toEqual([
    {
      loc: ['body', 'values', 'retries'],
      msg: 'GATEHOUSE_CONFIG_ACME_CI_RETRIES gives the value; change it there',
      type: 'from_environment',
    },
  ]);
  expect((await put({ CHANNEL: 'console-x' }, 1)).status).toBe(200);
  expect(await values()).toMatchObject({ retries: 7, CHANNEL: 'console-x' });
  delete host.environment['GATEHOUSE_CONFIG_ACME_CI_RETRIES'];
  await host.yard.registry.reload('acme.ci');
  expect(await values()).toMatchObject({ retries: 5 });
});

test('what the schema refuses is told issue by issue, and nothing is stored', async () => {
  const { status, body } = await put({ CHANNEL: 'x', retries: 'many', nonsense: 1 });
  expect([status, body.code]).toEqual([422, 'plugin/refused-config']);
  const places = body.detail.map(({ loc }: { loc: string[] }) => loc.join('.'));
  expect(places.sort()).toEqual(['body.values.CHANNEL', 'body.values.nonsense', 'body.values.retries']);
  expect(body.detail.every(({ msg, type }: any) => msg !== '' && type !== '')).toBe(true);
  expect((await read()).body.revision).toBe(0);
  expect(host.storedText('acme.ci')).toBe('');
});

test('a secret goes in and does not come out: not in answers, not in clear in the database', async () => {
  await put({ apiKey: 'correct-horse', mail: { host: 'mx', password: 'battery-staple' } });
  expect(await values()).toMatchObject({ apiKey: 'correct-horse', mail: { password: 'battery-staple' } });
  const { body } = await read();
  expect(body.values).toMatchObject({
    apiKey: { isSet: true },
    mail: { host: 'mx', password: { isSet: true } },
  });
  const told =
    JSON.stringify([body, await host.operator.plugins(), host.yard.log]) + host.storedText('acme.ci');
  expect(told).not.toMatch(/correct-horse|battery-staple/);
});

test('a masked secret keeps its value, also within an object; one that is left out is removed', async () => {
  await put({ apiKey: 'correct-horse', mail: { host: 'mx', password: 'battery-staple' } });
  const masked = { isSet: true };
  await put({ apiKey: masked, mail: { host: 'mx2', password: masked } }, 1);
  expect(await values()).toMatchObject({
    apiKey: 'correct-horse',
    mail: { host: 'mx2', password: 'battery-staple' },
  });
  await put({ mail: { host: 'mx2', password: masked } }, 2);
  expect((await values()).apiKey).toBeUndefined();
});

test('a message never quotes a secret', async () => {
  const { status, body } = await put({ apiKey: 'short-1', mail: { host: 7, password: 'hush-hush' } });
  expect(status).toBe(422);
  expect(JSON.stringify(body)).not.toMatch(/short-1|hush-hush/);
});

test('a change of what somebody else changed meanwhile is refused', async () => {
  await put({ CHANNEL: 'first' });
  const { status, body } = await put({ CHANNEL: 'second' });
  expect([status, body.code]).toEqual([409, 'plugin/stale-config']);
  expect((await values()).CHANNEL).toBe('first');
});

test('values the plugin does not start with leave the generation before serving, and that is said', async () => {
  const picky = `${SCHEMA}\nplugin.onInit(() => { if (config.CHANNEL === 'bad') throw new Error('no such channel'); });`;
  await host.yard.plugin('ci', 'acme.ci', picky);
  await host.yard.registry.reload('acme.ci');
  const { status, body } = await put({ CHANNEL: 'bad' });
  expect(status).toBe(200);
  expect(body.transition).toMatchObject({ ok: false, state: 'live', generation: 2 });
  expect(body.transition.failure.code).toBe('plugin/start-failed');
  expect((await values()).CHANNEL).toBe('console-ci');
  expect((await put({ CHANNEL: 'good' }, 1)).body.transition.ok).toBe(true);
});

test('a plugin that failed for want of a value is brought up by giving it one', async () => {
  delete host.file['acme.ci'];
  await host.yard.registry.reload('acme.ci');
  await host.yard.registry.disable('acme.ci');
  const { failure } = await host.yard.registry.enable('acme.ci');
  expect(failure?.code).toBe('plugin/invalid-config');
  expect(failure?.message).toContain('MUST (not set)');
  expect(host.yard.registry.find('acme.ci')?.settingsPage).toBe('/api/plugin/acme.ci/__webui__/settings');
  const page = await fetch(`${host.url}/api/plugin/acme.ci/__webui__/settings`);
  expect(page.status).toBe(200);
  expect((await put({ MUST: 'b' })).body.transition).toMatchObject({ ok: true, state: 'live' });
});

test('values for a disabled plugin are stored for its next load', async () => {
  await host.yard.registry.disable('acme.ci');
  const { status, body } = await put({ CHANNEL: 'later' });
  expect([status, body.notReloaded.code]).toEqual([200, 'plugin/disabled']);
  await host.yard.registry.enable('acme.ci');
  expect((await values()).CHANNEL).toBe('later');
});

test('a plugin without a schema has no configuration to change, an unknown one is unknown', async () => {
  expect((await host.call('GET', 'acme.plain/config')).body.code).toBe('plugin/no-config');
  expect((await host.call('GET', 'acme.none/config')).body.code).toBe('plugin/unknown');
  expect((await host.call('PUT', 'acme.plain/config', { values: {}, revision: 0 })).status).toBe(404);
});

test('without the token nothing is told or stored', async () => {
  for (const method of ['GET', 'PUT']) {
    const response = await fetch(`${host.url}/api/operator/plugins/acme.ci/config`, { method });
    expect(response.status).toBe(401);
  }
});

test.each([
  ['no JSON', 'nonsense'],
  ['a list', []],
  ['no revision', { values: {} }],
  ['an unknown member', { values: {}, revision: 0, force: true }],
  ['values that are no object', { values: ['secret-text'], revision: 0 }],
])('%s is a bad request that is not quoted', async (_what, body) => {
  const answer = await host.call('PUT', 'acme.ci/config', body);
  expect([answer.status, answer.body.code]).toEqual([400, 'plugin/bad-config-request']);
  expect(JSON.stringify(answer.body)).not.toContain('secret-text');
});

test('the command line’s client reads and changes as the HTTP face says', async () => {
  const { configs } = connectOperator({ url: host.url, token: new Secret(TOKEN) });
  expect((await configs.view('acme.ci')).revision).toBe(0);
  expect((await configs.change('acme.ci', { CHANNEL: 'from-afar' }, 0)).transition?.ok).toBe(true);
  await expect(configs.change('acme.ci', { CHANNEL: 'x' }, 1)).rejects.toMatchObject({
    ...{ code: 'plugin/refused-config', members: { detail: [{ loc: ['body', 'values', 'CHANNEL'] }] } },
  });
  await expect(configs.change('acme.ci', {}, 0)).rejects.toMatchObject({ code: 'plugin/stale-config' });
  await expect(configs.view('acme.plain')).rejects.toMatchObject({ code: 'plugin/no-config' });
});
