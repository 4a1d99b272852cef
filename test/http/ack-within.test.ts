import { HttpError } from '../../src/core/http-error';
import type { Exchange } from '../../src/core/exchange';
import { reply } from '../../src/core/reply';
import { durable, Latch, startDurableHost, type DurableHost } from './durable-host';
import { eventually, json } from './gateway-under-test';

let host: DurableHost;
beforeEach(async () => {
  host = await startDurableHost();
});
afterEach(() => host.close());

const D = '/api/plugin/acme.demo';
/** So long that only the handler can have answered. */
const AMPLE = { ackWithinMs: 60_000 };
const SHORT = { ackWithinMs: 50 };
const keyed = { dedupe: { key: (x: Exchange) => x.headers.get('x-id') } };
const again = { retry: { attempts: 5, backoff: [1] } };
const succeeded = ({ state }: { state: string }) => state === 'succeeded';

describe('an endpoint that acknowledges within a time', () => {
  test('answers as its handler does when that is in time, and its duplicates with the same status', async () => {
    let runs = 0;
    const handle = ({ job, receiptId }: Exchange) => {
      runs += 1;
      return reply(201, { attempt: job?.attempt, receiptId }, { 'x-own': 'yes' });
    };
    host.seat('acme.demo', durable(AMPLE, '/', handle, keyed));
    const first = await host.call(D, json({}, { 'x-id': 'a' }));
    expect([first.status, first.headers.get('x-own')]).toEqual([201, 'yes']);
    const { receiptId } = first.body;
    expect(first.body).toEqual({ attempt: 1, receiptId: expect.stringMatching(/^\w+-.{16,}$/) });
    await host.receipt(receiptId, succeeded);
    const second = await host.call(D, json({}, { 'x-id': 'a' }));
    expect([second.status, second.text, second.headers.get('gatehouse-duplicate')]).toEqual([
      201,
      '',
      'true',
    ]);
    expect(runs).toBe(1);
  });

  test('answers 202 when the time is up; the handler goes on, whether or not the sender stays', async () => {
    const latch = new Latch();
    let aborted = false;
    const live = host.seat(
      'acme.demo',
      durable(
        SHORT,
        '/',
        async ({ signal }) => {
          signal.addEventListener('abort', () => (aborted = true));
          await latch.pass(undefined);
          return { too: 'late' };
        },
        keyed,
      ),
    );
    const late = await host.call(D, json({}, { 'x-id': 'a' }));
    expect([late.status, late.body.status]).toEqual([202, 'accepted']);
    expect(await host.receipt(late)).toMatchObject({ state: 'running' });
    const duplicate = await host.call(D, json({}, { 'x-id': 'a' }));
    expect([duplicate.status, duplicate.headers.get('location')]).toEqual([
      202,
      late.headers.get('location'),
    ]);
    expect(live.leases).toBeGreaterThan(0);
    latch.open();
    await host.receipt(late, succeeded);
    await eventually(() => live.leases === 0);
    expect(aborted).toBe(false);
    expect(latch.entered).toBe(1);
  });

  test('works on when the sender leaves before the answer', async () => {
    const latch = new Latch();
    let done = false;
    let aborted = false;
    const live = host.seat(
      'acme.demo',
      durable(AMPLE, '/', async ({ signal }) => {
        signal.addEventListener('abort', () => (aborted = true));
        await latch.pass(undefined);
        done = true;
      }),
    );
    const leaving = new AbortController();
    const pending = host.call(D, { ...json({}), signal: leaving.signal }).catch(() => 'left');
    await eventually(() => latch.entered === 1);
    leaving.abort();
    expect(await pending).toBe('left');
    latch.open();
    await eventually(() => done && live.leases === 0);
    expect(aborted).toBe(false);
  });

  test('tells a handler that takes longer than its own time to stop, and runs it again', async () => {
    let runs = 0;
    const handle = async ({ signal }: Exchange) => {
      runs += 1;
      if (runs === 1)
        await new Promise((_done, fail) => signal.addEventListener('abort', () => fail(signal.reason)));
    };
    host.seat('acme.demo', durable(SHORT, '/', handle, { ...again, timeoutMs: 100 }));
    const answer = await host.call(D, json({}));
    expect(answer.status).toBe(202);
    expect(await host.receipt(answer, succeeded)).toMatchObject({ attempts: 2 });
    expect(runs).toBe(2);
  });

  test('gives a refusal of the handler to the sender, and does not try it again', async () => {
    let runs = 0;
    const refuse = () => {
      runs += 1;
      throw new HttpError(409, 'taken', { 'x-why': 'twice' });
    };
    host.seat('acme.demo', durable(AMPLE, '/', refuse, { ...keyed, ...again }));
    const { status, body, headers } = await host.call(D, json({}, { 'x-id': 'a' }));
    expect([status, body.detail, headers.get('x-why')]).toEqual([409, 'taken', 'twice']);
    const duplicate = await host.call(D, json({}, { 'x-id': 'a' }));
    expect([duplicate.status, duplicate.text]).toEqual([409, '']);
    expect(runs).toBe(1);
  });

  test.each([
    [
      'an error',
      () => {
        throw new Error('not yet');
      },
    ],
    [
      'nothing',
      () => {
        throw undefined;
      },
    ],
    [
      'a refusal of somebody else',
      () => {
        throw Object.assign(new Error('upstream said no'), { status: 404 });
      },
    ],
    [
      'an answer of 500',
      () => {
        throw new HttpError(503, 'mine');
      },
    ],
    ['what JSON cannot say', () => ({ n: 1n })],
    ['a header HTTP cannot carry', () => reply(200, {}, { 'x-bad': 'a\nb' })],
  ])('answers 202 and tries again when the handler gives %s', async (_name, fail) => {
    let runs = 0;
    const handle = () => ((runs += 1) === 1 ? fail() : undefined);
    host.seat('acme.demo', durable(AMPLE, '/', handle, again));
    const answer = await host.call(D, json({}));
    expect([answer.status, answer.body.status]).toEqual([202, 'accepted']);
    await host.receipt(answer, succeeded);
    expect(runs).toBe(2);
  });

  test('answers early when the handler says so, and runs all of it again when it throws later', async () => {
    let runs = 0;
    const latch = new Latch();
    const codes: unknown[] = [];
    const handle = async ({ respond, job }: Exchange) => {
      runs += 1;
      respond({ status: 201, body: { attempt: job?.attempt }, headers: { 'x-early': 'yes' } });
      try {
        respond({ status: 500 });
      } catch (error) {
        codes.push((error as { code: string }).code);
      }
      await latch.pass(undefined);
      if (runs === 1) throw new Error('afterwards');
      return { ignored: true };
    };
    host.seat('acme.demo', durable(AMPLE, '/', handle, { ...keyed, ...again }));
    const answer = await host.call(D, json({}, { 'x-id': 'a' }));
    expect([answer.status, answer.body, answer.headers.get('x-early')]).toEqual([201, { attempt: 1 }, 'yes']);
    const duplicate = await host.call(D, json({}, { 'x-id': 'a' }));
    expect(duplicate.status).toBe(201);
    latch.open();
    await eventually(() => runs === 2);
    expect(codes).toContain('endpoint/answered-twice');
  });

  test('ignores an early answer that comes after the 202', async () => {
    const latch = new Latch();
    const handle = async ({ respond }: Exchange) => {
      await latch.pass(undefined);
      respond({ status: 201 });
    };
    host.seat('acme.demo', durable(SHORT, '/', handle));
    const answer = await host.call(D, json({}));
    expect(answer.status).toBe(202);
    latch.open();
    await host.receipt(answer, succeeded);
  });

  test('gives files of a form to the handler at once', async () => {
    const handle = async ({ files, fields, raw }: Exchange) => ({
      text: (await (files['f'] as { read(): Promise<Buffer> }).read()).toString(),
      fields,
      isWhole: raw.length > 100,
    });
    host.seat('acme.demo', durable(AMPLE, '/', handle));
    const form = new FormData();
    form.set('name', 'Ada');
    form.set('f', new Blob(['line']), 'f.txt');
    const { body } = await host.call(D, { method: 'POST', body: form });
    expect(body).toEqual({ text: 'line', fields: { name: 'Ada' }, isWhole: true });
  });

  test('what a handler wrote before it refused is not kept', async () => {
    const handle = async ({ job, query }: Exchange) => {
      const kept = await job?.store.get('orders', '7');
      if (query.ask !== undefined) return { isKept: kept !== undefined };
      await job?.store.create('orders', { id: '7' });
      throw new HttpError(422, 'no such tea');
    };
    host.seat('acme.demo', durable(AMPLE, '/', handle));
    expect((await host.call(D, json({}))).status).toBe(422);
    const isSettled = async () => (await host.engine.desk.jobs({ states: ['succeeded'] })).items.length === 1;
    while (!(await isSettled()));
    expect((await host.call(`${D}?ask`, json({}))).body).toEqual({ isKept: false });
  });

  test('what is refused after the 202 is a dead letter, and not done', async () => {
    const latch = new Latch();
    const handle = async () => {
      await latch.pass(undefined);
      throw new HttpError(409, 'sold out');
    };
    host.seat('acme.demo', durable(SHORT, '/', handle));
    const answer = await host.call(D, json({}));
    expect(answer.status).toBe(202);
    latch.open();
    await host.receipt(answer, ({ state }) => state === 'failed');
    expect((await host.engine.desk.jobs({ states: ['dead'] })).items).toEqual([
      expect.objectContaining({ error: expect.stringContaining('409 sold out') }),
    ]);
  });

  test('an answer that says the server failed is none: 202, and tried again', async () => {
    let runs = 0;
    host.seat(
      'acme.demo',
      durable(AMPLE, '/', () => reply((runs += 1) === 1 ? 503 : 200, {}), again),
    );
    const answer = await host.call(D, json({}));
    expect(answer.status).toBe(202);
    expect(await host.receipt(answer, succeeded)).toMatchObject({ attempts: 2 });
  });

  test('what a handler writes to the store of its job is there once it is through', async () => {
    const handle = async ({ job, receiptId }: Exchange) => {
      const kept = await job?.store.get('orders', '7');
      if (kept === undefined) await job?.store.create('orders', { id: '7', total: 5 });
      return kept?.data ?? receiptId;
    };
    host.seat('acme.demo', durable(AMPLE, '/', handle));
    await host.receipt((await host.call(D, json({}))).body, succeeded);
    expect((await host.call(D, json({}))).body).toEqual({ id: '7', total: 5 });
  });
});

