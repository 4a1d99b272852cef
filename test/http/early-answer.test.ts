import { reply } from '../../src/core/reply';
import { Latch, startDurableHost, type DurableHost } from './durable-host';
import {
  endpoint,
  eventually,
  json,
  oldAddresses,
  startGateway,
  type GatewayUnderTest,
} from './gateway-under-test';

const D = '/api/plugin/acme.demo';

describe('a handler that answers early, where nothing is stored,', () => {
  let host: GatewayUnderTest;
  beforeEach(async () => {
    host = await startGateway({ settings: { timeouts: { handlerMs: 100 } } });
  });
  afterEach(() => host.close());

  test('goes on after the answer, past the time an answer may take', async () => {
    const latch = new Latch();
    let ended = false;
    const live = host.seat(
      'acme.demo',
      endpoint('POST', '/', async ({ respond, signal }) => {
        respond({ status: 202, body: { queued: true }, headers: { 'x-early': 'yes' } });
        await latch.pass(undefined);
        await new Promise((done) => setTimeout(done, 400));
        ended = !signal.aborted;
        return { ignored: true };
      }),
    );
    const answer = await host.call(D, json({}));
    expect([answer.status, answer.body, answer.headers.get('x-early')]).toEqual([
      202,
      { queued: true },
      'yes',
    ]);
    expect(live.leases).toBe(1);
    latch.open();
    await eventually(() => ended && live.leases === 0);
    expect(host.log).toEqual([]);
  });

  test('may do so without waiting, and defaults to an empty 200', async () => {
    host.seat(
      'acme.demo',
      endpoint('POST', '/', ({ respond }) => respond({})),
    );
    const { status, text } = await host.call(D, json({}));
    expect([status, text]).toEqual([200, '']);
  });

  test('holds its generation, which asks it to end when it retires', async () => {
    let reason: unknown;
    const live = host.seat(
      'acme.demo',
      endpoint('POST', '/', async ({ respond, signal }) => {
        respond({ status: 202 });
        await new Promise((done) => signal.addEventListener('abort', done));
        reason = (signal.reason as Error).message;
      }),
    );
    await host.call(D, json({}));
    expect(await live.retire(5_000, 'reload')).toMatchObject({ overdue: 0 });
    expect(reason).toBe('the plugin is being taken down');
  });

  test.each([
    ['later', async () => Promise.reject(new Error('afterwards'))],
    [
      'at once',
      () => {
        throw new Error('afterwards');
      },
    ],
  ])('and fails %s is logged, with the answer out already', async (_name, fail) => {
    host.seat(
      'acme.demo',
      endpoint('POST', '/', ({ respond }) => (respond({ status: 202 }), fail())),
    );
    expect((await host.call(D, json({}))).status).toBe(202);
    await eventually(() =>
      host.log.some(({ message }) => message === 'POST / failed after it had answered: afterwards'),
    );
  });

  test('is told when it answers twice, and when nothing can be sent of it', async () => {
    const codes: unknown[] = [];
    const attempt = (call: () => void) => {
      try {
        call();
      } catch (error) {
        codes.push((error as { code?: string }).code ?? (error as Error).name);
      }
    };
    host.seat(
      'acme.demo',
      endpoint('POST', '/', ({ respond }) => {
        attempt(() => respond({ body: 1n }));
        attempt(() => respond({ status: 99 }));
        attempt(() => respond({ status: 101 }));
        attempt(() => respond({ headers: { 'x-bad': 'a\nb' } }));
        respond({ status: 201, body: 'good' });
        attempt(() => respond({ status: 202 }));
        throw new Error('and then');
      }),
    );
    const answer = await host.call(D, json({}));
    expect([answer.status, answer.body]).toEqual([201, 'good']);
    const unsayable = 'endpoint/unserializable';
    expect(codes).toEqual([unsayable, 'RangeError', unsayable, unsayable, 'endpoint/answered-twice']);
  });

  test('after its time was up is not heard any more', async () => {
    const latch = new Latch();
    host.seat(
      'acme.demo',
      endpoint('POST', '/', async ({ respond }) => {
        await latch.pass(undefined);
        respond({ status: 201 });
      }),
    );
    expect((await host.call(D, json({}))).status).toBe(503);
    latch.open();
    await eventually(() => host.log.some(({ message }) => message.includes('came after the answer')));
  });
});

