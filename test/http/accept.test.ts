import { HttpError } from '../../src/core/http-error';
import type { Exchange } from '../../src/core/exchange';
import Database from '../../src/inbox/sqlite/driver.cjs';
import { durable, Latch, startDurableHost, type DurableHost } from './durable-host';
import { endpoint, eventually, json, startGateway } from './gateway-under-test';

let host: DurableHost;
beforeEach(async () => {
  host = await startDurableHost();
});
afterEach(() => host.close());

const D = '/api/plugin/acme.demo';

describe('an endpoint that accepts', () => {
  test('answers 202 with the address of a status before its handler has run, and runs it later', async () => {
    const latch = new Latch();
    const seen: unknown[] = [];
    host.seat(
      'acme.demo',
      durable('accept', '/in/:id', async (exchange) => {
        const { params, query, headers, raw, path, baseUrl, url, ip, method, receiptId, job } = exchange;
        const { json: parse } = exchange;
        seen.push({ params, query, path, baseUrl, url, ip, method, receiptId, attempt: job?.attempt });
        seen.push([parse(), raw.toString(), headers.getAll('x-twice'), exchange.verified, exchange.replayOf]);
        await latch.pass(undefined);
      }),
    );
    const answer = await host.call(`${D}/in/7?a=1&a=2`, json('{"n": 1}', { 'x-twice': 'one' }));
    expect(answer.status).toBe(202);
    const { id } = answer.body;
    expect(answer.body).toEqual({ id, status: 'accepted' });
    expect(answer.headers.get('location')).toBe(`/api/receipts/${id}`);
    await eventually(() => latch.entered === 1);
    expect(await host.receipt(answer)).toMatchObject({ id, state: 'running' });
    latch.open();
    expect(await host.receipt(answer, ({ state }) => state === 'succeeded')).toMatchObject({ id });
    expect(seen).toEqual([
      {
        params: { id: '7' },
        query: { a: ['1', '2'] },
        path: '/in/7',
        baseUrl: D,
        url: `${D}/in/7?a=1&a=2`,
        ip: '127.0.0.1',
        method: 'POST',
        receiptId: id,
        attempt: 1,
      },
      [{ n: 1 }, '{"n": 1}', ['one'], undefined, undefined],
    ]);
  });

  test('tries again what threw, and gives up what its handler refused', async () => {
    let runs = 0;
    host.seat(
      'acme.demo',
      durable(
        'accept',
        '/flaky',
        () => {
          runs += 1;
          if (runs < 3) throw new Error('not yet');
        },
        { retry: { attempts: 5, backoff: [1] } },
      ),
      durable('accept', '/refused', () => {
        throw new HttpError(422, 'no such order');
      }),
      durable(
        'accept',
        '/nothing',
        () => {
          throw undefined;
        },
        { retry: { attempts: 1, backoff: [1] } },
      ),
    );
    const flaky = await host.call(`${D}/flaky`, json({}));
    expect(await host.receipt(flaky, ({ state }) => state === 'succeeded')).toMatchObject({ attempts: 3 });
    const refused = await host.call(`${D}/refused`, json({}));
    expect(await host.receipt(refused, ({ state }) => state === 'failed')).toMatchObject({ attempts: 1 });
    const nothing = await host.call(`${D}/nothing`, json({}));
    await host.receipt(nothing, ({ state }) => state === 'failed');
  });

  test('refuses before anything is stored what its kind of body does not allow', async () => {
    let runs = 0;
    host.seat(
      'acme.demo',
      durable('accept', '/', () => (runs += 1), { body: { kind: 'json', limitBytes: 20 } }),
    );
    expect((await host.call(D, json('{"n":'))).status).toBe(400);
    expect((await host.call(D, json({ n: 'x'.repeat(30) }))).status).toBe(413);
    expect((await host.call(D, { method: 'POST', body: 'text' })).status).toBe(415);
    expect((await host.call(D, json('{"n":1}'))).status).toBe(202);
    await eventually(() => runs === 1);
  });

  test('keeps the bytes of a form, and gives its parts to the handler that works it later', async () => {
    const seen: unknown[] = [];
    const kept: string[] = [];
    const body = { kind: 'auto', files: { report: { required: true } }, fields: { name: {} } } as const;
    const read = async (exchange: Exchange) => {
      const { report } = exchange.files;
      if (report === undefined || Array.isArray(report)) throw new Error('no report');
      const file = report as Exclude<typeof report, readonly unknown[]>;
      kept.push(file.path);
      seen.push([file.filename, (await file.read()).toString(), exchange.fields, exchange.form()]);
      seen.push(exchange.raw.includes('Content-Disposition'));
    };
    host.seat('acme.demo', durable('accept', '/', read, { body }));
    const form = new FormData();
    form.set('name', 'Ada');
    form.set('report', new Blob(['line']), 'r.txt');
    const answer = await host.call(D, { method: 'POST', body: form });
    expect(answer.status).toBe(202);
    await host.receipt(answer, ({ state }) => state === 'succeeded');
    expect(seen).toEqual([['r.txt', 'line', { name: 'Ada' }, { name: 'Ada' }], true]);
    const { existsSync } = await import('node:fs');
    await eventually(() => !existsSync(kept[0] ?? ''));
    const incomplete = new FormData();
    incomplete.set('name', 'Ada');
    expect((await host.call(D, { method: 'POST', body: incomplete })).status).toBe(400);
  });

  test('ignores an early answer, and refuses a second one, where nobody waits', async () => {
    const thrown: unknown[] = [];
    host.seat(
      'acme.demo',
      durable('accept', '/', ({ respond }) => {
        respond({ status: 201 });
        try {
          respond({ status: 202 });
        } catch (error) {
          thrown.push((error as { code: string }).code);
        }
      }),
    );
    const answer = await host.call(D, json({}));
    await host.receipt(answer, ({ state }) => state === 'succeeded');
    expect(thrown).toEqual(['endpoint/answered-twice']);
  });

  test('tracks the background work of a stored request', async () => {
    let worked = false;
    const latch = new Latch();
    const live = host.seat(
      'acme.demo',
      durable('accept', '/', ({ background }) => void background(() => latch.pass((worked = true)))),
    );
    await host.call(D, json({}));
    await eventually(() => worked);
    expect(live.works).toBe(1);
    latch.open();
    await eventually(() => live.works === 0);
  });
});