describe('a client that prefers', () => {
  test('not to wait is answered 202 at once', async () => {
    const latch = new Latch();
    host.seat(
      'acme.demo',
      durable(AMPLE, '/', () => latch.pass({ own: 1 })),
    );
    const answer = await host.call(D, json({}, { prefer: 'handling=lenient, respond-async' }));
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([202, 'respond-async']);
    latch.open();
    await host.receipt(answer, succeeded);
  });

  test('to wait less than the endpoint would is answered 202 when its time is up', async () => {
    const latch = new Latch();
    host.seat(
      'acme.demo',
      durable(AMPLE, '/', () => latch.pass({ own: 1 })),
    );
    const none = await host.call(D, json({}, { prefer: 'wait=0' }));
    expect([none.status, none.headers.get('preference-applied')]).toEqual([202, 'wait=0']);
    const both = await host.call(D, json({}, { prefer: 'respond-async;x="y", wait="0"; q' }));
    expect([both.status, both.headers.get('preference-applied')]).toEqual([202, 'respond-async, wait=0']);
    latch.open();
    await host.receipt(both, succeeded);
  });

  test.each(['wait=86400', 'wait=soon', 'wait', 'respond-asynchronously', ''])(
    'what cannot shorten anything (%j) is answered by the handler',
    async (prefer) => {
      host.seat(
        'acme.demo',
        durable(AMPLE, '/', () => ({ own: 1 })),
      );
      const answer = await host.call(D, json({}, { prefer }));
      expect([answer.status, answer.body]).toEqual([200, { own: 1 }]);
    },
  );
});
