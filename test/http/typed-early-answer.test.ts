import { z } from 'zod';
import { reply } from '../../src/core/reply';
import { Latch, startDurableHost, type DurableHost } from './durable-host';
import { eventually, json } from './gateway-under-test';
import { typed } from './typed-under-test';

let host: DurableHost;
beforeEach(async () => {
  host = await startDurableHost();
});
afterEach(() => host.close());
const at = '/api/plugin/acme.e/x';
const user = z.object({ id: z.number() });
const leaky = { id: 1, password: 'secret' };
const errors = () => host.log.filter(({ level }) => level === 'error').map(({ message }) => message);

describe('an early answer of an endpoint with a response schema', () => {
  test.each<[string, object]>([
    ['as ever', {}],
    ['with a deadline of its own', { answer: { ackWithinMs: 5_000 } }],
    ['once for a key', { idempotency: { required: true } }],
  ])('is what the schema makes of it, and what is returned is no answer: %s', async (_name, more) => {
    let isThrough = false;
    host.seat(
      'acme.e',
      typed('POST', { schema: { response: user, status: 201 }, ...more }, async ({ respond }) => {
        respond({ body: leaky });
        await new Promise((resolve) => setImmediate(resolve));
        isThrough = true;
      }),
    );
    const answer = await host.call(at, json({}, { 'idempotency-key': 'k' }));
    expect([answer.status, answer.body]).toEqual([201, { id: 1 }]);
    await eventually(() => isThrough);
    expect(errors()).toEqual([]);
  });

  test.each<[string, z.ZodType]>([
    ['breaks it', user],
    ['needs time to be checked', user.partial().refine(async () => true)],
  ])('is 500 and counted where it %s, whatever the plugin makes of errors', async (_name, response) => {
    const more = { schema: { response }, mapError: () => reply(200, leaky) };
    host.seat(
      'acme.e',
      typed('POST', more, ({ respond }) => respond({ body: { id: 'secret' } })),
    );
    if (response !== user)
      host.seat(
        'acme.e',
        typed('POST', more, ({ respond }) => respond({ body: leaky })),
      );
    const answer = await host.call(at, json({}));
    expect([answer.status, answer.body.code]).toEqual([500, 'internal/unexpected']);
    expect(errors()).toEqual([expect.stringMatching(/^POST \/x failed: /)]);
    expect(JSON.stringify([host.log, answer.text])).not.toContain('secret');
    expect(host.gateway.brokenResponses()).toEqual([{ key: 'acme.e', endpoint: 'POST /x', count: 1 }]);
  });

  test('of another status is left alone', async () => {
    host.seat(
      'acme.e',
      typed('POST', { schema: { response: user } }, ({ respond }) =>
        respond({ status: 202, body: { queued: true } }),
      ),
    );
    const answer = await host.call(at, json({}));
    expect([answer.status, answer.body]).toEqual([202, { queued: true }]);
    expect(errors()).toEqual([]);
  });

  test('is ignored, and breaks nothing, where the request was accepted before', async () => {
    let runs = 0;
    host.seat(
      'acme.e',
      typed('POST', { schema: { response: user }, answer: 'accept' }, ({ respond }) => {
        runs += 1;
        respond({ body: leaky });
      }),
    );
    const answer = await host.call(at, json({}));
    expect(answer.status).toBe(202);
    await eventually(() => runs > 0);
    await host.engine.idle();
    expect([runs, errors()]).toEqual([1, []]);
  });

  test('is ignored, and breaks nothing, where the time was up before', async () => {
    let runs = 0;
    const more = { answer: { ackWithinMs: 1 }, retry: { attempts: 3, backoff: [1] } };
    host.seat(
      'acme.e',
      typed('POST', { schema: { response: user }, ...more }, async ({ respond }) => {
        await isAccepted.pass(undefined);
        runs += 1;
        respond({ body: { id: 'secret' } });
      }),
    );
    const isAccepted = new Latch();
    expect((await host.call(at, json({}))).status).toBe(202);
    isAccepted.open();
    await eventually(() => runs > 0);
    await host.engine.idle();
    expect([runs, errors(), host.gateway.brokenResponses()]).toEqual([1, [], []]);
  });

  test('is filtered for repetitions where its caller was refused for the time it took', async () => {
    const isLate = new Latch();
    let isThrough = false;
    const more = { idempotency: { required: true }, timeoutMs: 50 };
    host.seat(
      'acme.e',
      typed('POST', { schema: { response: user }, ...more }, async ({ respond }) => {
        await isLate.pass(undefined);
        respond({ body: leaky });
        isThrough = true;
      }),
    );
    const ask = () => host.call(at, json({}, { 'idempotency-key': 'k' }));
    expect((await ask()).status).not.toBe(200);
    isLate.open();
    await eventually(() => isThrough);
    await host.engine.idle();
    expect((await ask()).text).not.toContain('secret');
  });
});
