import http from 'node:http';
import { CHECK_HEADER, newCheckToken, REACHED_HEADER } from '../../src/core/reach-check';
import type { HealthDesk } from '../../src/core/ports/health-desk';
import type { PluginStatus } from '../../src/core/ports/plugin-registry';
import type { WorkCounts } from '../../src/core/ports/work-counts';
import { createHealthDesk } from '../../src/operator/health-desk';
import type { PlacedPlugin } from '../../src/plugins/placed-plugin';
import { toPluginStatus } from '../../src/plugins/plugin-status';
import { endpointOf } from '../core/plain-mount';
import { OPERATOR, router, startGateway, type GatewayUnderTest } from '../http/gateway-under-test';
import { GITHUB, guardsOn, quarantine, type SecretValues } from '../http/guards-under-test';
import { pluginStatus } from './plain-registry';

const token = newCheckToken();
const idle: WorkCounts = { ready: 0, running: 0, dead: 0, waiting: 0, oldestDueAt: undefined };

let host: GatewayUnderTest;
let ran: string[];
let refused: ReturnType<typeof quarantine>;
let secrets: SecretValues;
let statuses: PluginStatus[];

function seat(key: string, ...declarations: Parameters<GatewayUnderTest['seat']>[1][]): void {
  const live = host.seat(key, ...declarations);
  const found = { id: key, place: '/p', folder: '/p', manifest: {}, from: 'file' } as const;
  const placed = { live, found, key: live.mount.key, place: '/p', state: 'live', failure: undefined };
  const hasSecret = (_key: unknown, name: string) => name in secrets;
  statuses.push(toPluginStatus(placed as unknown as PlacedPlugin, hasSecret, () => undefined));
}

function deskOf(more: Partial<Parameters<typeof createHealthDesk>[0]> = {}): HealthDesk {
  return createHealthDesk({
    registry: { list: () => statuses },
    work: { counts: async () => idle, refusedSince: async () => 0 },
    ...{ store: 'sqlite', node: 'n1', publicUrl: undefined, checkToken: token },
    url: () => host.base,
    clock: { now: () => 1_000 },
    ...more,
  });
}

beforeEach(async () => {
  ran = [];
  statuses = [];
  secrets = { KEY: 'the secret' };
  refused = quarantine();
  host = await startGateway({
    guards: guardsOn(secrets),
    quarantine: refused,
    checkToken: token,
    settings: { rateLimit: { refusals: { requests: 1, perMs: 60_000 } } as never },
  });
});
afterEach(() => host.close());

const hook = (path: string, more: object = {}) =>
  endpointOf(path, { method: 'POST', ...more, serve: { handle: () => void ran.push(path) } });

describe('whether endpoints can be reached', () => {
  it('is found by requests of the host to itself, which end before any handler', async () => {
    seat(
      'acme.ci',
      hook('/open'),
      hook('/github', GITHUB),
      hook('/items/:id/parts/*rest', { method: 'GET' }),
      hook('/operators', { access: 'operator' }),
      hook('/any', { method: 'ALL' }),
      endpointOf('/live', { method: 'GET', serve: { connect: () => void ran.push('live'), limits: {} } }),
      router(
        '/routed',
        (made) => made.use((_request, _response, next) => (ran.push('router'), next())),
        GITHUB,
      ),
    );
    const found = await deskOf().endpoints();
    expect(found.map(({ path, state, status }) => `${path} ${state} ${status}`)).toEqual([
      '/open open 204',
      '/github guarded 401',
      '/items/:id/parts/*rest open 204',
      '/operators guarded 401',
      '/any open 204',
      '/live open 204',
      '/routed guarded 401',
    ]);
    expect(found[0]).toEqual({
      ...{ plugin: 'acme.ci', method: 'POST', path: '/open', url: '/api/plugin/acme.ci/open' },
      ...{ state: 'open', status: 204, detail: 'a request reaches its handler', checkedAt: 1_000 },
    });
    expect(ran).toEqual([]);
  });

  it('leaves no trace: nothing is refused, counted, limited or logged', async () => {
    seat('acme.ci', hook('/github', GITHUB));
    for (let round = 0; round < 5; round += 1) await deskOf().endpoints();
    expect(refused.kept).toEqual([]);
    expect(host.gateway.refusals()).toEqual([]);
    expect(host.log).toEqual([]);
  });

  it('says what is missing where nobody could be verified', async () => {
    seat('acme.ci', hook('/github', GITHUB));
    delete secrets['KEY'];
    expect(await deskOf().endpoints()).toEqual([
      expect.objectContaining({ state: 'down', status: 503, detail: 'its secret KEY has no value' }),
    ]);
  });

  it('says that nothing answers where another plugin, or none, is at the address', async () => {
    seat('acme.ci', hook('/open'));
    host.table.remove(statuses[0]?.key as never);
    expect(await deskOf().endpoints()).toEqual([expect.objectContaining({ state: 'down', status: 404 })]);
    const url = '/api/plugin/acme.other/open';
    host.seat('acme.other', hook('/open'));
    statuses = [
      pluginStatus('acme.ci', {
        endpoints: [{ ...(statuses[0] as PluginStatus).endpoints[0], url } as never],
      }),
    ];
    expect(await deskOf().endpoints()).toEqual([
      expect.objectContaining({ state: 'down', detail: 'acme.other POST /open answers at its address' }),
    ]);
  });

  it('says that the host does not answer', async () => {
    seat('acme.ci', hook('/open'));
    const [closed] = await deskOf({ url: () => 'http://127.0.0.1:1' }).endpoints();
    expect(closed).toMatchObject({ state: 'down', status: 0 });
    const [early] = await deskOf({ url: () => '' }).endpoints();
    expect(early).toMatchObject({ state: 'down', detail: 'the host does not listen yet' });
  });

  it('is not asked anew by each who looks', async () => {
    seat('acme.ci', hook('/open'));
    const desk = deskOf();
    const first = await desk.endpoints();
    expect(await desk.endpoints()).toBe(first);
  });

  it('is told to nobody who does not know the token of the process', async () => {
    seat('acme.ci', hook('/open'));
    for (const guess of ['', 'x', newCheckToken(), token.toLowerCase()]) {
      ran = [];
      const { headers } = await host.call('/api/plugin/acme.ci/open', {
        method: 'POST',
        headers: { [CHECK_HEADER]: guess },
      });
      expect(headers.get(REACHED_HEADER)).toBeNull();
      expect(ran).toEqual(['/open']);
    }
  });

  it('is a stranger’s question even through the operator’s own hands', async () => {
    seat('acme.ci', hook('/operators', { access: 'operator' }));
    const { status } = await host.call('/api/plugin/acme.ci/operators', {
      method: 'POST',
      headers: { [CHECK_HEADER]: token, authorization: OPERATOR },
    });
    expect(status).toBe(401);
    expect(ran).toEqual([]);
  });

  it('takes no body, however much of one comes', async () => {
    seat('acme.ci', hook('/open'));
    const status = await new Promise((resolve, reject) => {
      const request = http.request(
        `${host.base}/api/plugin/acme.ci/open`,
        { method: 'POST', headers: { [CHECK_HEADER]: token } },
        (response) => resolve(response.resume().statusCode),
      );
      request.on('error', reject).end(Buffer.alloc(100_000));
    });
    expect(status).toBe(204);
    expect(ran).toEqual([]);
  });
});

