import http from 'node:http';
import { startHostUnderTest, type HostUnderTest } from './support/running-host';

const CLIENTS = 64;
const RELOADS = 200;

const version = (number: number) => `
  import { Router } from 'express';
  import { Plugin } from 'gatehouse';
  export const plugin = new Plugin({ author: 'acme', module: 'ci', name: 'CI', version: '1.0.${number}', description: 'd' });
  let closed = false;
  plugin.get('/declared', async () => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (closed) throw new Error('used after cleanup');
    return { version: ${number} };
  });
  plugin.post('/echo', (exchange) => ({ version: ${number}, got: exchange.json<{ n: number }>().n }));
  plugin.mountRouter(() => {
    const router = Router();
    router.get('/version', (_request, response) => {
      setImmediate(() => response.status(closed ? 500 : 200).json({ version: ${number} }));
    });
    return router;
  }, { path: '/router' });
  plugin.onCleanup(() => { closed = true; });
`;

interface Answer {
  readonly status: number;
  readonly version: number;
}

describe('reload under load', () => {
  let host: HostUnderTest;
  beforeAll(async () => {
    host = await startHostUnderTest({ 'ci/index.ts': version(0) });
  });
  afterAll(() => host.close());

  test(`${CLIENTS} keep-alive clients see ${RELOADS} reloads as nothing but newer answers`, async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
    const seen = new Set<number>();
    const wrong: unknown[] = [];
    let running = true;
    let requests = 0;
    let swapped = 0;

    const client = async (number: number) => {
      const paths = ['/declared', '/router/version', '/echo'];
      for (let turn = number; running; turn += 1) {
        const path = paths[turn % paths.length] ?? '';
        const newest = swapped;
        try {
          const answer = await ask(agent, host.url, `/api/plugin/acme.ci${path}`, path === '/echo');
          requests += 1;
          seen.add(answer.version);
          if (answer.status !== 200 || answer.version < newest) wrong.push({ path, newest, ...answer });
        } catch (error) {
          wrong.push({ path, error: String(error) });
        }
      }
    };
    const clients = Array.from({ length: CLIENTS }, (_none, number) => client(number));
    for (let number = 1; number <= RELOADS; number += 1) {
      host.write('ci/index.ts', version(number));
      expect(await host.registry.reload('acme.ci')).toMatchObject({ ok: true, generation: number + 1 });
      swapped = number;
    }
    running = false;
    await Promise.all(clients);
    agent.destroy();

    expect(wrong).toEqual([]);
    expect(requests).toBeGreaterThan(CLIENTS * 10);
    expect(seen.size).toBeGreaterThan(RELOADS / 2);
    expect(host.registry.find('acme.ci')?.leases).toBe(0);
  }, 240_000);
});

function ask(agent: http.Agent, base: string, path: string, isPost: boolean): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = http.request(base + path, { agent, method: isPost ? 'POST' : 'GET' }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('error', reject);
      response.on('end', () => {
        const body = JSON.parse(text) as { version: number };
        resolve({ status: response.statusCode ?? 0, version: body.version });
      });
    });
    call.on('error', reject);
    // A request that is lost is one of the wrong answers, not a test that never ends.
    call.setTimeout(60_000, () => call.destroy(new Error('no answer within a minute')));
    if (isPost) call.setHeader('content-type', 'application/json');
    call.end(isPost ? '{"n":1}' : undefined);
  });
}
