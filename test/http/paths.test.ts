import {
  endpoint,
  router,
  sendRaw,
  startGateway,
  statusOfTarget,
  type GatewayUnderTest,
} from './gateway-under-test';

let host: GatewayUnderTest;
beforeAll(async () => {
  host = await startGateway({ settings: { limits: { urlBytes: 500 } } });
  host.seat(
    'acme.plain',
    endpoint('GET', '/items/:id', ({ params }) => ({ id: params.id })),
    endpoint('GET', '/files/*rest', ({ params }) => params),
  );
  host.seat(
    'acme.router',
    router('/', (r) => r.use((request, response) => void response.json({ url: request.url }))),
  );
});
afterAll(() => host.close());

const P = '/api/plugin/acme.plain';
const R = '/api/plugin/acme.router';
const HOSTILE: readonly (readonly [target: string, status: number])[] = [
  ['/api/plugin/__proto__.x/y', 404],
  ['/api/plugin/constructor.prototype/', 404],
  ['/api/plugin/acme.plain%2fitems/1', 404],
  ['/api/plugin/acme%2Eplain/items/1', 404],
  ['/api/plugin/%61cme.plain/items/1', 404],
  ['/api/plugin/acme%zz/items/1', 404],
  ['/api/plugin//acme.plain/items/1', 404],
  ['/api/plugin/', 404],
  ['/api/plugin/ACME.plain/items/1', 404],
  [`${P}//items/1`, 404],
  [`${P}/items//1`, 404],
  [`${P}/ITEMS/1`, 404],
  [`${P}/items/%zz`, 400],
  [`${P}/items/%`, 400],
  [`${P}/items/%ff`, 400],
  [`${P}/items/%00`, 400],
  [`${P}/items/a\\b`, 400],
  [`${P}/../acme.router/x`, 400],
  [`${P}/%2e%2e/acme.router/x`, 400],
  [`${P}/.%2E/x`, 400],
  [`${P}/./items/1`, 400],
  [`${P}/items/..`, 400],
  [`${R}/%2e%2e/x`, 400],
  [`${R}/a/%00`, 400],
  [`${R}/x#y`, 400],
  ['/api/../etc', 400],
  ['/%00', 400],
  [`${P}/items/${'x'.repeat(600)}`, 414],
];

describe('hostile paths', () => {
  test.each(HOSTILE)('%s is answered %i', async (target, status) => {
    expect(await statusOfTarget(host.port, target)).toBe(status);
  });

  test('the refusal says which rule it was', async () => {
    expect((await host.call(`${P}/items/%zz`)).body.code).toBe('request/bad-path');
    expect((await host.call(`${P}/items/${'x'.repeat(600)}`)).body.code).toBe('request/url-too-long');
  });

  test('an encoded slash is data inside one parameter', async () => {
    expect((await host.call(`${P}/items/a%2Fb`)).body).toEqual({ id: 'a/b' });
    expect((await host.call(`${P}/items/100%25`)).body).toEqual({ id: '100%' });
  });

  test('the rest of a path is one parameter, decoded once', async () => {
    expect((await host.call(`${P}/files/a/b%20c/d`)).body).toEqual({ rest: 'a/b c/d' });
  });

  test('a Router gets the remainder as it was sent', async () => {
    expect((await host.call(`${R}//a%2Fb//c?x=%20`)).body).toEqual({ url: '//a%2Fb//c?x=%20' });
  });

  test('names of the object prototype in a query are data', async () => {
    host.seat(
      'acme.query',
      endpoint('GET', '/', ({ query }) => ({ own: query.own, polluted: ({} as any).x ?? 'no' })),
    );
    expect((await host.call('/api/plugin/acme.query/?__proto__[x]=1&own=2&__proto__=3')).body).toEqual({
      own: '2',
      polluted: 'no',
    });
  });
});

describe('request targets that are not plain paths', () => {
  test('absolute-form is served by its path', async () => {
    const answer = await sendRaw(
      host.port,
      `GET http://elsewhere${P}/items/7 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toContain('200 OK');
    expect(answer).toContain('{"id":"7"}');
  });

  test('absolute-form without a path is the root', async () => {
    expect(await statusOfTarget(host.port, 'http://elsewhere?x=1')).toBe(404);
  });

  test('OPTIONS * asks about the server; anything else at * is refused', async () => {
    expect(await statusOfTarget(host.port, '*', 'OPTIONS')).toBe(204);
    expect(await statusOfTarget(host.port, '*')).toBe(400);
  });

  test('CONNECT is refused and the server serves on', async () => {
    const answer = await sendRaw(host.port, 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n');
    expect(answer).toContain('HTTP/1.1 405');
    expect(answer).toContain('"code":"request/tunnel-refused"');
    expect((await host.call(`${P}/items/1`)).status).toBe(200);
  });

  test('a WebSocket handshake is refused; another upgrade offer is ignored', async () => {
    const ask = (protocol: string) =>
      sendRaw(
        host.port,
        `GET ${P}/items/1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: ${protocol}\r\n\r\n`,
        '}',
      );
    const refused = await ask('websocket');
    expect(refused).toContain('HTTP/1.1 501');
    expect(refused).toContain('"code":"request/upgrade-refused"');
    expect(await ask('h2c')).toContain('HTTP/1.1 200');
  });
});