describe('order and duplicates', () => {
  test('requests of one lane are worked one after the other, others meanwhile', async () => {
    const done: string[] = [];
    const first = new Latch();
    const work = async (exchange: Exchange) => {
      const { lane, n } = exchange.json<{ lane: string; n: number }>();
      if (lane === 'a' && n === 1) await first.pass(undefined);
      done.push(`${lane}${n}`);
    };
    host.seat('acme.demo', durable('accept', '/', work, { lane: (x) => x.json<{ lane: string }>().lane }));
    for (const [lane, n] of [
      ['a', 1],
      ['a', 2],
      ['b', 1],
    ])
      await host.call(D, json({ lane, n }));
    await eventually(() => done.includes('b1'));
    expect(done).toEqual(['b1']);
    first.open();
    await eventually(() => done.length === 3);
    expect(done).toEqual(['b1', 'a1', 'a2']);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no key here');
      },
    ],
    ['gives no text', () => 7 as never],
    ['gives a promise that fails', () => Promise.reject(new Error('async')) as never],
  ])('a lane that %s keeps nothing from being stored, and its requests in order', async (_name, lane) => {
    const done: number[] = [];
    host.seat(
      'acme.demo',
      durable('accept', '/', (x) => void done.push(x.json()), { lane, dedupe: { key: lane } }),
    );
    for (const n of [1, 2, 3]) expect((await host.call(D, json(n))).status).toBe(202);
    await eventually(() => done.length === 3);
    expect(done).toEqual([1, 2, 3]);
  });

  test('a second request with the same key is answered as the first, and not worked', async () => {
    let runs = 0;
    const latch = new Latch();
    host.seat(
      'acme.demo',
      durable('accept', '/', () => ((runs += 1), latch.pass(undefined)), {
        dedupe: { key: (x) => x.headers.get('x-id') },
      }),
    );
    const first = await host.call(D, json({}, { 'x-id': 'a' }));
    expect(first.headers.get('gatehouse-duplicate')).toBeNull();
    const again = await host.call(D, json({}, { 'x-id': 'a' }));
    expect([again.status, again.headers.get('gatehouse-duplicate')]).toEqual([202, 'true']);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    await eventually(() => latch.entered === 1);
    const other = await host.call(D, json({}, { 'x-id': 'b' }));
    expect(other.headers.get('location')).not.toBe(first.headers.get('location'));
    await eventually(() => latch.entered === 2);
    for (const unkeyed of [1, 2]) await host.call(D, json(unkeyed));
    await eventually(() => latch.entered === 4);
    latch.open();
    await host.receipt(first, ({ state }) => state === 'succeeded');
    expect((await host.call(D, json({}, { 'x-id': 'a' }))).status).toBe(202);
    expect(runs).toBe(4);
  });
});

