import { Readable } from 'node:stream';
import * as v from 'valibot';
import { z } from 'zod';
import { HostError } from '../../src/core/errors';
import { sse } from '../../src/core/events-body';
import { file } from '../../src/core/file-body';
import { html, reply } from '../../src/core/reply';
import { BrokenResponses } from '../../src/http/broken-responses';
import { json, oldAddresses, startGateway, type GatewayUnderTest } from './gateway-under-test';
import { typed } from './typed-under-test';

let host: GatewayUnderTest;
beforeEach(async () => {
  host = await startGateway();
});
afterEach(() => host.close());
const at = '/api/plugin/acme.r/x';
const user = z.object({ id: z.number(), name: z.string() });
const leaky = { id: 1, name: 'Ada', password: 'secret' };
const errors = () => host.log.filter(({ level }) => level === 'error').map(({ message }) => message);

describe('an answer with a schema', () => {
  test.each<[string, object, unknown, number, unknown]>([
    ['a value', { response: user }, leaky, 200, { id: 1, name: 'Ada' }],
    ['a value, late', { response: user }, Promise.resolve(leaky), 200, { id: 1, name: 'Ada' }],
    ['a value with the declared status', { response: user, status: 201 }, leaky, 201, { id: 1, name: 'Ada' }],
    [
      'a reply of the same status',
      { response: user, status: 201 },
      reply(201, leaky),
      201,
      { id: 1, name: 'Ada' },
    ],
    ['a pair of the same status', { response: user }, [leaky, 200], 200, { id: 1, name: 'Ada' }],
    [
      'a list that looks like a pair',
      { response: z.tuple([z.object({}), z.number()]) },
      { 0: 1 },
      500,
      undefined,
    ],
    [
      'an object under the type of a text',
      { response: user },
      reply(200, leaky, { 'content-type': 'text/plain' }),
      200,
      undefined,
    ],
    ['a default', { response: z.object({ n: z.number().default(3) }) }, {}, 200, { n: 3 }],
    ['a transform', { response: z.date().transform((date) => date.getTime()) }, new Date(5), 200, 5],
    ['of valibot', { response: v.object({ id: v.number() }) }, leaky, 200, { id: 1 }],
    [
      'checked in its own time',
      { response: user.refine(async () => true) },
      leaky,
      200,
      { id: 1, name: 'Ada' },
    ],
    ['null', { response: z.null() }, null, 200, null],
  ])('is what the schema makes of it: %s', async (_name, schema, value, status, body) => {
    host.seat(
      'acme.r',
      typed('GET', { schema }, () => value),
    );
    const answer = await host.call(at);
    expect(answer.status).toBe(status);
    if (body !== undefined) expect(answer.body).toEqual(body);
    expect(answer.text).not.toContain('secret');
  });

  test('may be a list of an object and a number', async () => {
    const response = z.array(z.unknown()).transform(() => [{ a: 1 }, 404]);
    host.seat(
      'acme.r',
      typed('GET', { schema: { response } }, () => ['x']),
    );
    const answer = await host.call(at);
    expect([answer.status, answer.body]).toEqual([200, [{ a: 1 }, 404]]);
  });

  test.each<[string, () => unknown, number, string]>([
    ['a reply of another status', () => reply(404, { none: true }), 404, '{"none":true}'],
    ['bytes', () => Buffer.from('bytes'), 200, 'bytes'],
    ['a stream', () => Readable.from([Buffer.from('streamed')]), 200, 'streamed'],
    ['a page', () => html('<p>page</p>'), 200, '<p>page</p>'],
    ['a file', () => file(__filename), 200, 'a file'],
    [
      'events',
      () =>
        sse(async function* () {
          yield 'one';
        }),
      200,
      'one',
    ],
  ])('is left alone where it is no JSON of that status: %s', async (_name, handle, status, text) => {
    host.seat('acme.r', typed('GET', { schema: { response: user } }, handle));
    const answer = await host.call(at);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
  });

  test('without one has the declared status, and nothing is 204 unless that says otherwise', async () => {
    host.seat(
      'acme.r',
      typed('POST', { schema: { status: 202 } }, ({ query }) =>
        query.n === undefined ? undefined : { n: 1 },
      ),
    );
    expect([(await host.call(`${at}?n`, json({}))).status, (await host.call(at, json({}))).status]).toEqual([
      202, 202,
    ]);
    host.seat(
      'acme.r',
      typed('POST', { schema: { summary: 'nothing' } }, () => undefined),
    );
    expect((await host.call(at, json({}))).status).toBe(204);
  });

  test('of HEAD is as long as that of GET', async () => {
    host.seat(
      'acme.r',
      typed('GET', { schema: { response: user } }, () => leaky),
    );
    const [head, get] = [await host.call(at, { method: 'HEAD' }), await host.call(at)];
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
  });

  test('at an address of several plugins leaks nothing either', async () => {
    const shared = {
      gather: (outcomes: readonly unknown[]) => reply(200, outcomes),
      choose: (_path: string, keys: readonly string[]) => keys,
    };
    const other = await startGateway({ shared: shared as never });
    const aliases = oldAddresses('acme.r', '/x');
    other.seat(
      'acme.r',
      typed('POST', { schema: { response: user, query: z.object({ n: z.number() }) }, aliases }, () => leaky),
    );
    const good = await other.call('/api/webhook/x?n=1', json({}));
    expect(good.body).toEqual([{ plugin: 'acme.r', status: 200, body: { id: 1, name: 'Ada' } }]);
    const bad = await other.call('/api/webhook/x', json({}));
    expect(bad.body).toMatchObject([{ status: 422, message: expect.stringContaining('query.n') }]);
    const scoped = await other.call('/api/plugin/acme.r/webhook/x', json({}));
    expect(scoped.body).toMatchObject({
      status: 422,
      error: 'Unprocessable Entity',
      message: expect.any(String),
      detail: [{ type: 'missing' }],
    });
    await other.close();
  });
});