describe('the overview', () => {
  it('counts plugins and work, with how old the oldest due job is', async () => {
    statuses = [pluginStatus('acme.ci'), pluginStatus('acme.off', { state: 'disabled' })];
    const counts = { ...idle, ready: 3, oldestDueAt: 400 };
    const work = {
      counts: async () => counts,
      refusedSince: async (since: number) => (since === 1_000 - 3_600_000 ? 2 : 9),
    };
    const uses = [{ id: 'a', plugin: 'p', endpoint: '/', successor: '/', count: 5, lastCaller: undefined }];
    expect(
      await deskOf({ work, publicUrl: 'https://x.example', deprecations: () => uses }).overview(),
    ).toEqual({
      version: expect.any(String),
      ...{ startedAt: 1_000, url: host.base, publicUrl: 'https://x.example', store: 'sqlite', node: 'n1' },
      plugins: { live: 1, loading: 0, failed: 0, disabled: 1 },
      jobs: { ready: 3, running: 0, dead: 0, waiting: 0 },
      ...{ oldestDueMs: 600, refused: 2, deprecatedUses: 5 },
      warnings: [
        {
          text: 'Refused in the last hour: 2. The doctor says of each what would have passed.',
          about: 'refused',
        },
        {
          text: 'Deprecated and still in use: 1. The list says by whom, and what to use instead.',
          about: 'deprecations',
        },
      ],
    });
  });

  it('warns of what to see to, each with its next step', async () => {
    seat('acme.ci', hook('/open'), hook('/read', { method: 'GET' }), hook('/github', GITHUB));
    const need = { name: 'KEY', description: '', required: true, isSet: false };
    const failure = { code: 'plugin/load-failed', message: 'It could not be loaded.', stack: '', at: 0 };
    statuses.push(pluginStatus('acme.bad', { state: 'failed', failure, secrets: [need] }));
    const work = { counts: async () => ({ ...idle, dead: 4 }), refusedSince: async () => 0 };
    const { warnings } = await deskOf({
      work,
      warnings: () => ['the host is public without TLS'],
    }).overview();
    expect(warnings.map(({ text }) => text)).toEqual([
      'the host is public without TLS',
      'acme.bad failed: It could not be loaded. Mend it and reload it.',
      'acme.bad lacks KEY: some of its endpoints answer 503 until it is set.',
      'Dead letters: 4. Look at their errors, mend what failed and retry them.',
      'Anybody may call acme.ci POST /open, and nothing tells who did: give it an access.',
      'publicUrl is not set: addresses are shown as this machine knows them; set it to where senders reach the host.',
    ]);
    expect(warnings.map(({ about, plugin = '' }) => `${about} ${plugin}`.trim())).toEqual([
      'settings',
      'plugin acme.bad',
      'secrets acme.bad',
      'dead-letters',
      'plugin acme.ci',
      'settings',
    ]);
  });

  it('names no plugin where a warning is about several', async () => {
    seat('acme.ci', hook('/open'));
    seat('acme.cd', hook('/open'));
    const { warnings } = await deskOf({ publicUrl: 'https://x.example' }).overview();
    expect(warnings).toEqual([
      {
        text: 'Anybody may call acme.ci POST /open, acme.cd POST /open, and nothing tells who did: give them an access.',
        about: 'plugin',
      },
    ]);
  });
});
