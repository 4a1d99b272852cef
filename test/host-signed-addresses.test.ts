import { AddressesUnderTest } from './support/addresses-under-test';

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
};

let host: AddressesUnderTest;
beforeAll(async () => {
  host = await AddressesUnderTest.start(PLUGINS);
});
afterAll(() => host.close());

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
];

test.each(SIGNED)(
  'of %s, %s has the token that %s needs: %s answers',
  async (module, path, method, answers) => {
    expect(await host.asked(module, path, method)).toEqual([answers, 401]);
  },
);

test('of two signed endpoints at one address the one with the narrower path is meant, declared last or not', async () => {
  const url = await host.told('patterns', '/team/deploy');
  expect([await host.ask('PUT', url), await host.ask('POST', url)]).toEqual(['literal', 401]);
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
])('of %s, %s has none: nothing that answers there asks for it', async (module, path) => {
  expect(await host.told(module, path)).toBe(`/api/plugin/acme.${module}/${path.replace(/^\/+/, '')}`);
});
