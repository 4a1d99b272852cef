import type { EndpointSettings } from '../../src/core/settings';
import { operatorAccess } from '../../src/plugins/operator-access';
import { createSignedAddresses } from '../../src/plugins/signed-addresses';
import { createSignedUrls, type StoredSignedUrls } from '../../src/state/signed-urls';
import { keyOf } from '../core/plain-mount';
import { sealerOf } from '../state/secrets-under-test';
import { PluginYard } from '../support/plugin-yard';

const CI = keyOf('acme.ci');
let yard: PluginYard;
let urls: StoredSignedUrls;
afterEach(async () => {
  urls.close();
  await yard.close();
});

interface Options {
  readonly endpoints?: Record<string, EndpointSettings>;
  readonly publicUrl?: string;
  /** What stands in for a database that cannot be written. */
  readonly provide?: () => Promise<void>;
}

/** A plugin that was loaded with what its operator says, and with signed addresses. */
async function load(body: string, { endpoints = {}, publicUrl, provide }: Options = {}) {
  yard = await PluginYard.open({
    partsOf: ({ database, logger }) => {
      const clock = { now: () => Date.now() };
      urls = createSignedUrls({ shared: database.shared, sealer: sealerOf(1), clock, logger });
      const signedUrls = {
        provide: provide ?? ((key, path) => urls.provide(key, path)),
        current: (key, path, now) => urls.current(key, path, now),
      } satisfies Pick<StoredSignedUrls, 'provide' | 'current'>;
      const addresses = createSignedAddresses({ signedUrls, clock, logger });
      return {
        services: { addresses, publicUrl },
        generations: {
          provideAddresses: (mount) => addresses.provide(mount),
          revise: operatorAccess({ defaultAccess: 'public', perPlugin: { [CI]: { endpoints } }, logger }),
          accessIssues: ({ access }) =>
            typeof access === 'object' && 'signature' in access && access.signature === 'gihub'
              ? ['access.signature: "gihub" is not known']
              : [],
        },
      };
    },
  });
  await yard.plugin('ci', CI, body);
  await yard.reconciler.rescan();
  return yard.registry.find(CI);
}
const HOOK = `plugin.post('/hook', { access: { signedUrl: true } }, () => 1);`;

describe('a plugin', () => {
  test('whose access is wrong beyond its shape is refused with everything else that is wrong', async () => {
    const status = await load(
      `plugin.post('/a', { access: { signature: 'gihub', secret: 'S' } }, () => 1); plugin.get('/docs', () => 1);`,
    );
    expect(status).toMatchObject({ state: 'failed', failure: { code: 'mount/invalid' } });
    expect(status?.failure?.message).toContain('- post("/a"): access.signature: "gihub" is not known');
    expect(status?.failure?.message).toContain('/docs belongs to the host');
  });

  test('whose operator wrote what cannot be is refused, and the settings are named', async () => {
    const access = { signature: 'gihub', secret: 'S' };
    const status = await load(`plugin.post('/a', () => 1);`, { endpoints: { a: { access } } });
    expect(status?.failure?.message).toContain(
      'post("/a") (as plugins.acme.ci.endpoints./a.access has it): access.signature: "gihub" is not known',
    );
  });

  test('is listed with the access that counts, and what is open is marked', async () => {
    const status = await load(
      `plugin.post('/a', () => 1); plugin.post('/b', () => 1); plugin.post('/c', { access: 'operator' }, () => 1); ${HOOK}`,
      {
        endpoints: {
          '/b': { access: { signature: 'github', secret: 'GITHUB' } },
          '/c': { access: 'public' },
        },
      },
    );
    expect(
      status?.endpoints.map(({ path, access, isOpen, signedPath }) => [path, access, isOpen, signedPath]),
    ).toEqual([
      ['/a', 'public', true, undefined],
      ['/b', 'signature github', false, undefined],
      ['/c', 'operator', false, undefined],
      ['/hook', 'signed URL', false, '/hook'],
    ]);
    expect(status?.secrets).toEqual([{ name: 'GITHUB', description: '', required: true, isSet: false }]);
    expect(yard.log).toContainEqual(
      expect.objectContaining({ level: 'warn', endpoint: 'POST /c', before: 'operator', after: 'public' }),
    );
  });
});

