import { existsSync } from 'node:fs';
import path from 'node:path';
import { AdapterTable } from '../../src/agent/channels/adapter-table';
import { startHost, testChannel, type TestHost, type TestHostOptions } from '../../src/testing';
import { pluginFolder } from '../support/plugin-folder';

const source = (module: string, body = '') => `import { Plugin } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: '${module}', name: 'CI', version: '1.0.0', description: '' });
${body}
`;
const hosts: TestHost[] = [];
const start = async (options: TestHostOptions) => {
  const host = await startHost(options);
  hosts.push(host);
  return host;
};
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
});

describe('a host in a test', () => {
  test('serves a folder of plugins, a plugin’s own folder and a single file alike', async () => {
    const get = "plugin.get('/', () => plugin.key);";
    const many = pluginFolder({ 'one/index.ts': source('one', get), 'two/index.js': source('two', get) });
    const own = pluginFolder({
      'package.json': '{"main":"lib/start.ts"}',
      'lib/start.ts': source('own', get),
    });
    const file = path.join(pluginFolder({ 'alone.ts': source('alone', get) }), 'alone.ts');
    const host = await start({ plugins: [many, own, file] });
    for (const key of ['acme.one', 'acme.two', 'acme.own', 'acme.alone'])
      expect(await (await fetch(host.urlOf(key))).json()).toBe(key);
    expect(host.registry.list()).toHaveLength(4);
  });

  test('gives a plugin its secrets and settings from its first moment', async () => {
    const folder = pluginFolder({
      'index.ts': source(
        'ci',
        `let first;
plugin.onInit(() => { first = [plugin.secrets.get('githubToken'), plugin.config.channel]; });
plugin.get('/first', () => first);`,
      ),
    });
    const host = await start({
      plugins: folder,
      secrets: { 'acme.ci': { githubToken: 'hush' } },
      settings: { plugins: { 'acme.ci': { config: { channel: 'console-a' } } } },
    });
    expect(await (await fetch(host.urlOf('acme.ci', 'first'))).json()).toEqual(['hush', 'console-a']);
  });

  test('collects what is logged, and prints none of it', async () => {
    const folder = pluginFolder({
      'index.ts': source('ci', "plugin.get('/', () => { plugin.logger.info('asked', { id: 7 }); });"),
    });
    const print = jest.spyOn(process.stdout, 'write');
    const host = await start({ plugins: folder });
    await fetch(host.urlOf('acme.ci'));
    expect(host.logs).toContainEqual(
      expect.objectContaining({ level: 'info', message: 'asked', id: 7, plugin: 'acme.ci' }),
    );
    expect(print.mock.calls.flat().join('')).not.toContain('asked');
    print.mockRestore();
  });

  test('logs each request once it is asked to', async () => {
    const folder = pluginFolder({ 'index.ts': source('ci') });
    const host = await start({ plugins: folder, settings: { log: { access: true } } });
    await fetch(host.urlOf('acme.ci', '/nowhere'));
    await host.stop();
    expect(host.logs).toContainEqual(
      expect.objectContaining({ message: 'request', path: '/api/plugin/acme.ci/nowhere' }),
    );
  });

  test('hands what plugins send to chats to the test', async () => {
    const body =
      "plugin.post('/say', async ({ json }) => { await plugin.message.sendText(json().to, 'hello'); });";
    const channel = testChannel();
    const host = await start({ plugins: pluginFolder({ 'index.ts': source('ci', body) }), channel });
    const say = (to: string) =>
      fetch(host.urlOf('acme.ci', '/say'), {
        method: 'POST',
        body: JSON.stringify({ to }),
        headers: { 'content-type': 'application/json' },
      });
    expect((await say('console-ci')).status).toBe(204);
    expect((await say('nonsense')).status).toBe(500);
    expect(channel.messages).toMatchObject([
      { chatKey: 'console-ci', from: 'acme.ci', kind: 'text', text: 'hello' },
    ]);
    expect(await channel.history('console-ci')).toEqual(channel.messages);
    expect(await channel.history('console-other')).toEqual([]);
  });

  test('keeps what plugins attach, and which messages start runs, as the test channel has them', async () => {
    const body = `plugin.post('/send', async () => {
      writeFileSync(join(plugin.dataDir, 'may.csv'), 'a,b');
      await plugin.message.sendFile('console-ci', 'may.csv');
      await plugin.message.sendImage('slack-ci', { filename: 'dot.png', data: new Uint8Array([1, 2]) });
      await plugin.message.pushSystem('console-ci', 'red', { trigger: true });
      const refused = [];
      for (const [to, file] of [['console-ci', 'none.csv'], ['matrix-ci', 'may.csv'], ['console-ci', { filename: 'a' }]])
        await plugin.message.sendFile(to, file).catch(({ code }) => refused.push(code));
      return [refused, plugin.crypto.timingSafeEqual('a', 'a'), plugin.crypto.digest('sha256', 'a').length];
    });`;
    const channel = testChannel();
    const text = `import { writeFileSync } from 'node:fs';\nimport { join } from 'node:path';\n${source('ci', body)}`;
    const host = await start({ plugins: pluginFolder({ 'index.ts': text }), channel });
    const response = await fetch(host.urlOf('acme.ci', '/send'), { method: 'POST' });
    const refused = ['channel/bad-attachment', 'channel/unknown', 'channel/bad-attachment'];
    expect(await response.json()).toEqual([refused, true, 64]);
    const csv = { filename: 'may.csv', contentType: 'text/csv', bytes: 3 };
    const png = { filename: 'dot.png', contentType: 'image/png', bytes: 2 };
    expect(channel.messages).toMatchObject([
      { kind: 'file', attachment: csv, data: Buffer.from('a,b'), trigger: false },
      { kind: 'image', chatKey: 'slack-ci', attachment: png, data: Buffer.of(1, 2) },
      { kind: 'system', text: 'red', trigger: true },
    ]);
  });

  test('refuses the chats that a host refuses, and no others', () => {
    const { all } = new AdapterTable(
      () => undefined,
      () => 0,
    );
    for (const { name } of all) expect(() => testChannel().check(`${name}-a`)).not.toThrow();
    expect(() => testChannel().check('matrix-a')).toThrow(all.map(({ name }) => name).join(', '));
  });

  test('can be spoken to as its operator, and knows its own public address', async () => {
    const host = await start({
      plugins: pluginFolder({ 'index.ts': source('ci', "plugin.get('/', () => plugin.webhookUrl('/x'));") }),
    });
    const asked = (token: string) =>
      fetch(`${host.url}/api/operator/plugins`, { headers: { authorization: `Bearer ${token}` } });
    expect((await asked(host.operatorToken)).status).toBe(200);
    expect((await asked('another')).status).toBe(401);
    expect(await (await fetch(host.urlOf('acme.ci'))).json()).toBe(`${host.url}/api/plugin/acme.ci/x`);
  });

  test('on a port that the test chose it claims no public address', async () => {
    const folder = pluginFolder({
      'index.ts': source('ci', "plugin.get('/', () => plugin.webhookUrl('/x'));"),
    });
    for (const chosen of [{ settings: { port: 0 } }, { env: { GATEHOUSE_PORT: '0' } }]) {
      const host = await start({ plugins: folder, ...chosen });
      expect(await (await fetch(host.urlOf('acme.ci'))).json()).toBe('/api/plugin/acme.ci/x');
    }
  });

  test('two run side by side, each with a data folder that is gone once it stopped', async () => {
    const folder = pluginFolder({ 'index.ts': source('ci', "plugin.get('/', () => plugin.dataDir);") });
    const [one, two] = await Promise.all([start({ plugins: folder }), start({ plugins: folder })]);
    const folders = await Promise.all(
      [one, two].map(async (host) => (await fetch(host.urlOf('acme.ci'))).json()),
    );
    expect(new Set(folders).size).toBe(2);
    await Promise.all([one.stop(), one.stop(), two.stop()]);
    expect(folders.map((name) => existsSync(String(name)))).toEqual([false, false]);
    await expect(fetch(one.url)).rejects.toThrow();
  });
});

