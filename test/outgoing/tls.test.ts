import type { Resolve } from '../../src/outgoing/guarded-agent';
import { createFetchText } from '../../src/outgoing/fetch-text';
import { Authority } from '../signatures/special-servers';
import { codeOf, LOCAL, outgoingOf, releaseAll } from './outgoing-under-test';
import { closeServers, webServer } from './web-server';

const authority = new Authority();
const identity = authority.issue({ name: 'server', by: authority.root, alternative: 'server.test' });
const tls = { key: identity.key, cert: identity.certificate };
const resolve: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];
const authorities = [authority.root.certificate];
const PERMITTED = { lists: [], isPermitted: (address: string) => address === '127.0.0.1', allowHttp: false };
afterEach(async () => {
  releaseAll();
  await closeServers();
});
afterAll(() => authority.remove());

describe('with TLS', () => {
  const strict = { settings: { ...LOCAL, allowHttp: false }, resolve };

  test('a host is known by its certificate, whatever address is dialled', async () => {
    const server = await webServer(undefined, { tls });
    const { http } = outgoingOf({ ...strict, authorities });
    expect((await http.get(`https://server.test:${server.port}/`)).text()).toBe('hello');
    expect(server.seen[0]?.headers.host).toBe(`server.test:${server.port}`);
    expect(await codeOf(http.get(`https://other.test:${server.port}/`, { retries: 0 }))).toBe(
      'outgoing/unreachable',
    );
  });

  test('a certificate of an authority nobody knows is refused', async () => {
    const server = await webServer(undefined, { tls });
    const { http } = outgoingOf(strict);
    expect(await codeOf(http.get(`https://server.test:${server.port}/`, { retries: 0 }))).toBe(
      'outgoing/unreachable',
    );
    expect(server.seen).toEqual([]);
  });

  test('a redirect that leaves it is not followed, though plain http is allowed', async () => {
    const plain = await webServer();
    const server = await webServer(
      (_seen, response) => response.writeHead(302, { location: plain.base }).end(),
      { tls },
    );
    const { http } = outgoingOf({ resolve, authorities });
    expect(await codeOf(http.get(`https://server.test:${server.port}/`))).toBe('outgoing/bad-answer');
    expect(plain.connections).toBe(0);
  });
});

describe('the text of a public address', () => {
  const LIMITS = { maxBytes: 100, timeoutMs: 2_000 };
  const reader = () => createFetchText({ resolve, authorities, rules: PERMITTED });
  const closing = new Set<() => Promise<void>>();
  const read = async (url: string, limits = LIMITS, made = reader()) => {
    closing.add(made.close);
    return made.fetchText(url, limits);
  };
  afterEach(async () => {
    for (const close of closing) await close();
    closing.clear();
  });

  test('is that of a 200, as UTF-8', async () => {
    const server = await webServer((_seen, response) => response.end('Schlüssel'), { tls });
    expect(await read(`https://server.test:${server.port}/keys`)).toBe('Schlüssel');
  });

  test.each([
    [(port: number) => `https://server.test:${port}/missing`, LIMITS, 'outgoing/bad-answer'],
    [(port: number) => `https://server.test:${port}/moved`, LIMITS, 'outgoing/bad-answer'],
    [(port: number) => `https://server.test:${port}/empty`, LIMITS, 'outgoing/bad-answer'],
    [(port: number) => `https://server.test:${port}/long`, LIMITS, 'outgoing/too-large'],
    [(port: number) => `https://server.test:${port}/never`, { ...LIMITS, timeoutMs: 50 }, 'outgoing/timeout'],
    [(port: number) => `http://server.test:${port}/`, LIMITS, 'outgoing/refused-url'],
  ])('is not there otherwise (%#)', async (urlOf, limits, code) => {
    const server = await webServer(
      ({ url }, response) => {
        if (url === '/missing') response.writeHead(404).end('none');
        if (url === '/moved') response.writeHead(301, { location: '/' }).end();
        if (url === '/empty') response.writeHead(204).end();
        if (url === '/long') response.end('x'.repeat(101));
      },
      { tls },
    );
    expect(await codeOf(read(urlOf(server.port), limits))).toBe(code);
    expect(server.seen.length).toBeLessThanOrEqual(1);
  });

  test('is never that of this machine or its network', async () => {
    const server = await webServer(undefined, { tls });
    const made = createFetchText({ resolve, authorities });
    expect(await codeOf(read(`https://server.test:${server.port}/`, LIMITS, made))).toBe(
      'outgoing/refused-address',
    );
    expect(await codeOf(read('https://169.254.169.254/latest', LIMITS, made))).toBe(
      'outgoing/refused-address',
    );
    expect(server.connections).toBe(0);
  });
});
