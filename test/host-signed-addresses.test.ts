import { startHostUnderTest, type HostUnderTest } from './support/running-host';

/** A plugin that declares `body` and tells its addresses: what `webhookUrl` makes of the text it is sent. */
const source = (module: string, body: string) => `
  import { Router } from 'express';
  import { Plugin } from 'gatehouse';
  export const plugin = new Plugin({ author: 'acme', module: '${module}', name: 'CI', version: '1.0.0', description: 'd' });
  const signed = { access: { signedUrl: true } };
  const answering = (name) => () => Router().use((request, response) => response.json(name));
  ${body}
  plugin.put('/tell', { access: 'public' }, ({ text }) => ({ url: plugin.webhookUrl(text()) }));
`;

const PLUGINS = {
  methods: `
    plugin.get('/hook', () => 'public');
    plugin.post('/hook', signed, () => 'signed');
    plugin.endpoint({ method: 'ALL', path: '/any', ...signed }, () => 'all');
    plugin.post('/any', () => 'public');
    plugin.get('/both', signed, () => 'get');
    plugin.post('/both', signed, () => 'post');`,
  patterns: `
    plugin.post('/files/*rest', signed, () => 'rest');
    plugin.post('/files/:name', signed, () => 'name');
    plugin.post('/:who/deploy', signed, () => 'who');
    plugin.post('/team/:what', signed, () => 'what');
    plugin.post('/crew/:what', signed, () => 'crew');
    plugin.put('/team/deploy', signed, () => 'literal');
    plugin.post('/team/open', () => 'open');
    plugin.post('/a b', signed, () => 'space');`,
  routers: `
    plugin.mountRouter(answering('pass'), { path: '/r/open' });
    plugin.mountRouter(answering('under'), { path: '/under/:name', ...signed });
    plugin.mountRouter(answering('first'), { path: '/r', ...signed });
    plugin.mountRouter(answering('second'), { path: '/r/deep', ...signed });
    plugin.post('/r/exact', signed, () => 'exact');
    plugin.endpoint({ method: 'ALL', path: '/r/public', access: 'public' }, () => 'public');
    plugin.get('/r/page', () => 'page');`,
  root: `
    plugin.mountRouter(answering('root'), signed);`,
  old: `
    plugin.get('/github', () => 'own');
    plugin.mountWebhookMethod({ endpoint: '/github', ...signed }, () => 'old');
    plugin.mountWebhookMethod({ endpoint: '/free', ...signed }, () => 'free');`,
};

let host: HostUnderTest;
beforeAll(async () => {
  const written = Object.entries(PLUGINS).map(([name, body]) => [`${name}/index.ts`, source(name, body)]);
  host = await startHostUnderTest(Object.fromEntries(written), {
    file: { routes: { defaultAccess: 'public' } },
  });
});
afterAll(() => host.close());

async function told(module: string, path: string): Promise<string> {
  const tell = `${host.url}/api/plugin/acme.${module}/tell`;
  return ((await (await fetch(tell, { method: 'PUT', body: path })).json()) as { url: string }).url;
}
const ask = async (method: string, url: string) => {
  const response = await fetch(host.url + url, { method });
  return response.ok ? ((await response.json()) as unknown) : response.status;
};

/** What answers a request with the address that was given out; without its token nothing does. */
const SIGNED: readonly (readonly [module: string, path: string, method: string, answers: string])[] = [
  ['methods', '/hook', 'POST', 'signed'],
  ['methods', '/any', 'PUT', 'all'],
  ['methods', '/both', 'GET', 'get'],
  ['methods', '/both', 'POST', 'post'],
  ['patterns', '/team/deploy', 'PUT', 'literal'],
  ['patterns', '/team/build', 'POST', 'what'],
  ['patterns', '/crew/deploy', 'POST', 'crew'],
  ['patterns', '/others/deploy', 'POST', 'who'],
  ['patterns', '/files/one', 'POST', 'name'],
  ['patterns', '/files/one/two', 'POST', 'rest'],
  ['patterns', '/files/one%2Ftwo/', 'POST', 'name'],
  ['patterns', '/a%20b', 'POST', 'space'],
  ['routers', '/r', 'POST', 'first'],
  ['routers', '/r/deep/x', 'POST', 'first'],
  ['routers', '/r/exact', 'POST', 'exact'],
  ['routers', '/r/exact/below', 'POST', 'first'],
  ['routers', '/r/page', 'POST', 'first'],
  ['routers', '/under/somebody/x', 'POST', 'under'],
  ['root', '/', 'POST', 'root'],
  ['root', '//a//b', 'POST', 'root'],
  ['old', '/free', 'POST', 'free'],
  ['old', '/webhook/free', 'POST', 'free'],
  ['old', '/webhook/github', 'POST', 'old'],
];

test.each(SIGNED)(
  'of %s, %s has the token that %s needs: %s answers',
  async (module, path, method, answers) => {
    const url = await told(module, path);
    expect(await ask(method, url)).toBe(answers);
    expect(await ask(method, url.slice(0, url.indexOf('?')))).toBe(401);
  },
);

test('of two signed endpoints at one address the one with the narrower path is meant, declared last or not', async () => {
  const url = await told('patterns', '/team/deploy');
  expect([await ask('PUT', url), await ask('POST', url)]).toEqual(['literal', 401]);
});

test.each([
  ['patterns', '/team/open'],
  ['patterns', '/none'],
  ['patterns', '//team//build'],
  ['patterns', '/team/%zz'],
  ['patterns', '/files'],
  ['routers', '/rest'],
  ['routers', '/under'],
  ['root', '/docs'],
  ['routers', '/r/public?x=1'],
  ['routers', '/tell'],
  ['old', '/github'],
])('of %s, %s has none: nothing that answers there asks for it', async (module, path) => {
  expect(await told(module, path)).toBe(`/api/plugin/acme.${module}/${path.replace(/^\/+/, '')}`);
});
