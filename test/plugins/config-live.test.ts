import { openConfigYard, type ConfigYard } from '../support/config-yard';

let host: ConfigYard;
beforeEach(async () => {
  host = await openConfigYard();
});
afterEach(() => host.close());

const BODY = `
  import { z } from 'zod';
  const config = plugin.config(z.object({
    CHANNEL: z.string().min(3).default('console-a'),
    limit: z.number().default(1),
    pin: z.string().optional().meta({ secret: true }),
  }));
  plugin.onInit(() => note('init ' + config.CHANNEL));
`;
const FOLLOWING = `${BODY}
  plugin.onConfigChanged((values, before) => {
    note(before.CHANNEL + before.limit + ' to ' + values.CHANNEL + values.limit + ', read ' + config.CHANNEL + ' and ' + plugin.config.CHANNEL + plugin.services.config.limit);
  });
`;
async function load(body: string): Promise<void> {
  await host.yard.plugin('ci', 'acme.ci', body);
  await host.yard.reconciler.rescan();
}
const change = (values: object, revision: number) => host.call('PUT', 'acme.ci/config', { values, revision });
/** Every work that the plugin spawned is done when a following turn of the event loop is over. */
const journalled = async (length: number) => {
  const end = performance.now() + 5_000;
  while (host.yard.journal.length < length && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 5));
  return host.yard.journal;
};
const generation = () => host.yard.reconciler.find('acme.ci')?.live?.generation;

test('a plugin that follows its configuration has what is stored, checked, without a reload', async () => {
  await load(FOLLOWING);
  const answer = await change({ CHANNEL: 'console-b', limit: 2 }, 0);
  expect([answer.status, answer.body]).toEqual([200, { revision: 1, taken: true }]);
  expect(await journalled(2)).toEqual([
    'init console-a',
    'console-a1 to console-b2, read console-b and console-b2',
  ]);
  await change({ limit: 3 }, 1);
  expect((await journalled(3))[2]).toBe('console-b2 to console-a3, read console-a and console-a3');
  expect(generation()).toBe(1);
});

test('what another host stores reaches it as well', async () => {
  await load(FOLLOWING);
  const { shared } = host.yard.database;
  await shared.put('config', 'acme.ci', JSON.stringify({ values: { CHANNEL: 'console-z' }, sealed: {} }));
  expect((await journalled(2))[1]).toMatch(/^console-a1 to console-z1/);
});

test('what is not valid is refused where it is given, and logged where it comes from elsewhere; the values stay', async () => {
  await load(FOLLOWING);
  expect((await change({ CHANNEL: 'x' }, 0)).status).toBe(422);
  const { shared } = host.yard.database;
  const put = (values: object) => shared.put('config', 'acme.ci', JSON.stringify({ values, sealed: {} }));
  await put({ CHANNEL: 'x', pin: 'correct-horse' });
  expect(await host.configs.taken('acme.ci' as never)).toBe(false);
  expect(host.yard.errors()).toEqual(['the changed configuration cannot be taken; the one before stays']);
  expect(JSON.stringify(host.yard.log)).not.toContain('correct-horse');
  await put({ CHANNEL: 'console-c' });
  expect((await journalled(2))[1]).toMatch(/^console-a1 to console-c1/);
  expect(await host.configs.taken('acme.ci' as never)).toBe(true);
});

test('a change that changes nothing is not told', async () => {
  await load(FOLLOWING);
  await change({ CHANNEL: 'console-a' }, 0);
  await change({ CHANNEL: 'console-b' }, 1);
  expect((await journalled(2)).slice(1)).toEqual([expect.stringMatching(/^console-a1 to console-b1/)]);
});

test.each([
  ['throws', `throw new Error('no such channel');`],
  ['rejects', `return Promise.reject(new Error('no such channel'));`],
])('a hook that %s is logged; the values stay, and other hooks run', async (_how, failing) => {
  await load(`${BODY} plugin.onConfigChanged(() => { ${failing} });
    plugin.onConfigChanged(() => note('second ' + config.CHANNEL));`);
  const answer = await change({ CHANNEL: 'console-b' }, 0);
  expect(answer.body.taken).toBe(true);
  expect((await journalled(2))[1]).toBe('second console-b');
  const isLogged = () => host.yard.errors().includes('onConfigChanged failed: no such channel');
  const end = performance.now() + 5_000;
  while (!isLogged() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(isLogged()).toBe(true);
});

test('a plugin that does not follow it is reloaded', async () => {
  await load(BODY);
  const answer = await change({ CHANNEL: 'console-b' }, 0);
  expect(answer.body).toMatchObject({ revision: 1, transition: { ok: true, generation: 2 } });
  expect(await journalled(2)).toEqual(['init console-a', 'init console-b']);
});

test('a generation that was replaced follows no more; the next one has what was stored', async () => {
  await load(FOLLOWING);
  await change({ CHANNEL: 'console-b' }, 0);
  await host.yard.registry.reload('acme.ci');
  await change({ CHANNEL: 'console-c' }, 1);
  expect(await journalled(4)).toEqual([
    'init console-a',
    expect.stringMatching(/^console-a1 to console-b1/),
    'init console-b',
    expect.stringMatching(/^console-b1 to console-c1/),
  ]);
  await host.yard.registry.disable('acme.ci');
  await change({ CHANNEL: 'console-d' }, 2);
  expect(host.yard.journal).toHaveLength(4);
  expect(await host.configs.taken('acme.ci' as never)).toBe(false);
});

test('secrets in a configuration that is taken live are masked wherever it is shown', async () => {
  await load(`${BODY} plugin.onConfigChanged((values) => note('pin ' + values.pin));`);
  const answer = await change({ pin: 'correct-horse' }, 0);
  expect((await journalled(2))[1]).toBe('pin correct-horse');
  const view = await host.call('GET', 'acme.ci/config');
  expect(view.body.values.pin).toEqual({ isSet: true });
  for (const shown of [answer.body, view.body, host.yard.log, host.storedText('acme.ci')])
    expect(JSON.stringify(shown)).not.toContain('correct-horse');
});

test('the plugin’s own words about its configuration as a whole mask secrets, also nested ones; a field reads as it is', async () => {
  await load(`
  import { z } from 'zod';
  import { inspect } from 'node:util';
  const config = plugin.config(z.object({
    pin: z.string().default('unset').meta({ secret: true }),
    mail: z.object({ port: z.number(), key: z.string().meta({ secret: true }) }).default({ port: 25, key: 'k0' }),
  }));
  const told = (...all) => {
    for (const one of all) note(JSON.stringify(one) + ' ' + inspect({ one }, { depth: 9 }));
    for (const { pin, mail } of all) note(pin + ' ' + mail.key + ' ' + Object.keys({ pin, mail }));
  };
  plugin.onConfigChanged((values, before) => told(values, before, config, plugin.config, plugin.services.config));
  `);
  await change({ pin: 'correct-horse', mail: { port: 26, key: 'battery-staple' } }, 0);
  const journal = await journalled(10);
  const shown = (port: number) =>
    `{"pin":{"isSet":true},"mail":{"port":${port},"key":{"isSet":true}}} ` +
    `{\n  one: { pin: { isSet: true }, mail: { port: ${port}, key: { isSet: true } } }\n}`;
  expect(journal.slice(0, 5)).toEqual([26, 25, 26, 26, 26].map(shown));
  const now = 'correct-horse battery-staple pin,mail';
  expect(journal.slice(5)).toEqual([now, 'unset k0 pin,mail', now, now, now]);
});
