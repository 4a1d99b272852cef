import { z } from 'zod';
import { HttpError } from '../../src/core/http-error';
import { startDurableHost, type DurableHost } from './durable-host';
import { eventually, json } from './gateway-under-test';
import { githubHeaders, GITHUB, guardsOn } from './guards-under-test';
import { step, told, typed } from './typed-under-test';

let host: DurableHost;
beforeEach(async () => {
  host = await startDurableHost({ guards: guardsOn() });
});
afterEach(() => host.close());
const at = '/api/plugin/acme.s/x';
const schema = { body: z.object({ n: z.number() }), query: z.object({ q: z.number().default(1) }) };
const receipts = async () => (await host.engine.desk.receipts({})).items.length;

describe('an endpoint that accepts', () => {
  test('stores nothing of what is no request of its own', async () => {
    const seen: unknown[] = [];
    host.seat(
      'acme.s',
      typed('POST', { schema, answer: 'accept' }, (x) => void seen.push(x.body)),
    );
    const refused = await host.call(at, json({ n: 'one' }));
    expect([refused.status, told(refused.body)]).toEqual([422, { 'body.n': 'float_type' }]);
    const accepted = await host.call(at, json({ n: 2 }));
    expect(accepted.status).toBe(202);
    await eventually(() => seen.length === 1);
    expect(seen).toEqual([{ n: 2 }]);
    expect(await receipts()).toBe(1);
  });

  test('checks, converts and provides again when a worker runs it, and calls its middleware once', async () => {
    const calls: string[] = [];
    const use = [(_req: unknown, _res: unknown, next: () => void) => (calls.push('use'), next())] as never;
    const provide = [
      step('early', () => calls.push('early')),
      step('late', (x) => calls.push(`late ${x.body.n}`), true),
    ];
    let seen: unknown;
    host.seat(
      'acme.s',
      typed('POST', { schema, use, provide, answer: 'accept' }, ({ query, body, early, late }) => {
        seen = { query, body, provided: [typeof early, typeof late] };
      }),
    );
    const answer = await host.call(`${at}?q=5`, json({ n: 2 }));
    await host.receipt(answer, ({ state }) => state === 'succeeded');
    expect(seen).toEqual({ query: { q: 5 }, body: { n: 2 }, provided: ['number', 'number'] });
    expect(calls).toEqual(['use', 'early', 'early', 'late 2']);
  });

  test('leaves a dead letter of what a new generation no longer takes', async () => {
    let runs = 0;
    host.seat(
      'acme.s',
      typed('POST', { schema, answer: 'accept', retry: { attempts: 3, backoff: [1] } }, () => {
        runs += 1;
        host.seat(
          'acme.s',
          typed(
            'POST',
            { schema: { body: z.object({ other: z.string() }) }, answer: 'accept' },
            () => (runs += 100),
          ),
        );
        throw new Error('again');
      }),
    );
    const answer = await host.call(at, json({ n: 2 }));
    await host.receipt(answer, ({ state }) => state === 'failed');
    expect(runs).toBe(1);
  });

  test('is refused by what is provided before anything is stored', async () => {
    const provide = [
      step('user', async () => {
        throw new HttpError(401, 'who?');
      }),
    ];
    host.seat(
      'acme.s',
      typed('POST', { schema, provide, answer: 'accept' }, () => undefined),
    );
    const answer = await host.call(at, json({ n: 1 }));
    expect([answer.status, answer.headers.get('location')]).toEqual([401, null]);
  });

  test('ends when a check before storing takes longer than the answer may', async () => {
    const body = z.unknown().refine(() => new Promise<boolean>(() => undefined));
    host.seat(
      'acme.s',
      typed('POST', { schema: { body }, answer: 'accept', timeoutMs: 200 }, () => undefined),
    );
    expect((await host.call(at, json({}))).body.code).toBe('endpoint/timeout');
  });
});

describe('an endpoint that answers in time', () => {
  test('checks before it stores, provides once, and checks what it answers', async () => {
    const calls: string[] = [];
    const provide = [step('early', () => calls.push('early')), step('late', () => calls.push('late'), true)];
    const response = z.object({ n: z.number() });
    host.seat(
      'acme.s',
      typed(
        'POST',
        { schema: { ...schema, response, status: 201 }, provide, answer: { ackWithinMs: 5_000 } },
        ({ body, receiptId, job }) => ({
          n: body.n,
          leak: receiptId,
          job: job?.id,
        }),
      ),
    );
    const answer = await host.call(at, json({ n: 3 }));
    expect([answer.status, answer.body]).toEqual([201, { n: 3 }]);
    expect(calls).toEqual(['early', 'late']);
    expect((await host.call(at, json({}))).status).toBe(422);
  });

  test('under an Idempotency-Key is refused before the key is spent', async () => {
    let runs = 0;
    host.seat(
      'acme.s',
      typed('POST', { schema, idempotency: { required: true } }, ({ body }) => ({
        n: body.n,
        runs: (runs += 1),
      })),
    );
    const send = (value: unknown) => host.call(at, json(value, { 'idempotency-key': 'one' }));
    expect((await send({ n: 'x' })).status).toBe(422);
    expect((await send({ n: 4 })).body).toEqual({ n: 4, runs: 1 });
    expect((await send({ n: 4 })).body).toEqual({ n: 4, runs: 1 });
  });
});

describe('an endpoint that asks who sends', () => {
  test('judges the request as it came, whatever its middleware was handed', async () => {
    const seen: unknown[] = [];
    const use = [
      (req: any, _res: unknown, next: () => void) => (seen.push(req.headers.cookie, req.originalUrl), next()),
    ] as never;
    host.seat(
      'acme.s',
      typed('POST', { ...GITHUB, schema, use }, ({ body, verified, query }) => ({
        body,
        scheme: verified?.scheme,
        query,
      })),
    );
    const body = JSON.stringify({ n: 6 });
    const headers = { ...githubHeaders(body), cookie: 'a=b' };
    const answer = await host.call(`${at}?q=2&app_token=t`, json(body, headers));
    expect([answer.status, answer.body]).toEqual([
      200,
      { body: { n: 6 }, scheme: 'github', query: { q: 2 } },
    ]);
    expect(seen).toEqual([undefined, `${at}?q=2`]);
    const forged = await host.call(at, json({ n: 'x' }, githubHeaders('other')));
    expect(forged.status).toBe(401);
  });

  test('keeps a record of what its middleware answers', async () => {
    const use = [(_req: unknown, res: any) => res.status(402).json({ pay: true })] as never;
    host.seat(
      'acme.s',
      typed('POST', { record: true, use }, () => 'never'),
    );
    expect((await host.call(at, json({ n: 1 }))).status).toBe(402);
    for (let turn = 0; turn < 200 && (await receipts()) === 0; turn += 1)
      await new Promise((done) => setTimeout(done, 10));
    expect((await host.engine.desk.receipts({})).items).toMatchObject([{ answerStatus: 402 }]);
  });
});