describe('a signed address', () => {
  test('has a token before the plugin starts, the same after a reload, and the plugin gives it out', async () => {
    const told = `plugin.onInit(() => note(plugin.webhookUrl('/hook')));`;
    await load(HOOK + told, { publicUrl: 'https://hooks.example.org/' });
    await yard.registry.reload(CI);
    const token = urls.current(CI, '/hook', Date.now());
    const url = `https://hooks.example.org/api/plugin/acme.ci/hook?token=${token}`;
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(yard.journal).toEqual([url, url]);
    expect(urls.list(CI)).toHaveLength(1);
  });

  test('is found by parameters, by the Router below which it lies, and by nothing else', async () => {
    const paths = ['hooks/5', '/hooks/open', '/files/a/b', '/r/deep/x', '/r', '/', '/hook?x=1&y', '/none'];
    await load(`
import { Router } from 'express';
const signed = { access: { signedUrl: true } };
plugin.post('/hooks/:id', signed, () => 1);
plugin.post('/hooks/open', () => 1);
plugin.post('/files/*rest', signed, () => 1);
plugin.mountRouter(() => Router(), { path: '/r', ...signed });
plugin.mountRouter(() => Router(), { path: '/r/deep/open' });
${HOOK}
plugin.onInit(() => { for (const path of ${JSON.stringify(paths)}) note(plugin.webhookUrl(path)); });`);
    const tokenOf = (path: string) => urls.current(CI, path, Date.now());
    expect(yard.journal).toEqual([
      `/api/plugin/acme.ci/hooks/5?token=${tokenOf('/hooks/:id')}`,
      '/api/plugin/acme.ci/hooks/open',
      `/api/plugin/acme.ci/files/a/b?token=${tokenOf('/files/*rest')}`,
      `/api/plugin/acme.ci/r/deep/x?token=${tokenOf('/r')}`,
      `/api/plugin/acme.ci/r?token=${tokenOf('/r')}`,
      '/api/plugin/acme.ci/',
      `/api/plugin/acme.ci/hook?x=1&y&token=${tokenOf('/hook')}`,
      '/api/plugin/acme.ci/none',
    ]);
    expect(urls.list(CI).map(({ path }) => path)).toEqual(['/files/*rest', '/hook', '/hooks/:id', '/r']);
  });

  test('that no token can be stored for is logged with the remedy, and the plugin serves', async () => {
    const status = await load(HOOK, { provide: () => Promise.reject(new Error('the disk is full')) });
    expect(status?.state).toBe('live');
    expect(yard.errors()).toEqual([
      'the signed address of /hook has no token yet; `gatehouse plugins urls acme.ci --issue /hook` makes one: the disk is full',
    ]);
  });

  test('whose store does not answer fails the load at its deadline, not for ever', async () => {
    const status = await loadWithin(400, HOOK, () => new Promise<void>(() => undefined));
    expect(status).toMatchObject({
      state: 'failed',
      failure: { code: 'plugin/start-timeout', message: expect.stringContaining('its signed addresses') },
    });
  });
});

async function loadWithin(startMs: number, body: string, provide: () => Promise<void>) {
  yard = await PluginYard.open({
    startMs,
    partsOf: ({ database, logger }) => {
      const clock = { now: () => Date.now() };
      urls = createSignedUrls({ shared: database.shared, sealer: sealerOf(1), clock, logger });
      return { generations: { provideAddresses: provide } };
    },
  });
  await yard.plugin('ci', CI, body);
  await yard.reconciler.rescan();
  return yard.registry.find(CI);
}