describe('an endpoint that records', () => {
  let host: DurableHost;
  beforeEach(async () => {
    host = await startDurableHost();
  });
  afterEach(() => host.close());

  const receipts = async () => host.store.reader.selectFrom('receipt').selectAll().orderBy('id').execute();
  const recorded = async (count: number) => {
    let rows = await receipts();
    for (let turn = 0; turn < 400 && rows.length < count; turn += 1) {
      await new Promise((done) => setTimeout(done, 10));
      rows = await receipts();
    }
    expect(rows).toHaveLength(count);
    return rows;
  };
  const record = { record: true };

  test('answers as ever, and keeps a receipt of what was answered', async () => {
    host.seat(
      'acme.demo',
      endpoint('POST', '/in', ({ receiptId }) => reply(201, { receiptId }), record),
    );
    const answer = await host.call(`${D}/in?a=1`, json({ n: 1 }, { 'x-own': 'yes' }));
    expect([answer.status, answer.body]).toEqual([201, {}]);
    const [row] = await recorded(1);
    expect(row).toMatchObject({ method: 'POST', target: `${D}/in?a=1`, ip: '127.0.0.1', answer_status: 201 });
    expect(Buffer.from(row?.body ?? []).toString()).toBe('{"n":1}');
    expect(row?.meta).toContain('x-own');
    expect(await host.store.reader.selectFrom('job').selectAll().execute()).toEqual([]);
  });

  test('keeps none of what was refused before its handler, and says so of what it cannot keep', async () => {
    host.seat(
      'acme.demo',
      endpoint('POST', '/', () => 1, { ...record, body: { kind: 'auto', limitBytes: 10 } }),
      endpoint('POST', '/stream', () => 1, { ...record, body: { kind: 'stream' } }),
    );
    expect((await host.call(D, json('x'.repeat(20)))).status).toBe(413);
    const form = new FormData();
    form.set('f', new Blob(['line']), 'f.txt');
    expect((await host.call(D, { method: 'POST', body: form })).status).toBe(200);
    expect((await host.call(`${D}/stream`, json({}))).status).toBe(200);
    const rows = await recorded(2);
    for (const { meta, body_bytes } of rows) {
      expect(meta).toContain('the body was not kept');
      expect(Number(body_bytes)).toBe(0);
    }
  });

  test('keeps one whose sender left before the answer', async () => {
    const latch = new Latch();
    host.seat(
      'acme.demo',
      endpoint('POST', '/', () => latch.pass(1), record),
    );
    const leaving = new AbortController();
    const pending = host.call(D, { ...json({}), signal: leaving.signal }).catch(() => 'left');
    await eventually(() => latch.entered === 1);
    leaving.abort();
    expect(await pending).toBe('left');
    const [row] = await recorded(1);
    expect(row).toMatchObject({ answer_status: 499, ip: '127.0.0.1' });
    expect(row?.meta).toContain('the sender left before the answer');
    latch.open();
  });

  test('at an address that several plugins share keeps one receipt for all of them', async () => {
    await host.close();
    host = await startDurableHost({
      shared: {
        choose: (_path, keys) => keys,
        gather: (outcomes) =>
          reply(
            200,
            outcomes.map(({ plugin, status }) => [plugin, status]),
          ),
      },
    });
    for (const key of ['a.gh', 'b.gh'])
      host.seat(
        key,
        endpoint('POST', '/gh', () => 1, { ...record, aliases: oldAddresses(key, '/gh') }),
      );
    expect((await host.call('/api/webhook/gh', json({}))).body).toEqual([
      ['a.gh', 200],
      ['b.gh', 200],
    ]);
    const [row] = await recorded(1);
    expect(row?.meta).toContain('the address is shared with b.gh');
    expect(row?.meta).toContain('answered: a.gh 200, b.gh 200');
    expect(row?.answer_status).toBe(200);
  });

  test('and stores, at such an address, keeps one receipt for those that store, one for those that record', async () => {
    await host.close();
    host = await startDurableHost({
      shared: {
        choose: (_path, keys) => keys,
        gather: (outcomes) =>
          reply(
            200,
            outcomes.map(({ plugin, status }) => [plugin, status]),
          ),
      },
    });
    const seen: unknown[] = [];
    const listen = (key: string, more: object) =>
      host.seat(
        key,
        endpoint('POST', '/gh', (x) => void seen.push([key, x.fields, Object.keys(x.files)]), {
          aliases: oldAddresses(key, '/gh'),
          ...more,
        }),
      );
    listen('a.gh', { answer: 'accept' });
    listen('b.gh', record);
    listen('c.gh', { answer: { ackWithinMs: 60_000 } });
    const form = new FormData();
    form.set('name', 'Ada');
    form.set('f', new Blob(['line']), 'f.txt');
    const { body } = await host.call('/api/webhook/gh', { method: 'POST', body: form });
    expect(body).toEqual([
      ['a.gh', 202],
      ['b.gh', 204],
      ['c.gh', 204],
    ]);
    await eventually(() => seen.length === 3);
    expect(seen).toEqual(
      expect.arrayContaining(['a', 'b', 'c'].map((a) => [`${a}.gh`, { name: 'Ada' }, ['f']])),
    );
    const [stored, noted] = await recorded(2);
    expect(stored?.meta).toContain('the address is shared with c.gh');
    expect([stored?.answer_status, noted?.answer_status]).toEqual([200, 200]);
  });
});
