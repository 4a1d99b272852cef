import { systemClock } from '../../src/core/clock';
import { createOutgoing } from '../../src/outgoing/outgoing';
import { loadFiles } from '../plugins/authoring';
import { keptServices } from '../plugins/services';
import { nativeDialect } from '../../src/plugins/native-dialect';
import { parsePluginInfo } from '../../src/plugins/plugin-info';
import { PluginYard, until } from '../support/plugin-yard';
import { LOCAL } from './outgoing-under-test';
import { closeServers, webServer } from './web-server';

const outgoingOf = createOutgoing({
  settings: LOCAL,
  settingsOf: () => undefined,
  secrets: { live: () => [] },
  clock: systemClock,
});
let yard: PluginYard | undefined;
afterEach(async () => {
  await yard?.close();
  await closeServers();
});

test('a generation that retires may still ask, in its last requests and its clean-up; then all of it ends', async () => {
  const held: (() => void)[] = [];
  const server = await webServer(({ url }, response) =>
    url === '/slow'
      ? void held.push(() => response.end('slow'))
      : url === '/never'
        ? undefined
        : response.end('hello'),
  );
  yard = await PluginYard.open({ outgoingOf, drainMs: 10_000 });
  const ask = (path: string) => `plugin.http.get('${server.base}${path}')`;
  await yard.plugin(
    'ci',
    'acme.ci',
    `plugin.onInit(() => {
       plugin.spawn(async () => note('answered ' + (await ${ask('/slow')}).text()));
       ${ask('/never')}.catch((thrown) => note(thrown.code));
     });
     plugin.onCleanup(async () => note('cleaned up ' + (await ${ask('/bye')}).text()));`,
  );
  await yard.reconciler.rescan();
  await until(() => server.seen.length === 2);
  await yard.plugin('ci', 'acme.ci');
  await yard.registry.reload('acme.ci');
  expect(yard.journal).toEqual([]);
  held[0]?.();
  await until(() => yard?.journal.length === 3);
  expect(yard.journal).toEqual(['answered slow', 'cleaned up hello', 'outgoing/closed']);
});

test('a plugin that fails to start leaves nothing open', async () => {
  const server = await webServer(() => new Promise(() => undefined));
  yard = await PluginYard.open({ outgoingOf });
  const body = `plugin.onInit(async () => {
      plugin.http.get('${server.base}').catch((thrown) => note(thrown.code));
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new Error('not today');
    });`;
  await yard.plugin('ci', 'acme.ci', body);
  await yard.reconciler.rescan();
  await until(() => yard?.journal.length === 1);
  expect(yard.journal).toEqual(['outgoing/closed']);
});

test('hosts that the author lists count, in the one spelling of a URL', async () => {
  yard = await PluginYard.open({ outgoingOf });
  await yard.plugin(
    'ci',
    'acme.ci',
    `plugin.onInit(() => plugin.http.get('http://127.0.0.1/').catch((thrown) => note(thrown.code)));`,
    `, allowHosts: ['API.example.org', '*.Bücher.example']`,
  );
  await yard.reconciler.rescan();
  expect(yard.journal).toEqual(['outgoing/refused-url']);
  expect(yard.table.get('acme.ci')?.live?.mount.info.allowHosts).toEqual([
    'api.example.org',
    '*.xn--bcher-kva.example',
  ]);
});

test.each([['api.example.org'], [['https://api.example.org']], [['a b']], [[7]], [['*']]])(
  'allowHosts %j is refused',
  (allowHosts) => {
    const info = { author: 'acme', module: 'ci', name: 'CI', version: '1', description: '', allowHosts };
    expect(() => parsePluginInfo(info)).toThrow('allowHosts lists no host names');
  },
);

test('a class asks for Http in its constructor, and declares that it sends webhooks', async () => {
  const { exports } = await loadFiles({
    'index.ts': `import { GatePlugin, Get, Http, SendsWebhooks } from 'gatehouse';
      @SendsWebhooks({ attempts: 3 })
      @GatePlugin({ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: 'x' })
      export class Ci { constructor(private http: Http) {} @Get('/') get() { return this.http; } }`,
  });
  const recognised = nativeDialect.recognise({ folder: '/x', manifest: {}, module: exports });
  const services = keptServices();
  recognised?.bind(services);
  const declarations = [...(recognised?.translate() ?? [])];
  expect(declarations).toMatchObject([
    { kind: 'endpoint', path: '/' },
    {
      kind: 'task',
      name: 'gatehouse.webhook',
      retry: { attempts: 3 },
      origin: { where: '@SendsWebhooks()' },
    },
  ]);
  const [endpoint] = declarations;
  if (endpoint?.kind !== 'endpoint' || !('handle' in endpoint.serve)) throw new Error('no endpoint');
  expect(endpoint.serve.handle({} as never)).toBe(services.outgoing.http);
});
