import { createHash, createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fastCheck from 'fast-check';
import type { Endpoint, Verified } from '../../src/core/declaration';
import type { Exchange } from '../../src/core/exchange';
import type { Guard } from '../../src/core/ports/guards';
import { reply } from '../../src/core/reply';
import type { SignatureRow } from '../../src/core/signature-row';
import { durable, startDurableHost, type DurableHost } from './durable-host';
import { endpoint, eventually, json, OPERATOR, sendRaw } from './gateway-under-test';
import { GITHUB, githubHeaders, guardsOn, quarantine, SECRET, type SecretValues } from './guards-under-test';

const D = '/api/plugin/acme.demo';
let host: DurableHost;
let secrets: SecretValues;
let refused: ReturnType<typeof quarantine>;
beforeEach(async () => {
  secrets = { KEY: SECRET };
  refused = quarantine();
  host = await startDurableHost({ guards: guardsOn(secrets), quarantine: refused });
});
afterEach(() => host.close());

const signed = (body: string, more: Record<string, string> = {}): RequestInit =>
  json(body, { ...githubHeaders(body), ...more });
const receipts = () => host.store.reader.selectFrom('receipt').selectAll().execute();

describe('a verified request', () => {
  test('is another delivery at another parameter of its path', async () => {
    const told: (string | undefined)[] = [];
    host.seat(
      'acme.demo',
      durable('accept', '/of/:tenant', ({ params }) => void told.push(params['tenant']), GITHUB),
    );
    const duplicates: (string | null)[] = [];
    for (const tenant of ['a', 'b', 'a']) {
      const { headers } = await host.call(`${D}/of/${tenant}`, signed('{"n":1}'));
      duplicates.push(headers.get('gatehouse-duplicate'));
    }
    expect(duplicates).toEqual([null, null, 'true']);
    await eventually(() => told.length === 2);
    expect(told.sort()).toEqual(['a', 'b']);
  });

  test('reaches its handler with who sent it, stored or not', async () => {
    const seen: (Verified | undefined)[] = [];
    const handle = ({ verified }: Exchange) => void seen.push(verified);
    host.seat(
      'acme.demo',
      durable('accept', '/stored', handle, GITHUB),
      endpoint('POST', '/live', handle, GITHUB),
    );
    const headers = { 'x-github-event': 'push', 'x-github-delivery': 'd-1' };
    expect((await host.call(`${D}/stored`, signed('{"n":1}', headers))).status).toBe(202);
    await eventually(() => seen.length === 1);
    expect((await host.call(`${D}/live`, signed('{"n":1}', headers))).status).toBe(204);
    const known = { scheme: 'github', secretId: 'KEY-0', bodySigned: true, event: 'push', deliveryId: 'd-1' };
    expect(seen).toEqual([known, known].map((one) => ({ ...one, at: expect.any(Number) })));
  });

  test('is recorded unless its endpoint says otherwise', async () => {
    host.seat(
      'acme.demo',
      endpoint('POST', '/kept', () => 1, GITHUB),
      endpoint('POST', '/not', () => 1, { ...GITHUB, record: false }),
    );
    await host.call(`${D}/not`, signed('{}'));
    await host.call(`${D}/kept`, signed('{}'));
    let rows = await receipts();
    await eventually(async () => (rows = await receipts()).length > 0);
    expect(rows).toHaveLength(1);
  });

  test('is known again by what was signed, although its id was forged', async () => {
    let runs = 0;
    host.seat(
      'acme.demo',
      durable('accept', '/', () => (runs += 1), GITHUB),
    );
    const first = await host.call(D, signed('{"n":1}', { 'x-github-delivery': 'one' }));
    const replayed = await host.call(D, signed('{"n":1}', { 'x-github-delivery': 'two' }));
    expect(replayed.headers.get('gatehouse-duplicate')).toBe('true');
    expect(replayed.body).toEqual(first.body);
    const other = await host.call(D, signed('{"n":2}', { 'x-github-delivery': 'one' }));
    expect(other.headers.get('gatehouse-duplicate')).toBeNull();
    await eventually(() => runs === 2);
  });

  test.each([
    ['accept', '/a'],
    [{ ackWithinMs: 5_000 }, '/b'],
  ] as const)('is answered what its sender demands in place of 202, answer %j', async (answer, path) => {
    const row: SignatureRow = {
      ...{ id: 'picky', title: 'Picky', kind: 'hmac', signed: ['body'], delivery: [], event: [] },
      signature: { from: { header: 'x-sign' }, parse: 'whole', encoding: 'hex' },
      key: { encoding: 'utf8' },
      ack: { status: 200, type: 'text/plain', body: 'OK', deadlineMs: 3_000 },
    };
    host.seat(
      'acme.demo',
      durable(answer, path, () => Promise.reject(new Error('not yet')), {
        access: { signature: row, secret: 'KEY' },
      }),
    );
    const sign = { 'x-sign': createHmac('sha256', SECRET).update('{}').digest('hex') };
    for (const isDuplicate of [null, 'true']) {
      const { status, text, headers } = await host.call(D + path, json('{}', sign));
      expect([status, text, headers.get('content-type')]).toEqual([200, 'OK', 'text/plain']);
      expect(headers.get('gatehouse-duplicate')).toBe(isDuplicate);
    }
  });

  test('is judged by its bytes as they came; its handler gets them decoded', async () => {
    host.seat(
      'acme.demo',
      endpoint('POST', '/', ({ json: parse }) => parse(), { ...GITHUB }),
    );
    const wire = gzipSync('{"n":1}');
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const send = (body: Buffer, key: Buffer) =>
      host.call(D, { method: 'POST', body, headers: { ...headers, ...githubHeaders(key) } });
    expect((await send(wire, wire)).body).toEqual({ n: 1 });
    expect((await send(wire, Buffer.from('{"n":1}'))).status).toBe(401);
    expect(refused.kept[0]?.request.wire).toEqual(wire);
    const broken = Buffer.from('no gzip at all');
    expect((await send(broken, wire)).status).toBe(401);
    expect((await send(broken, broken)).body.code).toBe('body/undecodable');
    const bomb = gzipSync(Buffer.alloc(26 * 2 ** 20));
    expect((await send(bomb, bomb)).body.code).toBe('body/too-large');
  });

  test('whose sealed body was opened gives its handler, and the store, what was in it', async () => {
    const guard = opening({ ok: true, verified: undefined, plain: Buffer.from('{"open":true}') });
    await host.close();
    host = await startDurableHost({ guards: { guardOf: () => guard } });
    const seen: unknown[] = [];
    host.seat(
      'acme.demo',
      durable('accept', '/stored', (exchange) => void seen.push(exchange.json())),
      endpoint('POST', '/live', (exchange) => exchange.json()),
    );
    expect((await host.call(`${D}/live`, json({ sealed: 1 }))).body).toEqual({ open: true });
    const large = {
      method: 'POST',
      body: Buffer.alloc(2 * 2 ** 20),
      headers: { 'content-type': 'application/json' },
    };
    expect((await host.call(`${D}/live`, large)).body).toEqual({ open: true });
    await host.call(`${D}/stored`, json({ sealed: 1 }));
    await eventually(() => seen.length === 1);
    expect(seen).toEqual([{ open: true }]);
  });
});

const opening = (judgement: Awaited<ReturnType<NonNullable<Guard['judge']>>>): Guard => ({
  ...{ scheme: 'sealed', challenge: 'Bearer', isWebhook: true, ownQuery: [] },
  ...{ head: undefined, handshake: undefined, ack: undefined, dedupeWindowMs: undefined },
  judge: async () => judgement,
});

describe('a refused request', () => {
  const bodies = async (init: RequestInit) => {
    const { status, headers, body } = await host.call(D, init);
    const { requestId, ...rest } = body;
    return [status, headers.get('www-authenticate'), requestId !== undefined, rest];
  };

  test('is told the same whatever the reason, and the operator is told which', async () => {
    let runs = 0;
    host.seat(
      'acme.demo',
      durable('accept', '/', () => (runs += 1), GITHUB),
    );
    const sends = [
      json('{"n":'),
      json('{}', { 'x-hub-signature-256': '' }),
      json('{}', { 'x-hub-signature-256': 'sha1=ab' }),
      json('{}', { 'x-hub-signature-256': 'sha256=zz' }),
      json('{}', githubHeaders('other')),
      json('{}', githubHeaders('{}', 'wrong')),
      { method: 'POST' },
    ];
    const answers: unknown[] = [];
    for (const init of sends) answers.push(await bodies(init));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toEqual([
      401,
      'Bearer',
      true,
      expect.objectContaining({ code: 'request/unverified', instance: D }),
    ]);
    expect(new Set(refused.kept.map(({ reason }) => reason)).size).toBeGreaterThan(2);
    const counted = host.gateway.refusals().reduce((sum, { count }) => sum + count, 0);
    expect([counted, refused.kept.length, runs]).toEqual([sends.length, sends.length, 0]);
    expect(refused.kept[4]).toMatchObject({
      ...{ plugin: 'acme.demo', method: 'POST', path: '/', scheme: 'github', reason: 'bad_signature' },
      request: { method: 'POST', target: D, ip: '127.0.0.1', wire: Buffer.from('{}') },
    });
    expect(await receipts()).toEqual([]);
  });

  test('of 1 MiB does no work in the database', async () => {
    host.seat(
      'acme.demo',
      durable('accept', '/', () => 1, GITHUB),
    );
    await host.call(D, signed('{}'));
    let calls = 0;
    for (const name of ['commit', 'taskIds'] as const) {
      const real = host.store[name].bind(host.store) as (...args: never[]) => unknown;
      Object.assign(host.store, { [name]: (...args: never[]) => ((calls += 1), real(...args)) });
    }
    const body = Buffer.alloc(2 ** 20, 'x');
    for (let turn = 0; turn < 5; turn += 1)
      expect((await host.call(D, { method: 'POST', body, headers: githubHeaders('x') })).status).toBe(401);
    const before = calls;
    await host.call(D, signed('{"n":2}'));
    // Whatever else the host did meanwhile: five refusals would be five calls at least.
    expect(before).toBeLessThan(5);
    expect(calls).toBeGreaterThan(before);
  });

  test.each([
    ['no_secret', { KEY: [] as string[] }, undefined, /no value for its secret KEY/],
    ['no_secret', { KEY: '' }, undefined, /no value for its secret KEY/],
    ['no_public_url', { KEY: SECRET }, 'square', /publicUrl is not set/],
  ] as const)('that is ours to mend is 503, not open: %s', async (reason, values, scheme, line) => {
    Object.assign(secrets, values);
    host.seat(
      'acme.demo',
      endpoint('POST', '/', () => 1, { access: { signature: scheme ?? 'github', secret: 'KEY' } }),
    );
    for (let turn = 0; turn < 3; turn += 1) {
      const given = {
        ...githubHeaders('{}'),
        'x-square-hmacsha256-signature': Buffer.alloc(32).toString('base64'),
      };
      const { status, body, headers } = await host.call(D, json('{}', given));
      expect([status, body.code, headers.get('retry-after')]).toEqual([
        503,
        'request/not-ready-to-verify',
        '60',
      ]);
    }
    const lines = host.log.filter(({ level }) => level === 'warn').map(({ message }) => message);
    expect(lines).toEqual([expect.stringMatching(line)]);
    expect(refused.kept.map((one) => one.reason)).toEqual([reason, reason, reason]);
    expect(JSON.stringify(host.log)).not.toContain(SECRET);
  });

  test('is an error of the host, and nobody let in, when judging throws', async () => {
    const broken = {
      ...opening({ ok: true, verified: undefined }),
      judge: () => Promise.reject(new Error('store gone')),
    };
    await host.close();
    host = await startDurableHost({ guards: { guardOf: () => broken } });
    let runs = 0;
    host.seat(
      'acme.demo',
      durable('accept', '/', () => (runs += 1)),
    );
    const { status, text } = await host.call(D, json({}));
    expect([status, text.includes('gone'), runs]).toEqual([500, false, 0]);
  });

  test('too large is 413, before it is judged', async () => {
    host.seat(
      'acme.demo',
      endpoint('POST', '/', () => 1, { ...GITHUB, body: { kind: 'raw', limitBytes: 10 } }),
    );
    expect((await host.call(D, signed('"0123456789"'))).status).toBe(413);
    const chunked = await sendRaw(
      host.port,
      `POST ${D} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n`,
      '}',
    );
    expect(chunked).toContain('HTTP/1.1 413');
    expect(refused.kept).toEqual([]);
  });

  test('never throws, whatever is sent', async () => {
    host.seat(
      'acme.demo',
      endpoint('POST', '/', () => 1, GITHUB),
    );
    const headerValue = fastCheck.string({
      unit: fastCheck
        .integer({ min: 33, max: 255 })
        .filter((code) => code !== 127)
        .map((c) => String.fromCharCode(c)),
    });
    await fastCheck.assert(
      fastCheck.asyncProperty(headerValue, fastCheck.uint8Array(), headerValue, async (value, body, type) => {
        const answer = await sendRaw(
          host.port,
          `POST ${D}?${encodeURIComponent(type)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\n` +
            `X-Hub-Signature-256: ${value}\r\nContent-Length: ${body.length}\r\n\r\n${Buffer.from(body).toString('latin1')}`,
        );
        expect(answer.slice(0, 12)).toBe('HTTP/1.1 401');
      }),
      { numRuns: 100 },
    );
    expect(host.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('an endpoint of the operator', () => {
  test('is closed to everybody else, with guards and without', async () => {
    for (const guards of [undefined, guardsOn()]) {
      await host.close();
      host = await startDurableHost(guards === undefined ? {} : { guards });
      host.seat(
        'acme.demo',
        endpoint('GET', '/', () => 'in', { access: 'operator' }),
      );
      expect((await host.call(D)).status).toBe(401);
      expect((await host.call(D, { headers: { authorization: OPERATOR } })).body).toBe('in');
    }
  });

  test('is what every other access is for a host that verifies nobody', async () => {
    await host.close();
    host = await startDurableHost();
    host.seat(
      'acme.demo',
      endpoint('POST', '/', () => 'in', GITHUB),
    );
    expect((await host.call(D, signed('{}'))).status).toBe(401);
    expect((await host.call(D, signed('{}', { authorization: OPERATOR }))).body).toBe('in');
  });
});

test('a form of several parts is read for those who sign its fields', async () => {
  const row: SignatureRow = {
    ...{ id: 'parts', title: 'Parts', kind: 'hmac', delivery: [], event: [] },
    signed: [{ form: 'token' }],
    signature: { from: { header: 'x-sign' }, parse: 'whole', encoding: 'hex' },
    key: { encoding: 'utf8' },
    bodyUnsigned: true,
  };
  const more: Partial<Endpoint> = { access: { signature: row, secret: 'KEY' } };
  host.seat(
    'acme.demo',
    endpoint('POST', '/', ({ fields }) => fields['token'], more),
  );
  const form = (token: string) => {
    const data = new FormData();
    data.append('token', token);
    return data;
  };
  const headers = { 'x-sign': createHmac('sha256', SECRET).update('t-1').digest('hex') };
  expect((await host.call(D, { method: 'POST', body: form('t-1'), headers })).body).toBe('t-1');
  expect((await host.call(D, { method: 'POST', body: form('t-2'), headers })).status).toBe(401);
});

test('the body of a stored request is what was signed, to the byte', async () => {
  host.seat(
    'acme.demo',
    durable('accept', '/', () => reply(204), GITHUB),
  );
  const body = Buffer.from([0xef, 0xbb, 0xbf, 0xff, 0x00, 0x7b]);
  await host.call(D, { method: 'POST', body, headers: githubHeaders(body) });
  const [row] = await receipts();
  expect(row?.body_digest).toBe(createHash('sha256').update(body).digest('base64url'));
});
