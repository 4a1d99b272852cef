import request from 'supertest';
import { startHostUnderTest, TOKEN, type HostUnderTest } from './support/running-host';

const greeting = (answer: string) => `
  import { Plugin } from 'gatehouse';
  export const plugin = new Plugin({ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: 'd' });
  plugin.get('/hello', () => ({ answer: ${answer} }));
  plugin.get('/secret', { access: 'operator' }, () => ({ inside: true }));
  plugin.task('report', () => undefined);
`;
const broken = `
  import { Plugin } from 'gatehouse';
  export const plugin = new Plugin({ author: 'acme', module: 'broken', name: 'B', version: '1.0.0', description: 'd' });
  plugin.onInit(() => { throw new Error('no database today'); });
`;

describe('a host', () => {
  let host: HostUnderTest;
  beforeAll(async () => {
    host = await startHostUnderTest({ 'ci/index.ts': greeting('1'), 'broken/index.ts': broken });
  });
  afterAll(() => host.close());

  const asOperator = (test: request.Test) => test.set('authorization', `Bearer ${TOKEN}`);

  test('serves what its folder holds and says it is ready though a plugin failed', async () => {
    await request(host.url).get('/readyz').expect(200);
    await request(host.url).get('/api/plugin/acme.ci/hello').expect(200, { answer: 1 });
    const failed = await request(host.url).get('/api/plugin/acme.broken/x').expect(503);
    expect(failed.body.code).toBe('plugin/not-ready');
    expect(Number(failed.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('lists live and failed plugins to the operator, and to nobody else', async () => {
    await request(host.url).get('/api/operator/plugins').expect(401);
    const { body } = await asOperator(request(host.url).get('/api/operator/plugins')).expect(200);
    expect(body.plugins).toMatchObject([
      { key: 'acme.broken', state: 'failed', failure: { code: 'plugin/start-failed' } },
      { key: 'acme.ci', state: 'live', tasks: ['report'] },
    ]);
    expect(body.plugins[0].failure.stack).toContain('broken/index.ts:4');
  });

  test("keeps an operator's endpoint shut", async () => {
    await request(host.url).get('/api/plugin/acme.ci/secret').expect(401);
    await asOperator(request(host.url).get('/api/plugin/acme.ci/secret')).expect(200, { inside: true });
  });

  test('reports a failed reload and serves the old generation on', async () => {
    host.write('ci/index.ts', 'this is not TypeScript');
    const refused = await asOperator(request(host.url).post('/api/operator/plugins/acme.ci/reload')).expect(
      409,
    );
    expect(refused.body.transition).toMatchObject({ ok: false, state: 'live', generation: 1 });
    expect(refused.body.code).toBe('plugin/load-failed');
    await request(host.url).get('/api/plugin/acme.ci/hello').expect(200, { answer: 1 });
    host.write('ci/index.ts', greeting('2'));
    await asOperator(request(host.url).post('/api/operator/plugins/acme.ci/reload')).expect(200);
    await request(host.url).get('/api/plugin/acme.ci/hello').expect(200, { answer: 2 });
  });

  test('makes a disabled plugin unreachable and brings it back', async () => {
    await asOperator(request(host.url).post('/api/operator/plugins/acme.ci/disable')).expect(200);
    await request(host.url).get('/api/plugin/acme.ci/hello').expect(404);
    await asOperator(request(host.url).post('/api/operator/plugins/acme.ci/enable')).expect(200);
    await request(host.url).get('/api/plugin/acme.ci/hello').expect(200);
  });
});
