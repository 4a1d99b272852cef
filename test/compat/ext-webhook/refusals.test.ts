import { startHost, type TestHost } from '../../../src/testing';
import { ChatExtension, Extension } from '../../../src/compat';
import { pluginFolder } from '../../support/plugin-folder';

const written = (lines: string, options = '{}') =>
  `import { ChatExtension, Extension } from 'gatehouse/compat';\nexport const ext = new Extension('x', ${options});\n${lines}`;

/** One folder each; why it does not load. */
const refused: Readonly<Record<string, readonly [source: string, why: RegExp]>> = {
  twice: [
    written("ext.webhook('a', async () => ({}));\next.webhook('/a', async () => ({}));"),
    /ext\.webhook\("\/a"\) and ext\.webhook\("a"\) both declare POST \/a/,
  ],
  misspelt: [
    written("ext.webhook('a', { acces: 'public' }, async () => ({}));"),
    /ext\.webhook\("a"\): unknown option "acces"/,
  ],
  method: [
    written("ext.webhook('a', 'FETCH')(async () => ({}));"),
    /ext\.webhook\("a"\): method must be .*GET/,
  ],
  unapplied: [written("ext.webhook('a', 'GET');"), /ext\.webhook\("a"\) was given no function/],
  pathless: [written('ext.webhook(7, async () => ({}));'), /ext\.webhook\(7\): the path must be a string/],
  'no-function': [
    written("ext.webhook('a', 'GET')('not one');"),
    /ext\.webhook\("a"\): what it is given must be a function/,
  ],
  option: [written('', "{ displayname: 'X' }"), /new Extension\("x"\): unknown option "displayname"/],
  'chat-webhook': [
    written("new ChatExtension(ext, {}).webhook('a', async () => ({}));"),
    /register on the Extension: ext\.webhook/,
  ],
  'chat-of-nothing': [written('new ChatExtension({});'), /the first argument must be an Extension/],
  nameless: [
    written("new ChatExtension(ext, {}).function({ description: 'd' }, async () => ({}));"),
    /is no name for a function/,
  ],
  secretive: [
    written("ext.secret({ name: '1', write_mode: 'all' });"),
    /ext\.secret\("1"\): writeMode must be[^]*ext\.secret\("1"\): the name is a letter/,
  ],
  several: [
    written(
      "ext.webhook(7, async () => ({}));\next.webhook('a', 'GET');\next.webhook('b')(1);\next.schedule('tomorrow', () => 1);",
      '{ icon: 5 }',
    ),
    /icon must[^]*\(7\): the path[^]*"b"\): what it is[^]*"a"\) was given no function[^]*five fields/,
  ],
  '__webhook__-named': [
    written("new ChatExtension(ext, {}).function({ name: '__webhook__x', description: 'd' }, () => 1);"),
    /belong to webhooks/,
  ],
  scheduled: [written("ext.schedule('tomorrow', function later() {});"), /five fields/],
  two: [written("export const other = new Extension('y');"), /more than one plugin \(ext, other\)/],
  '2fa': [written(''), /"2fa" is not a letter or _/],
};

describe('what an extension may not declare', () => {
  let host: TestHost;
  beforeAll(async () => {
    const files = Object.entries(refused).map(([name, [source]]) => [`${name}/index.ts`, source]);
    const people = { author: 'Jane Doe <jane@example.org>', version: '3.2.1' };
    host = await startHost({
      plugins: pluginFolder({
        ...Object.fromEntries(files),
        'by-jane/index.ts': written("ext.webhook('a', async () => ({}));"),
        'by-jane/package.json': JSON.stringify(people),
        'broken/index.ts': "throw new Error('at its import');",
        'broken/package.json': JSON.stringify({ gatehouse: { author: 'ext', module: 'broken' } }),
        'alone.ts': written("ext.webhook('a', async () => ({}));"),
      }),
      failed: 'keep',
    });
  });
  afterAll(() => host.stop());

  test.each(Object.entries(refused))('%s', (name, [, why]) => {
    const status = host.registry.list().find(({ folder }) => folder.endsWith(`/${name}`));
    expect(status?.state).toBe('failed');
    expect(`${status?.failure?.message}\n${status?.failure?.stack}`).toMatch(why);
  });

  test('the author and version of its package.json count, and its folder is its name', async () => {
    expect(host.registry.find('Jane_Doe.by_jane')).toMatchObject({ state: 'live', version: '3.2.1' });
    const response = await fetch(`${host.url}/v1/ext/by-jane/webhook/a`, { method: 'POST' });
    expect(response.status).toBe(200);
  });

  test('while one is broken its documented address is 503, never 404: senders come again', async () => {
    expect(host.registry.find('ext.broken')?.state).toBe('failed');
    const response = await fetch(`${host.url}/v1/ext/broken/webhook/a`, { method: 'POST' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await fetch(`${host.url}/v1/ext/nobody/webhook/a`, { method: 'POST' })).status).toBe(404);
  });

  test('a single file is an extension named after it', async () => {
    expect(host.registry.find('ext.alone')?.state).toBe('live');
    expect((await fetch(`${host.url}/v1/ext/alone/webhook/a`, { method: 'POST' })).status).toBe(200);
  });
});

describe('what an extension says of itself', () => {
  const ext = new Extension('my-app', { version: '1.0.0', display_name: 'My App', actionsExplicit: true });
  const handler = ext.webhook('/events', 'post', 'X-Hub-Signature-256')(async () => ({ status: 'ok' }));
  const chat = new ChatExtension(ext, { tool_name: 'my_app', description: 'An assistant' });
  chat.function({ description: 'Counts.', action_type: 'read' })(async function count() {});

  test('_webhooks and _tools hold the handler, the latter as a synthetic entry', () => {
    expect(ext._webhooks['events']).toEqual({
      path: 'events',
      func: handler,
      method: 'POST',
      secret_header: 'X-Hub-Signature-256',
    });
    expect(ext._tools['__webhook__events']).toMatchObject({ name: '__webhook__events', func: handler });
  });

  test('its manifest lists webhooks, and among the tools no entry of theirs', () => {
    expect(ext.manifest()).toMatchObject({
      app_id: 'my-app',
      version: '1.0.0',
      display_name: 'My App',
      actions_explicit: true,
      tools: [{ name: 'count', description: 'Counts.' }],
      webhooks: [{ path: 'events', method: 'POST', secret_header: 'X-Hub-Signature-256' }],
      chats: [{ tool_name: 'my_app', description: 'An assistant' }],
    });
  });

  test('a ChatExtension has no webhook: the error says where to register', () => {
    expect(() => chat.webhook).toThrow(expect.objectContaining({ code: 'compat/bad-extension' }));
    expect(() => chat.webhook).toThrow(/register on the Extension: ext\.webhook/);
  });
});
