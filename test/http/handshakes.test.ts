import { generateKeyPairSync, sign } from 'node:crypto';
import type { Endpoint } from '../../src/core/declaration';
import { durable, startDurableHost, type DurableHost } from './durable-host';
import { endpoint, json, oldAddresses, router } from './gateway-under-test';
import { githubHeaders, guardsOn, quarantine, SECRET } from './guards-under-test';

const D = '/api/plugin/acme.demo';
const keys = generateKeyPairSync('ed25519');
/** As Discord shows it: the 32 bytes in hex. */
const PUBLIC_KEY = keys.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
let host: DurableHost;
let refused: ReturnType<typeof quarantine>;
let runs: number;
beforeEach(async () => {
  runs = 0;
  refused = quarantine();
  host = await startDurableHost({
    guards: guardsOn({ KEY: SECRET, PUBLIC_KEY }),
    quarantine: refused,
  });
});
afterEach(() => host.close());

const sender = (signature: string, more: Partial<Endpoint> = {}): Partial<Endpoint> => ({
  access: {
    signature,
    secret: 'KEY',
    ...(signature === 'meta' && { expect: { verifyToken: 'a token' } }),
  },
  ...more,
});
const run = () => (runs += 1);
const stored = () => host.store.reader.selectFrom('receipt').selectAll().execute();
const CHALLENGE = 'hub.mode=subscribe&hub.verify_token=a%20token&hub.challenge=1158201444';

describe('a handshake of the declared kind of sender', () => {
  test('is answered by the host at an endpoint that declares POST alone, and goes no further', async () => {
    host.seat('acme.demo', durable('accept', '/meta', run, sender('meta')));
    const { status, text, headers } = await host.call(`${D}/meta?${CHALLENGE}`);
    expect([status, text, headers.get('x-content-type-options')]).toEqual([200, '1158201444', 'nosniff']);
    expect([await stored(), runs, refused.kept]).toEqual([[], 0, []]);
  });

  test('with the wrong token is refused as anything else is', async () => {
    host.seat('acme.demo', durable('accept', '/meta', run, sender('meta')));
    const { status, body } = await host.call(
      `${D}/meta?${CHALLENGE.replace('verify_token=', 'verify_token=x')}`,
    );
    expect([status, body.code]).toEqual([401, 'request/unverified']);
    expect(refused.kept).toHaveLength(1);
  });

  test('is answered at an old address and beside a Router too', async () => {
    const more = sender('meta', { aliases: oldAddresses('acme.demo', '/meta') });
    host.seat(
      'acme.demo',
      durable('accept', '/meta', run, more),
      router('/', (made) => made.get('/meta', (_request, response) => void response.end('the Router'))),
    );
    for (const base of [D, `${D}/webhook`, '/api/plugin/demo/webhook'])
      expect((await host.call(`${base}/meta?${CHALLENGE}`)).text).toBe('1158201444');
    expect((await host.call(`${D}/meta`)).text).toBe('the Router');
  });

  test('is told from every other request of its method: 405 with Allow, and nothing is counted', async () => {
    host.seat('acme.demo', durable('accept', '/meta', run, sender('meta')));
    const answer = await host.call(`${D}/meta?hub.mode=other`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'OPTIONS, POST']);
    expect((await host.call(`${D}/meta`, { method: 'DELETE' })).status).toBe(405);
    expect((await host.call(`${D}/meta`, { method: 'OPTIONS' })).status).toBe(204);
    expect(refused.kept).toEqual([]);
    expect(host.gateway.explain('GET', `${D}/meta`)).toMatchObject({ status: 405 });
  });

  test('that is signed is answered only if the signature holds', async () => {
    const access = { signature: 'discord', secret: 'PUBLIC_KEY' };
    host.seat('acme.demo', durable('accept', '/', run, { access }));
    const at = String(Math.floor(Date.now() / 1_000));
    const ping = (key: typeof keys.privateKey) =>
      host.call(
        D,
        json('{"type":1}', {
          'x-signature-timestamp': at,
          'x-signature-ed25519': sign(null, Buffer.from(`${at}{"type":1}`), key).toString('hex'),
        }),
      );
    expect((await ping(generateKeyPairSync('ed25519').privateKey)).status).toBe(401);
    expect((await ping(keys.privateKey)).body).toEqual({ type: 1 });
    expect([refused.kept.length, await stored(), runs]).toEqual([1, [], 0]);
  });

  test('that cannot be signed yet is answered although the signature is missing', async () => {
    host.seat('acme.demo', durable('accept', '/', run, sender('graph')));
    const { status, text } = await host.call(`${D}?validationToken=opaque%3A%20text`, { method: 'POST' });
    expect([status, text]).toEqual([200, 'opaque: text']);
    expect((await host.call(D, json({ value: [] }))).status).toBe(401);
    expect([await stored(), runs]).toEqual([[], 0]);
  });

  test('is not answered where the kind was not declared', async () => {
    host.seat('acme.demo', durable('accept', '/', run, sender('github')));
    expect((await host.call(`${D}?${CHALLENGE}`)).status).toBe(405);
    expect((await host.call(`${D}?validationToken=text`, { method: 'POST' })).status).toBe(401);
  });

  test('at an endpoint of all methods does not reach the handler either', async () => {
    host.seat('acme.demo', endpoint('ALL', '/', run, sender('meta')));
    expect((await host.call(`${D}?${CHALLENGE}`)).text).toBe('1158201444');
    expect((await host.call(D)).status).toBe(401);
    expect((await host.call(D, json('{}', githubHeaders('{}')))).body).toBe(1);
  });

  test('at a Router is answered before the Router', async () => {
    host.seat(
      'acme.demo',
      router(
        '/',
        (made) => made.use((_request, response) => void response.end('the Router')),
        sender('meta'),
      ),
    );
    expect((await host.call(`${D}/any?${CHALLENGE}`)).text).toBe('1158201444');
    expect((await host.call(`${D}/any`)).status).toBe(401);
  });
});
