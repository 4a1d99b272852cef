import { createRequire } from 'node:module';
import { Router } from 'express';
import { infoOfPlugin } from '../../src/plugins/given-plugin';
import { GatePlugin, Get, Plugin } from '../../src/index';
import { request, signed, testChannel, type PluginAgent } from '../../src/testing';
import { createRequest } from '../../src/testing/plugin-request';

const info = { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' };
const agents: PluginAgent[] = [];
const open = async (...given: Parameters<typeof request>) => {
  const agent = await request(...given);
  agents.push(agent);
  return agent;
};
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.stop();
});

describe('request', () => {
  test('asks a plugin below its own address', async () => {
    const plugin = new Plugin(info).post('/tasks/:id', ({ params, json }) => ({
      id: params.id,
      body: json(),
    }));
    const agent = await open(plugin);
    const { body } = await agent.post('/tasks/7').send({ title: 'Tea' }).expect(200);
    expect(body).toEqual({ id: '7', body: { title: 'Tea' } });
    await agent.get('/tasks/7').expect(405).expect('allow', /POST/);
  });

  test('asks the Express Router of the test itself', async () => {
    const router = Router();
    let asked = 0;
    router.get('/', (_request, response) => {
      asked += 1;
      response.type('html').send('<p>hello</p>');
    });
    const agent = await open(new Plugin(info).mountRouter(() => router));
    await agent.get('/').expect('content-type', /html/).expect(200, '<p>hello</p>');
    expect(asked).toBe(1);
  });

  test('takes what makes a plugin, so that each test has one of its own', async () => {
    const create = () => new Plugin(info).get('/', () => 'made');
    for (const agent of [await open(create), await open(create)]) await agent.get('/').expect(200, '"made"');
  });

  test('takes a class', async () => {
    @GatePlugin({ ...info, module: 'classy' })
    class Classy {
      @Get('/who')
      who() {
        return 'an instance';
      }
    }
    await (await open(Classy)).get('/who').expect(200, '"an instance"');
  });

  test('gives it secrets by name, settings and a channel', async () => {
    const channel = testChannel();
    const plugin = new Plugin(info);
    plugin.get('/', async () => {
      await plugin.message.sendText('console-ci', String(plugin.config['word']));
      return plugin.secrets.get('TOKEN');
    });
    const settings = { plugins: { 'acme.ci': { config: { word: 'tea' } } } };
    const agent = await open(plugin, { secrets: { TOKEN: 'hush' }, settings, channel });
    await agent.get('/').expect(200, '"hush"');
    expect(channel.messages.map(({ text }) => text)).toEqual(['tea']);
  });

  test('signs a request as its sender does, at its own address, with what is sent as it is', async () => {
    const secret = 'hush';
    const plugin = new Plugin(info)
      .post('/github', { access: { signature: 'github', secret: 'HOOK' } }, ({ raw, headers, verified }) => [
        raw.toString(),
        headers.get('x-github-event'),
        headers.get('x-more'),
        verified?.scheme,
      ])
      .post('/square', { access: { signature: 'square', secret: 'HOOK' } }, () => 'address and all')
      .put('/token', { access: { token: { header: 'X-Door' }, secret: 'HOOK' } }, () => 'put');
    const agent = await open(plugin, { secrets: { HOOK: secret } });
    const body = '{ "spaced":  1 }';
    const { body: answer } = await agent
      .signed('github', '/github', { secret, body, event: 'push', headers: { 'X-More': 'yes' } })
      .expect(200);
    expect(answer).toEqual([body, 'push', 'yes', 'github']);
    await agent.signed('github', '/github', { secret, body: { a: 1 } }).expect(200);
    await agent.signed('github', '/github', { secret: 'other', body }).expect(401);
    await agent.signed('square', '/square', { secret, body }).expect(200, '"address and all"');
    await agent.signed('square', '/square', { secret, body, url: 'http://example.org/square' }).expect(401);
    expect(() => agent.signed('github', '/github', {} as never)).toThrow(
      expect.objectContaining({ code: 'testing/cannot-sign' }),
    );
  });

  test('has the whole host behind it', async () => {
    const plugin = new Plugin(info).onInit(() => plugin.logger.info('ready'));
    const { host } = await open(plugin);
    expect(host.registry.find('acme.ci')?.state).toBe('live');
    expect(host.logs.map(({ message }) => message)).toContain('ready');
  });

  test('says what is wrong with a plugin that does not start', async () => {
    const plugin = new Plugin(info).onInit(() => {
      throw new Error('no kettle');
    });
    await expect(open(plugin)).rejects.toMatchObject({
      code: 'testing/plugin-failed',
      message: expect.stringContaining('no kettle'),
    });
  });

  test('a plugin object can be mounted once', async () => {
    const plugin = new Plugin(info);
    await open(plugin);
    await expect(open(plugin)).rejects.toThrow(/handed to the host twice/);
  });

  test.each([[{}], [() => ({})], [() => undefined]])('refuses what is no plugin: %p', async (given) => {
    await expect(open(given as () => object)).rejects.toMatchObject({ code: 'testing/not-a-plugin' });
  });

  test('without supertest it says so before anything is started', async () => {
    const start = () => Promise.reject(new Error('started'));
    const load = (name: string) => createRequire(__filename)(`${name}-that-is-not-installed`);
    const asked = createRequest({ start, signed, infoOf: infoOfPlugin, load });
    await expect(asked(new Plugin(info))).rejects.toMatchObject({ code: 'testing/no-supertest' });
  });
});