describe('an answer that breaks its schema', () => {
  const broken = { id: 'secret-id', name: 'Ada', nested: leaky };

  test('is 500 without a word, and the log names the field but not the value', async () => {
    host.seat(
      'acme.r',
      typed('GET', { schema: { response: user } }, () => broken),
    );
    const answer = await host.call(at);
    expect(answer.body).toMatchObject({
      status: 500,
      code: 'internal/unexpected',
      detail: 'Internal Server Error',
    });
    expect(errors()).toEqual([expect.stringMatching(/^GET \/x failed: .*id: .*expected number/)]);
    const [kind = ''] = new HostError('endpoint/broken-response', ['|']).message.split('|');
    expect(errors().join()).toContain(kind);
    expect(JSON.stringify(host.log)).not.toContain('secret');
    expect(host.gateway.brokenResponses()).toEqual([{ key: 'acme.r', endpoint: 'GET /x', count: 1 }]);
  });

  test('is not answered by a mapping of errors', async () => {
    host.seat(
      'acme.r',
      typed('GET', { schema: { response: user }, mapError: () => reply(200, 'mapped') }, () => undefined),
    );
    expect((await host.call(at)).status).toBe(500);
  });

  test('is counted where that is wanted, and logged once a minute', async () => {
    let now = 1_000_000;
    const clock = { now: () => now } as never;
    const counting = await startGateway({ brokenResponses: new BrokenResponses('count', clock) });
    counting.seat(
      'acme.r',
      typed('GET', { schema: { response: user } }, () => broken),
    );
    const lines = () => counting.log.filter(({ level }) => level === 'error').map(({ message }) => message);
    for (let turn = 0; turn < 5; turn += 1) expect((await counting.call(at)).status).toBe(500);
    expect(lines()).toHaveLength(1);
    now += 61_000;
    await counting.call(at);
    expect(lines()).toHaveLength(2);
    expect(lines()[1]).toContain('(5 times since the last such line)');
    expect(counting.gateway.brokenResponses()).toEqual([{ key: 'acme.r', endpoint: 'GET /x', count: 6 }]);
    await counting.close();
  });
});