describe('while the store takes nothing', () => {
  test('the sender is told to come again, nothing is acknowledged, and the rest is served', async () => {
    const seen: unknown[] = [];
    host.seat(
      'acme.demo',
      durable('accept', '/a', (x) => void seen.push(x.json())),
      durable({ ackWithinMs: 60_000 }, '/b', (x) => void seen.push(x.json())),
      endpoint('POST', '/keyed', () => ({ ran: true }), { idempotency: { required: false } }),
      endpoint('POST', '/plain', () => ({ ok: true })),
    );
    const other = new Database(host.file);
    other.exec('BEGIN EXCLUSIVE');
    for (const path of ['/a', '/b', '/keyed']) {
      const refused = await host.call(D + path, json('"lost"', { 'idempotency-key': 'k' }));
      expect([path, refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([
        path,
        503,
        'inbox/unavailable',
        '5',
      ]);
    }
    expect((await host.call(`${D}/plain`, json({}))).body).toEqual({ ok: true });
    other.exec('ROLLBACK');
    other.close();
    expect((await host.call(`${D}/a`, json('"kept"'))).status).toBe(202);
    expect((await host.call(`${D}/keyed`, json('"lost"', { 'idempotency-key': 'k' }))).body).toEqual({
      ran: true,
    });
    await eventually(() => seen.length === 1);
    expect(seen).toEqual(['kept']);
  });
});

describe('the status of a receipt', () => {
  test('is for whoever knows its id: 404 for any other, never kept by caches', async () => {
    host.seat(
      'acme.demo',
      durable('accept', '/', () => undefined),
    );
    const { headers, body } = await host.call(D, json({}));
    const location = headers.get('location') ?? '';
    const status = await host.call(location);
    expect(status.headers.get('cache-control')).toBe('no-store');
    expect(status.body).toMatchObject({ id: body.id, receivedAt: expect.any(Number) });
    expect((await host.call(location, { method: 'HEAD' })).status).toBe(200);
    const refused = await host.call(location, { method: 'DELETE' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
    for (const id of [`${body.id}x`, body.id.replace(/-.*/, ''), 'none', '1-', '%00', 'x'.repeat(500)])
      expect([id, (await host.call(`/api/receipts/${id}`)).status]).toEqual([id, id === '%00' ? 400 : 404]);
  });
});

test('a host without an inbox refuses what it cannot store with 503, and serves the rest', async () => {
  const plain = await startGateway();
  plain.seat(
    'acme.demo',
    durable('accept', '/a', () => 1),
    durable({ ackWithinMs: 1_000 }, '/b', () => 1),
    endpoint('POST', '/recorded', () => ({ ok: true }), { record: true }),
  );
  for (const path of ['/a', '/b']) {
    const { status, headers, body } = await plain.call(D + path, json({}));
    expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'inbox/unavailable', '5']);
  }
  expect((await plain.call(`${D}/recorded`, json({}))).body).toEqual({ ok: true });
  await plain.close();
});