describe('a host in a test refuses to start', () => {
  const refused = (options: TestHostOptions) => expect(start(options)).rejects;

  test('with a plugin that does not load, and shows its stack', async () => {
    const folder = pluginFolder({ 'bad/index.ts': source('bad', "throw new Error('out of coffee');") });
    await refused({ plugins: folder }).toMatchObject({
      code: 'testing/plugin-failed',
      message: expect.stringMatching(/out of coffee[^]*bad\/index\.ts:3/),
    });
  });

  test('unless it is told to keep such a plugin', async () => {
    const folder = pluginFolder({ 'bad/index.ts': source('bad', "throw new Error('out of coffee');") });
    const host = await start({ plugins: folder, failed: 'keep' });
    expect(host.registry.find('acme.bad')?.state).toBe('failed');
  });

  test('without a plugin', async () => {
    await refused({ plugins: pluginFolder({}) }).toMatchObject({ code: 'testing/no-plugin' });
  });

  test('with a folder that is not there', async () => {
    await refused({ plugins: '/nowhere/at/all' }).toMatchObject({
      code: 'testing/plugin-failed',
      message: expect.stringContaining('/nowhere/at/all'),
    });
  });

  test('with secrets for a plugin it does not have', async () => {
    const folder = pluginFolder({ 'index.ts': source('ci') });
    for (const key of ['acme.c1', 'no key'])
      await refused({ plugins: folder, secrets: { [key]: { A: 'b' } } }).toMatchObject({
        code: 'testing/unknown-plugin',
        message: expect.stringContaining('it has acme.ci'),
      });
  });

  test('with a misspelt secret while the one it knows has no value', async () => {
    const access = "{ access: { signature: 'github', secret: 'GITHUB_SECRET' } }";
    const body = `plugin.secret('other'); plugin.post('/github', ${access}, () => 1);`;
    const folder = pluginFolder({ 'index.ts': source('ci', body) });
    await refused({
      plugins: folder,
      secrets: { 'acme.ci': { GITHUB_SECRT: 'a', OTHER: 'b' } },
    }).toMatchObject({
      code: 'testing/unknown-secret',
      message: expect.stringMatching(/GITHUB_SECRT .* It knows other, GITHUB_SECRET \(without a value\)\.$/),
    });
    const host = await start({
      plugins: folder,
      secrets: { 'acme.ci': { githubSecret: 'a', OTHER: 'b', ASKED_FOR_BY_ITSELF: 'c' } },
    });
    expect(host.registry.find('acme.ci')?.state).toBe('live');
  });

  test('with a setting that there is none of', async () => {
    const folder = pluginFolder({ 'index.ts': source('ci') });
    await refused({ plugins: folder, settings: { timeout: 1 } }).toMatchObject({ code: 'settings/invalid' });
  });
});
